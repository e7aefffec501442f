package ai.tradesense.jdbc;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// The ids of one segment that begin with their time, by key: where each stands in the segment. Stored as the keys in
/// ascending order, an int64 each, followed by as many int32 that say how far behind the segment's first position.
final class IdRun {
    private static final int ENTRY_BYTES = Long.BYTES + Integer.BYTES;
    private static final long[] NOWHERE = {};

    private final long firstPosition;
    private final long[] keys;
    private final int[] offsets;

    IdRun(long firstPosition, byte[] stored) {
        int entries = stored.length / ENTRY_BYTES;
        this.firstPosition = firstPosition;
        this.keys = new long[entries];
        this.offsets = new int[entries];
        ByteBuffer bytes = ByteBuffer.wrap(stored);
        bytes.asLongBuffer().get(keys);
        bytes.position(entries * Long.BYTES);
        bytes.asIntBuffer().get(offsets);
    }

    /// The positions of a key, ascending.
    long[] positionsOf(long key) {
        int at = Arrays.binarySearch(keys, key);
        if (at < 0) {
            return NOWHERE;
        }
        int from = at;
        while (from > 0 && keys[from - 1] == key) {
            from--;
        }
        int to = at + 1;
        while (to < keys.length && keys[to] == key) {
            to++;
        }
        long[] positions = new long[to - from];
        for (int i = from; i < to; i++) {
            positions[i - from] = firstPosition + offsets[i];
        }
        Arrays.sort(positions);
        return positions;
    }

    /// Where an id stands.
    record Entry(long key, long position) {}

    /// Gathers the ids of a segment, those without a time too.
    static final class Builder {
        private final List<Entry> entries = new ArrayList<>(Segment.MIN_EVENTS);

        void add(long key, long position) {
            entries.add(new Entry(key, position));
        }

        int size() {
            return entries.size();
        }

        /// Those whose key begins with a time, in ascending order.
        List<Entry> ordered() {
            return sorted(true);
        }

        /// The others, in ascending order.
        List<Entry> hashed() {
            return sorted(false);
        }

        private List<Entry> sorted(boolean ordered) {
            List<Entry> chosen = new ArrayList<>(entries.size());
            for (Entry entry : entries) {
                if (IdKeys.isOrdered(entry.key) == ordered) {
                    chosen.add(entry);
                }
            }
            chosen.sort(Comparator.comparingLong(Entry::key));
            return chosen;
        }
    }

    static byte[] toBytes(long firstPosition, List<Entry> ascending) {
        ByteBuffer bytes = ByteBuffer.allocate(ascending.size() * ENTRY_BYTES);
        for (Entry entry : ascending) {
            bytes.putLong(entry.key);
        }
        for (Entry entry : ascending) {
            bytes.putInt((int) (entry.position - firstPosition));
        }
        return bytes.array();
    }
}
