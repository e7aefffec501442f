package ai.tradesense.jdbc;

/// Turns an event's id into the 64 bits by which the index of ids is ordered. Two ids may have the same key, so
/// whoever finds a key compares the ids.
///
/// An id of version 7 (RFC 9562) begins with its time, and its key does too: 47 bits of milliseconds and 16 of
/// a hash. So new ids go to the end of the index, where few pages change; a hash alone would scatter them over
/// all pages, and with millions of ids every append would rewrite as many pages as it has events. Any other id
/// has a negative key, which is a hash.
final class IdKeys {
    private static final int UUID_LENGTH = 36;
    private static final long MAX_MILLIS = (1L << 47) - 1;

    private IdKeys() {}

    static long keyOf(String id) {
        long millis = millisOfVersion7(id);
        return millis >= 0 ? millis << 16 | (KeyFilter.mix(id.hashCode()) & 0xffff) : hash(id) | Long.MIN_VALUE;
    }

    /// Whether the key begins with a time.
    static boolean isOrdered(long key) {
        return key >= 0;
    }

    private static long millisOfVersion7(String id) {
        if (id.length() != UUID_LENGTH || id.charAt(8) != '-' || id.charAt(13) != '-' || id.charAt(14) != '7') {
            return -1;
        }
        long millis = 0;
        for (int i = 0; i < 13; i++) {
            if (i != 8) {
                int digit = Character.digit(id.charAt(i), 16);
                if (digit < 0) {
                    return -1;
                }
                millis = millis << 4 | digit;
            }
        }
        return millis > 0 && millis <= MAX_MILLIS ? millis : -1;
    }

    /// Part of the format: it stands in the database, so it must never change.
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        return hash;
    }
}
