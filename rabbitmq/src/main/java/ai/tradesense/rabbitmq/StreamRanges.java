package ai.tradesense.rabbitmq;

import java.util.BitSet;
import java.util.StringJoiner;

/// Which offsets behind a position are done with, as text: `3-9,12`, counted from the position. What is more than
/// [#MAX_RANGES] is left out, and comes again after a crash.
final class StreamRanges {
    /// How many offsets behind the position are looked at.
    static final int MAX_OFFSETS = 1 << 16;

    private static final int MAX_RANGES = 256;
    private static final String NONE = "-";

    private StreamRanges() {}

    static String write(BitSet done) {
        if (done.isEmpty()) {
            return NONE;
        }
        StringJoiner text = new StringJoiner(",");
        int ranges = 0;
        for (int first = done.nextSetBit(0); first >= 0 && ranges < MAX_RANGES; ranges++) {
            int behind = done.nextClearBit(first);
            text.add(behind == first + 1 ? Integer.toString(first) : first + "-" + (behind - 1));
            first = done.nextSetBit(behind);
        }
        return text.toString();
    }

    /// What [#write] wrote.
    ///
    /// @throws IllegalArgumentException if it did not
    static BitSet read(String text) {
        BitSet done = new BitSet();
        if (text.equals(NONE)) {
            return done;
        }
        for (String range : text.split(",", -1)) {
            String[] ends = range.split("-", 2);
            int first = Integer.parseInt(ends[0]);
            int last = ends.length == 1 ? first : Integer.parseInt(ends[1]);
            if (first < 0 || last < first || last >= MAX_OFFSETS) {
                throw new IllegalArgumentException(
                        "a range is " + range + ", expected ascending numbers below " + MAX_OFFSETS);
            }
            done.set(first, last + 1);
        }
        return done;
    }
}
