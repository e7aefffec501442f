package ai.tradesense.store;

import ai.tradesense.events.OrderKey;
import ai.tradesense.store.EventQuery.Order;

/// Which part of a stream is read.
///
/// @param from the version of the first event wanted, inclusive, from 1; reading the newest first, a version
///     behind the end stands for the end
/// @param order the way through the stream
/// @param limit how many events at most, from 1 to [EventQuery#MAX_LIMIT]
public record StreamQuery(OrderKey stream, long from, Order order, int limit) {
    public StreamQuery {
        if (from < 1) {
            throw new IllegalArgumentException("from is " + from + ", the first event of a stream has version 1");
        }
        if (limit < 1 || limit > EventQuery.MAX_LIMIT) {
            throw new IllegalArgumentException("limit is " + limit + ", expected 1 to " + EventQuery.MAX_LIMIT);
        }
    }

    /// As many events as one read gives, from a version on.
    public static StreamQuery forwards(OrderKey stream, long from) {
        return new StreamQuery(stream, from, Order.OLDEST_FIRST, EventQuery.MAX_LIMIT);
    }

    /// The newest events, the last one first.
    public static StreamQuery backwards(OrderKey stream, int limit) {
        return new StreamQuery(stream, Long.MAX_VALUE, Order.NEWEST_FIRST, limit);
    }

    /// The same for a stream whose first events were removed: reading the oldest first, what is left of it counts.
    ///
    /// @param begins the version of the first event that is there
    public StreamQuery notBefore(long begins) {
        return order == Order.OLDEST_FIRST && from < begins ? new StreamQuery(stream, begins, order, limit) : this;
    }

    /// The lowest version wanted of a stream of `version` events.
    public long first(long version) {
        return order == Order.OLDEST_FIRST ? from : Math.max(1, Math.min(from, version) - limit + 1);
    }

    /// The highest version wanted of a stream of `version` events; below [#first] if there is none.
    public long last(long version) {
        return order == Order.OLDEST_FIRST && from <= version
                ? from + Math.min(limit - 1, version - from)
                : Math.min(from, version);
    }
}
