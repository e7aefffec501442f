package ai.tradesense.server.api;

import ai.tradesense.store.ProjectionReport;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A projection in a process as the API shows it, see [ProjectionReport].
///
/// @param alive whether it was heard of lately
/// @param lag how many positions of the store are behind its own
/// @param reason why it stands still; empty if it does not
record ProjectionEntry(
        String name,
        String instance,
        boolean alive,
        int version,
        ProjectionReport.State state,
        String reason,
        long position,
        long lag,
        @Nullable RebuildEntry rebuild,
        Instant seenAt) {
    /// How far a rebuild is, see [ProjectionReport.Rebuild].
    record RebuildEntry(int version, long position, long target, int eventsPerSecond) {
        static @Nullable RebuildEntry of(ProjectionReport.@Nullable Rebuild rebuild) {
            return rebuild == null
                    ? null
                    : new RebuildEntry(
                            rebuild.version(), rebuild.position(), rebuild.target(), rebuild.eventsPerSecond());
        }
    }

    /// @param head where the store ends
    /// @param since when a process that lives has been heard of
    static ProjectionEntry of(ProjectionReport report, long head, Instant since) {
        String reason = report.reason();
        return new ProjectionEntry(
                report.name(),
                report.instance(),
                report.seenAt().isAfter(since),
                report.version(),
                report.state(),
                reason == null ? "" : reason,
                report.position(),
                Math.max(0, head - report.position()),
                RebuildEntry.of(report.rebuild()),
                report.seenAt());
    }

    boolean goesOn() {
        return alive && state != ProjectionReport.State.STOPPED;
    }
}
