package ai.tradesense.jdbc;

import org.jspecify.annotations.Nullable;

/// Which keys occur in a segment of the log: never a wrong no, and a wrong yes about once in a thousand times.
/// (A Bloom filter, CACM 13(7), 1970; six bits per key from two halves of one hash after Kirsch and
/// Mitzenmacher, 2006.)
final class KeyFilter {
    private static final int BITS_PER_KEY = 16;
    private static final int HASHES = 6;

    private final byte[] bits;

    KeyFilter(byte[] bits) {
        this.bits = bits;
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
        for (int i = 0; i < HASHES; i++) {
            int bit = bit(hash, i, bits.length);
            if ((bits[bit >> 3] & (1 << (bit & 7))) == 0) {
                return false;
            }
        }
        return true;
    }

    private static int bit(long hash, int i, int bytes) {
        int probe = (int) hash + i * ((int) (hash >>> 32) | 1);
        return (int) ((probe & 0xffff_ffffL) * (bytes * 8L) >>> 32);
    }

    /// Gathers keys, each once, in an open-addressed table.
    static final class Builder {
        private long[] table = new long[64]; // 0 marks a free place
        private int size;

        /// Adds a text; null stands for none.
        void add(@Nullable String text) {
            if (text != null) {
                add(hash(text));
            }
        }

        private void add(long key) {
            int mask = table.length - 1;
            int place = (int) key & mask;
            while (table[place] != 0) {
                if (table[place] == key) {
                    return;
                }
                place = (place + 1) & mask;
            }
            table[place] = key;
            size++;
            if (size * 2 > table.length) {
                grow();
            }
        }

        private void grow() {
            long[] old = table;
            table = new long[old.length * 2];
            size = 0;
            for (long key : old) {
                if (key != 0) {
                    add(key);
                }
            }
        }

        byte[] toBytes() {
            byte[] bits = new byte[Math.max(1, size * BITS_PER_KEY / 8)];
            for (long key : table) {
                if (key != 0) {
                    for (int i = 0; i < HASHES; i++) {
                        int bit = bit(key, i, bits.length);
                        bits[bit >> 3] |= (byte) (1 << (bit & 7));
                    }
                }
            }
            return bits;
        }
    }
}
