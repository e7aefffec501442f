package ai.tradesense.kafka;

import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;

/// Which offsets behind a committed position are done with, as the text that Kafka keeps beside the position: the
/// lengths of what is not done with and what is, in turns, as variable-length integers in Base64. What does not fit
/// into [#MAX_LENGTH] is left out, and comes again after a crash.
final class DoneOffsets {
    /// How many offsets behind the position are looked at.
    static final int MAX_OFFSETS = 1 << 14;

    /// A broker keeps 4,096 characters unless told otherwise (`offset.metadata.max.bytes`).
    static final int MAX_LENGTH = 4_000;

    private static final String VERSION = "ts1:";
    private static final int MAX_BYTES = (MAX_LENGTH - VERSION.length()) / 4 * 3;
    private static final int MAX_VARINT = 5;

    private DoneOffsets() {}

    /// @param done bit 0 is the position
    static String write(BitSet done) {
        if (done.isEmpty()) {
            return "";
        }
        byte[] lengths = new byte[MAX_BYTES];
        int size = 0;
        int at = 0;
        while (at < done.length() && size <= MAX_BYTES - 2 * MAX_VARINT) {
            int first = done.nextSetBit(at);
            int behind = done.nextClearBit(first);
            size = writeVarint(first - at, lengths, size);
            size = writeVarint(behind - first, lengths, size);
            at = behind;
        }
        byte[] written = Arrays.copyOf(lengths, size);
        return VERSION + Base64.getEncoder().withoutPadding().encodeToString(written);
    }

    private static int writeVarint(int value, byte[] target, int at) {
        int rest = value;
        int index = at;
        while (rest > 0x7F) {
            target[index++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        target[index++] = (byte) rest;
        return index;
    }

    /// What [#write] wrote; nothing if somebody else wrote it.
    static BitSet read(String text) {
        BitSet done = new BitSet();
        if (!text.startsWith(VERSION)) {
            return done;
        }
        byte[] lengths;
        try {
            lengths = Base64.getDecoder().decode(text.substring(VERSION.length()));
        } catch (IllegalArgumentException malformed) {
            return done;
        }
        int at = 0;
        boolean isDone = false;
        int length = 0;
        int shift = 0;
        for (byte each : lengths) {
            length |= (each & 0x7F) << shift;
            shift += 7;
            if (each >= 0) {
                if (length < 0 || length > MAX_OFFSETS - at) {
                    return new BitSet();
                }
                if (isDone) {
                    done.set(at, at + length);
                }
                at += length;
                isDone = !isDone;
                length = 0;
                shift = 0;
            }
        }
        return done;
    }
}
