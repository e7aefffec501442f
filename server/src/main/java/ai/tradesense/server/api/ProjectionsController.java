package ai.tradesense.server.api;

import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionReport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// The read models that services make of what is stored here, as their projectors say they are.
@RestController
final class ProjectionsController {
    /// After how long a process that was not heard of is taken for dead: three times it said nothing.
    private static final Duration SILENT_AFTER = Duration.ofSeconds(15);

    private final EventStore store;
    private final InstantSource clock;

    ProjectionsController(EventStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    record ProjectionList(List<ProjectionEntry> projections) {}

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
            Instant seenAt) {}

    /// How far a rebuild is, see [ProjectionReport.Rebuild].
    record RebuildEntry(int version, long position, long target, int eventsPerSecond) {
        static @Nullable RebuildEntry of(ProjectionReport.@Nullable Rebuild rebuild) {
            return rebuild == null
                    ? null
                    : new RebuildEntry(
                            rebuild.version(), rebuild.position(), rebuild.target(), rebuild.eventsPerSecond());
        }
    }

    @GetMapping(path = "/api/v1/projections", produces = "application/json")
    ProjectionList all() {
        List<ProjectionReport> reports = store.projections().all();
        long head = reports.isEmpty() ? 0 : store.head();
        Instant since = clock.instant().minus(SILENT_AFTER);
        return new ProjectionList(
                reports.stream().map(report -> entry(report, head, since)).toList());
    }

    private static ProjectionEntry entry(ProjectionReport report, long head, Instant since) {
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
}
