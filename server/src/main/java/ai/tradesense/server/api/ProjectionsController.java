package ai.tradesense.server.api;

import ai.tradesense.operations.OperationRequest;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionReport;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// The read models that services make of what is stored here, as their projectors say they are, and what is ordered of
/// them.
@RestController
final class ProjectionsController {
    /// After how long a process that was not heard of is taken for dead: three times it said nothing.
    private static final Duration SILENT_AFTER = Duration.ofSeconds(15);

    private static final int MAX_RATE = 1_000_000;

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

    record OrderList(List<OrderEntry> orders) {}

    /// An order to a projection as the API shows it, see [ProjectionOrder.Given].
    record OrderEntry(
            long number,
            String projection,
            String what,
            String by,
            Instant at,
            ProjectionOrder.State state,
            @Nullable String takenBy,
            String outcome) {
        static OrderEntry of(ProjectionOrder.Given given) {
            return new OrderEntry(
                    given.number(),
                    given.projection(),
                    given.order().text(),
                    given.by(),
                    given.at(),
                    given.state(),
                    given.takenBy(),
                    given.outcome());
        }
    }

    @GetMapping(path = "/api/v1/projections/{name}/orders", produces = "application/json")
    OrderList orders(@PathVariable String name) {
        return new OrderList(
                store.projections().orders(name).stream().map(OrderEntry::of).toList());
    }

    @PostMapping(path = "/api/v1/projections/{name}/rebuild", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OrderEntry rebuild(@PathVariable String name, HttpServletRequest request) {
        Long rate = QueryParameters.of(request, "rate").number("rate", 1, MAX_RATE);
        if (rate == null) {
            throw ProblemException.parameter("rate", "is missing, expected how many events a second at most");
        }
        return order(name, new ProjectionOrder.Rebuild(rate.intValue()), request);
    }

    @PostMapping(path = "/api/v1/projections/{name}/rebuild/cancel", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OrderEntry cancelRebuild(@PathVariable String name, HttpServletRequest request) {
        QueryParameters.of(request);
        return order(name, new ProjectionOrder.CancelRebuild(), request);
    }

    @PostMapping(path = "/api/v1/projections/{name}/pass-over", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OrderEntry passOver(@PathVariable String name, HttpServletRequest request) {
        QueryParameters query = QueryParameters.of(request, "position", "reason");
        Long position = query.number("position", 1, Long.MAX_VALUE);
        String reason = query.text("reason");
        if (position == null) {
            throw ProblemException.parameter("position", "is missing, expected where the event is");
        }
        if (reason == null || reason.isBlank() || reason.length() > OperationRequest.MAX_REASON) {
            throw ProblemException.parameter(
                    "reason",
                    "has to say in at most " + OperationRequest.MAX_REASON
                            + " characters why the rows may be without that event");
        }
        return order(name, new ProjectionOrder.PassOver(position, reason), request);
    }

    /// A process that runs the projection takes it soon.
    private OrderEntry order(String name, ProjectionOrder order, HttpServletRequest request) {
        if (store.projections().all().stream().noneMatch(report -> report.name().equals(name))) {
            throw new ProblemException(
                    ProblemKind.NOT_FOUND, "No service has said that it runs a projection '" + name + "'.");
        }
        return OrderEntry.of(store.projections().order(name, order, Actor.of(request), clock.instant()));
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
