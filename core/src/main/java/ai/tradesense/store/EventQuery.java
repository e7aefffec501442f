package ai.tradesense.store;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.TypeFilter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Which events are looked for; what is null is not asked for. Times are of the event, `from` inclusive, `to`
/// exclusive.
///
/// @param type which types
/// @param after only events behind this position in the direction of reading; null starts at the first in that
///     direction
/// @param limit how many at most, from 1
/// @param order newest or oldest first, by position
public record EventQuery(
        @Nullable TypeFilter type,
        @Nullable String subject,
        @Nullable String source,
        @Nullable String correlationId,
        @Nullable String causationId,
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable Long after,
        int limit,
        Order order) {
    public enum Order {
        NEWEST_FIRST,
        OLDEST_FIRST
    }

    /// How many events a query gives unless it says otherwise, and at most.
    public static final int DEFAULT_LIMIT = 100;

    public static final int MAX_LIMIT = 1_000;

    /// Every event, newest first.
    public static final EventQuery ALL =
            new EventQuery(null, null, null, null, null, null, null, null, DEFAULT_LIMIT, Order.NEWEST_FIRST);

    public EventQuery {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit is " + limit + ", expected 1 to " + MAX_LIMIT);
        }
    }

    /// Whether an event has what is asked for; position, limit and order are not looked at.
    public boolean matches(DomainEvent event) {
        return (type == null || type.matches(event.type()))
                && (subject == null || subject.equals(event.subject()))
                && (source == null || source.equals(event.source().toString()))
                && (correlationId == null || correlationId.equals(event.correlationId()))
                && (causationId == null || causationId.equals(event.causationId()))
                && (from == null || !event.time().isBefore(from))
                && (to == null || event.time().isBefore(to));
    }
}
