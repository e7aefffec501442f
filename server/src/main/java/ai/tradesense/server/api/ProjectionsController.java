package ai.tradesense.server.api;

import ai.tradesense.operations.OperationRequest;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionOrder;
import jakarta.servlet.http.HttpServletRequest;
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
    private static final int MAX_RATE = 1_000_000;

    private final Projections projections;
    private final EventStore store;
    private final InstantSource clock;

    ProjectionsController(Projections projections, EventStore store, InstantSource clock) {
        this.projections = projections;
        this.store = store;
        this.clock = clock;
    }

    record ProjectionList(List<ProjectionEntry> projections) {}

    @GetMapping(path = "/api/v1/projections", produces = "application/json")
    ProjectionList all() {
        return new ProjectionList(projections.all());
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
}
