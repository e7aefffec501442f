package ai.tradesense.jdbc;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// The [IdKeys] of one segment's events, in the order of their positions; stored as an int64 each.
final class IdRun {
    /// Stands for an event that could not be read.
    static final long NO_KEY = 0;

    private static final long[] NOWHERE = {};

    private final long firstPosition;
    private final long[] keys;
    private long[] sorted = NOWHERE; // made when it is first looked at, for who looks often

    IdRun(long firstPosition, long[] keys) {
        this.firstPosition = firstPosition;
        this.keys = keys;
    }

    static IdRun of(long firstPosition, byte[] stored) {
        long[] keys = new long[stored.length / Long.BYTES];
        ByteBuffer.wrap(stored).asLongBuffer().get(keys);
        return new IdRun(firstPosition, keys);
    }

    byte[] toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(keys.length * Long.BYTES);
        bytes.asLongBuffer().put(keys);
        return bytes.array();
    }

    long firstPosition() {
        return firstPosition;
    }

    /// The keys by the distance from the first position. Not a copy.
    long[] keys() {
        return keys;
    }

    /// Whether a key is here, found by halves: for one who asks a run again and again.
    boolean holds(long key) {
        if (sorted.length != keys.length) {
            sorted = keys.clone();
            Arrays.sort(sorted);
        }
        return Arrays.binarySearch(sorted, key) >= 0;
    }

    /// The positions of a key, ascending. Looks at every one: that is as fast as a page of a B-tree, and seldom
    /// done.
    long[] positionsOf(long key) {
        long[] positions = NOWHERE;
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] == key) {
                positions = Arrays.copyOf(positions, positions.length + 1);
                positions[positions.length - 1] = firstPosition + i;
            }
        }
        return positions;
    }
}
