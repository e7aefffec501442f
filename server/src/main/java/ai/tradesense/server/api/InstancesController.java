package ai.tradesense.server.api;

import ai.tradesense.control.InstanceReport.WorkerReport;
import ai.tradesense.worker.InstanceStatus;
import ai.tradesense.worker.WorkerRegistry;
import java.time.Instant;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// The processes that work together: this server, and services that embed the library on the same store.
@RestController
final class InstancesController {
    private final WorkerRegistry workers;

    InstancesController(WorkerRegistry workers) {
        this.workers = workers;
    }

    record InstanceList(List<InstanceEntry> instances) {}

    /// An instance as the API shows it, see [InstanceStatus].
    record InstanceEntry(
            String instance, boolean alive, Instant startedAt, Instant seenAt, List<WorkerReport> workers) {
        static InstanceEntry of(InstanceStatus status) {
            return new InstanceEntry(
                    status.report().instance(),
                    status.alive(),
                    status.report().startedAt(),
                    status.report().seenAt(),
                    status.report().workers());
        }
    }

    @GetMapping(path = "/api/v1/instances", produces = "application/json")
    InstanceList all() {
        return new InstanceList(
                workers.instances().stream().map(InstanceEntry::of).toList());
    }
}
