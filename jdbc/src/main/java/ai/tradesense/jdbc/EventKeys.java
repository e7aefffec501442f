package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.Segment.Attribute;
import org.jspecify.annotations.Nullable;

/// The numbers by which events are found again: of each its [IdKeys] and the hashes of its [Attribute]s, 0 for
/// one that is not set. Worked out by whoever publishes, so that the writer need not.
final class EventKeys {
    private static final Attribute[] ATTRIBUTES = Attribute.values();
    private static final int STRIDE = 1 + ATTRIBUTES.length;

    private final long[] keys;

    /// Room for so many events.
    EventKeys(int events) {
        this.keys = new long[events * STRIDE];
    }

    void set(int index, DomainEvent event) {
        int at = index * STRIDE;
        keys[at] = IdKeys.keyOf(event.id());
        for (Attribute attribute : ATTRIBUTES) {
            keys[at + attribute.number] = hash(attribute.of(event));
        }
    }

    private static long hash(@Nullable String value) {
        return value == null ? 0 : KeyFilter.hash(value);
    }

    long id(int index) {
        return keys[index * STRIDE];
    }

    long hash(int index, Attribute attribute) {
        return keys[index * STRIDE + attribute.number];
    }
}
