package ai.tradesense.server.api;

import ai.tradesense.worker.MissedTicks;
import ai.tradesense.worker.ScheduleStatus;
import ai.tradesense.worker.WorkerRegistry;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// When workers run by the clock.
@RestController
final class SchedulesController {
    private final WorkerRegistry workers;

    SchedulesController(WorkerRegistry workers) {
        this.workers = workers;
    }

    record ScheduleList(List<ScheduleEntry> schedules) {}

    /// A schedule as the API shows it, see [ScheduleStatus].
    record ScheduleEntry(
            String name,
            String schedule,
            @Nullable String zone,
            MissedTicks missedTicks,
            @Nullable Instant last,
            Instant next) {

        static ScheduleEntry of(ScheduleStatus status) {
            ZoneId zone = status.schedule().zone();
            return new ScheduleEntry(
                    status.worker(),
                    status.schedule().expression(),
                    zone == null ? null : zone.getId(),
                    status.missedTicks(),
                    status.last(),
                    status.next());
        }
    }

    @GetMapping(path = "/api/v1/schedules", produces = "application/json")
    ScheduleList all() {
        return new ScheduleList(
                workers.schedules().stream().map(ScheduleEntry::of).toList());
    }
}
