package ai.tradesense.control;

import java.time.Instant;
import java.util.List;

/// What an instance said of itself last.
///
/// @param instance its name; no other living instance has it
/// @param startedAt since when it runs
/// @param seenAt when it said this
/// @param workers its workers, by name
public record InstanceReport(String instance, Instant startedAt, Instant seenAt, List<WorkerReport> workers) {
    /// A worker of an instance.
    ///
    /// @param name the worker's name
    /// @param group its consumer group
    /// @param state what it does, one of the names of [ai.tradesense.worker.WorkerStatus.State]
    /// @param reason why, in words; empty if it is simply running
    public record WorkerReport(String name, String group, String state, String reason) {}
}
