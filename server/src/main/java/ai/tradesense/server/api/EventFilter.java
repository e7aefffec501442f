package ai.tradesense.server.api;

import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.store.EventQuery;
import org.jspecify.annotations.Nullable;

/// The filters that searching and tailing have in common.
final class EventFilter {
    private EventFilter() {}

    /// @param after only events behind this position, in the direction of `order`
    static EventQuery of(QueryParameters query, @Nullable Long after, int limit, EventQuery.Order order) {
        return new EventQuery(
                query.types("type"),
                query.text("subject"),
                query.text("source"),
                query.text("correlationid"),
                query.text("causationid"),
                query.time("from"),
                query.time("to"),
                after,
                limit,
                order);
    }
}
