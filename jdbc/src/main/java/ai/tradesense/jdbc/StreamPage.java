package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Which events of a stretch of the log belong to which stream, in memory. Not for use by several threads at
/// once.
final class StreamPage {
    private static final Offsets NONE = new Offsets();

    private final long firstPosition;
    private final Map<OrderKey, Offsets> streams = new HashMap<>();
    private long lastPosition;

    /// Positions of one stream, ascending, as distances from the first position of the page.
    private static final class Offsets {
        private int[] values = new int[2];
        private int size;

        void add(int offset) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = offset;
        }
    }

    /// A page that covers nothing yet.
    StreamPage(long firstPosition) {
        this.firstPosition = firstPosition;
        this.lastPosition = firstPosition - 1;
    }

    long firstPosition() {
        return firstPosition;
    }

    /// Up to where the log is covered.
    long lastPosition() {
        return lastPosition;
    }

    /// Adds the event of a position behind all others.
    void add(long position, OrderKey stream) {
        streams.computeIfAbsent(stream, _ -> new Offsets()).add((int) (position - firstPosition));
        lastPosition = position;
    }

    /// What stands up to a position and was not added is of no stream.
    void coverTo(long position) {
        lastPosition = Math.max(lastPosition, position);
    }

    int count(OrderKey stream) {
        return streams.getOrDefault(stream, NONE).size;
    }

    /// The positions of a stream's events, ascending.
    long[] positions(OrderKey stream) {
        Offsets offsets = streams.getOrDefault(stream, NONE);
        long[] positions = new long[offsets.size];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = firstPosition + offsets.values[i];
        }
        return positions;
    }

    /// The streams that have events here. Not a copy.
    Iterable<OrderKey> streams() {
        return streams.keySet();
    }
}
