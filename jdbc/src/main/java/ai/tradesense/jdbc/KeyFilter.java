package ai.tradesense.jdbc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Which keys occur in a segment of the log: never a wrong no, and a wrong yes a few times in a thousand. (A
/// Bloom filter, CACM 13(7), 1970; the bits of a key from two halves of one hash after Kirsch and Mitzenmacher,
/// 2006.)
///
/// Its size is a power of two, so that one with few keys can be folded: with one half laid over the other it
/// answers as if it had been made at that size.
final class KeyFilter {
    private static final int HASHES = 4;

    private final long[] words;

    KeyFilter(byte[] stored) {
        this.words = new long[stored.length / Long.BYTES];
        ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(words);
    }

    /// What a text is looked for by, never 0. Part of the format; that of [String#hashCode] is fixed by its
    /// specification.
    static long hash(String text) {
        long hash = mix(text.hashCode());
        return hash == 0 ? 1 : hash;
    }

    /// The finalizer of MurmurHash3, which lets every bit of the input change every bit of the output.
    static long mix(long value) {
        long mixed = value * 0xff51afd7ed558ccdL;
        mixed ^= mixed >>> 33;
        mixed *= 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }

    boolean mayContain(long hash) {
        int probe = (int) hash;
        int step = (int) (hash >>> 32) | 1;
        for (int i = 0; i < HASHES; i++) {
            if ((words[(probe >>> 6) & (words.length - 1)] & (1L << probe)) == 0) {
                return false;
            }
            probe += step;
        }
        return true;
    }

    /// Gathers keys.
    static final class Builder {
        /// Sixteen bits for each key of a full segment.
        private static final int WORDS = 1_024;

        /// At most one bit of so many is set, which makes a wrong yes a matter of 4^-4.
        private static final int FILL = 4;

        private final long[] words = new long[WORDS];

        void add(long hash) {
            int probe = (int) hash;
            int step = (int) (hash >>> 32) | 1;
            for (int i = 0; i < HASHES; i++) {
                words[(probe >>> 6) & (WORDS - 1)] |= 1L << probe;
                probe += step;
            }
        }

        byte[] toBytes() {
            int length = WORDS;
            while (length > 1 && bitsSet(length) * 2 * FILL <= length * Long.SIZE) {
                length /= 2;
                for (int i = 0; i < length; i++) {
                    words[i] |= words[i + length];
                }
            }
            ByteBuffer bytes = ByteBuffer.allocate(length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asLongBuffer().put(words, 0, length);
            return bytes.array();
        }

        private int bitsSet(int length) {
            int set = 0;
            for (int i = 0; i < length; i++) {
                set += Long.bitCount(words[i]);
            }
            return set;
        }
    }
}
