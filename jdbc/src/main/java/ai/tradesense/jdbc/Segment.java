package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What is known of a stretch of the log without reading it.
///
/// The log has no index of its attributes: keeping five B-trees in step with every append costs many times the
/// append. Instead, once a few thousand events have come together, they are sealed into a segment, which says
/// what cannot be among them, and a search reads only the segments that may hold something. (PostgreSQL's BRIN
/// with Bloom filters works like that.) What is not sealed yet is read whole.
///
/// @param firstPosition the position of its first event
/// @param lastPosition the position of its last event
/// @param minSecond the earliest time of an event, in seconds since the epoch, rounded down
/// @param maxSecond the latest
/// @param eventsByType how many events there are of each type
record Segment(
        long firstPosition, long lastPosition, long minSecond, long maxSecond, Map<EventType, Integer> eventsByType) {
    /// How many events are sealed together, at least.
    static final int MIN_EVENTS = 4_096;

    /// An attribute whose values a filter knows.
    enum Attribute {
        SUBJECT(1),
        SOURCE(2),
        CORRELATION_ID(3),
        CAUSATION_ID(4);

        /// Stands in the database; counts from 1.
        final int number;

        Attribute(int number) {
            this.number = number;
        }

        @Nullable
        String of(DomainEvent event) {
            return switch (this) {
                case SUBJECT -> event.subject();
                case SOURCE -> event.source().toString();
                case CORRELATION_ID -> event.correlationId();
                case CAUSATION_ID -> event.causationId();
            };
        }
    }

    /// Types and counts as they stand in the database: `Trading.Order.Placed.v1=12 Trading.Order.Filled.v1=3`.
    static String format(Map<EventType, Integer> eventsByType) {
        StringBuilder text = new StringBuilder();
        eventsByType.forEach((type, events) ->
                text.append(text.isEmpty() ? "" : " ").append(type).append('=').append(events));
        return text.toString();
    }

    /// Stands among the types of a segment if events in it could not be decoded when it was sealed: nothing is known of
    /// them, so any search looks there.
    static final String UNKNOWN = " ?";

    static Map<EventType, Integer> parse(String text) {
        Map<EventType, Integer> eventsByType = new TreeMap<>();
        for (String entry : text.split(" ", -1)) {
            int equals = entry.indexOf('=');
            if (equals < 0) {
                continue; // all were removed, or it is what stands for the unknown
            }
            eventsByType.put(EventType.parse(entry.substring(0, equals)), Integer.valueOf(entry.substring(equals + 1)));
        }
        return eventsByType;
    }

    /// The events behind the last segment, which become the next one.
    static final class Builder {
        private static final Attribute[] ATTRIBUTES = Attribute.values();

        private final Map<EventType, int[]> eventsByType = new HashMap<>();
        private final KeyFilter.Builder[] filters = new KeyFilter.Builder[ATTRIBUTES.length];
        private long[] idKeys = new long[MIN_EVENTS + Appender.MAX_BLOCK_EVENTS];
        private long firstPosition;
        private long lastPosition;
        private long minSecond = Long.MAX_VALUE;
        private long maxSecond = Long.MIN_VALUE;
        private boolean holdsUnknown;

        Builder() {
            for (Attribute attribute : ATTRIBUTES) {
                filters[attribute.number - 1] = new KeyFilter.Builder();
            }
        }

        boolean isFull() {
            return firstPosition > 0 && lastPosition - firstPosition + 1 >= MIN_EVENTS;
        }

        /// Adds an event whose keys are those at `index`.
        void add(long position, DomainEvent event, EventKeys keys, int index) {
            addId(position, keys.id(index));
            long second = event.time().getEpochSecond();
            minSecond = Math.min(minSecond, second);
            maxSecond = Math.max(maxSecond, second);
            eventsByType.computeIfAbsent(event.type(), _ -> new int[1])[0]++;
            for (Attribute attribute : ATTRIBUTES) {
                long hash = keys.hash(index, attribute);
                if (hash != 0) {
                    filters[attribute.number - 1].add(hash);
                }
            }
        }

        /// Adds an event that was removed, by which only its id is found.
        void addId(long position, long idKey) {
            if (firstPosition == 0) {
                firstPosition = position;
            }
            lastPosition = position;
            int offset = (int) (position - firstPosition);
            if (offset >= idKeys.length) {
                idKeys = Arrays.copyOf(idKeys, offset * 2);
            }
            idKeys[offset] = idKey;
        }

        /// Adds events of which nothing is known.
        void addUnknown() {
            holdsUnknown = true;
            minSecond = Long.MIN_VALUE;
            maxSecond = Long.MAX_VALUE;
        }

        boolean holdsUnknown() {
            return holdsUnknown;
        }

        /// Some events are not there any more.
        void remove(Map<EventType, Integer> removed) {
            removed.forEach((type, events) -> eventsByType.computeIfPresent(type, (_, count) -> {
                count[0] -= events;
                return count[0] > 0 ? count : null;
            }));
        }

        Segment segment() {
            Map<EventType, Integer> counts = new TreeMap<>();
            eventsByType.forEach((type, count) -> counts.put(type, count[0]));
            return new Segment(firstPosition, lastPosition, minSecond, maxSecond, counts);
        }

        byte[] filter(Attribute attribute) {
            return filters[attribute.number - 1].toBytes();
        }

        IdRun ids() {
            return new IdRun(firstPosition, Arrays.copyOf(idKeys, (int) (lastPosition - firstPosition + 1)));
        }
    }
}
