package ai.tradesense.server.api;

import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.EventStore;
import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/// Finds stored events.
@RestController
final class EventsController {
    private final EventStore store;

    EventsController(EventStore store) {
        this.store = store;
    }

    /// A page of events.
    ///
    /// @param unreadable what stands among them, cannot be decoded, and may match; left out if there is nothing
    /// @param next the `after` that asks for the next page; null if this one is the last
    record FoundEvents(
            List<EventEntry> events,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<UnreadableEntry> unreadable,
            @Nullable Long next) {}

    @GetMapping(path = "/api/v1/events", produces = "application/json")
    FoundEvents search(HttpServletRequest request) {
        QueryParameters query = QueryParameters.of(
                request,
                "type",
                "subject",
                "source",
                "correlationid",
                "causationid",
                "from",
                "to",
                "after",
                "limit",
                "order");
        EventQuery sought = EventFilter.of(
                query,
                query.number("after", 0, Long.MAX_VALUE),
                query.limit(),
                "oldest".equals(query.oneOf("order", "newest", "oldest")) ? Order.OLDEST_FIRST : Order.NEWEST_FIRST);
        EventPage found = store.search(sought);
        return new FoundEvents(
                found.events().stream().map(EventEntry::of).toList(),
                UnreadableEntry.of(found.unreadable()),
                found.isLast() ? null : (Long) found.upTo());
    }

    @GetMapping(path = "/api/v1/events/{id}", produces = "application/json")
    EventEntry event(@PathVariable String id) {
        return store.find(id)
                .map(EventEntry::of)
                .orElseThrow(() ->
                        new ProblemException(ProblemKind.NOT_FOUND, "No event with the id '" + id + "' is stored."));
    }
}
