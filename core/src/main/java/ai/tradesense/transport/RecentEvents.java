package ai.tradesense.transport;

import ai.tradesense.events.DomainEvent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Remembers the events (source and id) that were seen last: at least the last `window`, at most twice as many. Used to
/// keep an event from being processed or stored twice.
///
/// Two open-addressed tables: new events go to the younger one; when that is full, the older is forgotten and they
/// change places. Hashes are compared first, names after, so that two events are never taken for one. Not for use by
/// several threads at once.
///
/// An id is kept as the 128 bits that it is, if it is a UUID as this platform writes them, and its source as a
/// number: a window of strings would have the garbage collector copy each of them and visit as many scattered
/// places of an old array, which costs more than everything else here. Other ids are kept as they are.
public final class RecentEvents {
    /// Sources that have a number, at most; ids of others are kept as they are.
    private static final int MAX_SOURCES = 4_096;

    private static final int UUID_LENGTH = 36;
    private static final byte[] DIGITS = digits();

    private final int window;
    private final Map<String, Integer> sources = new HashMap<>(); // numbers from 1 on
    private @Nullable String lastSource; // most events are of the source of the one before
    private int lastNumber;
    private Table young;
    private Table old;

    /// A window that is rounded up to a power of two.
    public RecentEvents(int window) {
        if (window < 1 || window > 1 << 28) {
            throw new IllegalArgumentException("the window is " + window + ", expected 1 to " + (1 << 28));
        }
        this.window = Integer.highestOneBit(Math.max(window * 2 - 1, 1));
        this.young = new Table(this.window);
        this.old = new Table(this.window);
    }

    private static byte[] digits() {
        byte[] digits = new byte[128];
        Arrays.fill(digits, (byte) -1);
        for (int digit = 0; digit < 16; digit++) {
            digits[Character.forDigit(digit, 16)] = (byte) digit;
        }
        return digits;
    }

    /// Remembers an event; false if it was seen before.
    public boolean add(DomainEvent event) {
        return add(event.envelope().source().toString(), event.id());
    }

    /// Remembers an event; false if it was seen before.
    public boolean add(String source, String id) {
        Identity wanted = identity(source, id, true);
        if (old.contains(wanted) || !young.add(wanted)) {
            return false;
        }
        if (young.size == window) {
            Table forgotten = old;
            old = young;
            young = forgotten;
            young.clear();
        }
        return true;
    }

    /// Whether an event was seen.
    public boolean contains(String source, String id) {
        Identity wanted = identity(source, id, false);
        return young.contains(wanted) || old.contains(wanted);
    }

    /// Forgets everything.
    public void clear() {
        young.clear();
        old.clear();
        sources.clear();
        lastSource = null;
    }

    /// Whether nothing is remembered.
    public boolean isEmpty() {
        return young.size == 0 && old.size == 0;
    }

    /// What is compared.
    ///
    /// @param mark the hash, never 0, and below it the number of the source; that is 0 if names are to be
    /// compared
    private record Identity(long mark, long high, long low, String source, String id) {
        boolean hasNames() {
            return (int) mark == 0;
        }
    }

    private Identity identity(String source, String id, boolean adds) {
        long high = 0;
        long low = 0;
        int wrong = id.length() ^ UUID_LENGTH; // becomes something else than 0 if it is no UUID in lower case
        if (wrong == 0) {
            for (int i = 0; i < UUID_LENGTH; i++) {
                char c = id.charAt(i);
                if (i == 8 || i == 13 || i == 18 || i == 23) {
                    wrong |= c ^ '-';
                } else {
                    int digit = DIGITS[c & 0x7f];
                    wrong |= (digit & ~0xf) | (c & ~0x7f);
                    high = (high << 4) | (low >>> 60);
                    low = (low << 4) | (digit & 0xf);
                }
            }
        }
        int number = wrong == 0 ? numberOf(source, adds) : 0;
        int hash = number == 0 ? id.hashCode() * 31 + source.hashCode() : mix(high, low) + number;
        hash *= 0x9E3779B9;
        hash ^= hash >>> 15;
        long mark = ((long) (hash == 0 ? 1 : hash) << 32) | number; // 0 is a free place
        return new Identity(mark, high, low, source, id);
    }

    private static int mix(long high, long low) {
        long mixed = (high * 0x9E3779B97F4A7C15L) ^ low;
        return (int) (mixed ^ (mixed >>> 32));
    }

    /// The number of a source; 0 if it has none.
    private int numberOf(String source, boolean adds) {
        if (source.equals(lastSource)) {
            return lastNumber;
        }
        Integer known = sources.get(source);
        if (known == null && adds && sources.size() < MAX_SOURCES) {
            known = sources.size() + 1;
            sources.put(source, known);
        }
        if (known == null) {
            return 0;
        }
        lastSource = source;
        lastNumber = known;
        return known;
    }

    /// Half full at most, so that a probe ends soon; grows up to its capacity.
    private static final class Table {
        private static final int FIRST_PLACES = 1_024;

        private final int maxPlaces;
        private int mask;
        private long[] marks;
        private long[] bits; // high and low of an entry stand side by side
        private @Nullable String @Nullable [] names; // so do source and id, of entries that have no bits
        private int size;

        Table(int capacity) {
            this.maxPlaces = capacity * 2;
            int places = Math.min(FIRST_PLACES, maxPlaces);
            this.mask = places - 1;
            this.marks = new long[places];
            this.bits = new long[places * 2];
        }

        boolean contains(Identity wanted) {
            return marks[find(wanted)] != 0;
        }

        boolean add(Identity added) {
            int place = find(added);
            if (marks[place] != 0) {
                return false;
            }
            if (size * 2 == marks.length && marks.length < maxPlaces) {
                grow();
                place = find(added);
            }
            if (added.hasNames()) {
                setNames(place, added.source, added.id);
            } else {
                bits[place * 2] = added.high;
                bits[place * 2 + 1] = added.low;
            }
            marks[place] = added.mark; // last: memory may be short for names
            size++;
            return true;
        }

        private void setNames(int place, @Nullable String source, @Nullable String id) {
            @Nullable String[] all = names;
            if (all == null) {
                all = new String[marks.length * 2];
                names = all;
            }
            all[place * 2] = source;
            all[place * 2 + 1] = id;
        }

        /// Where the entry is, or the free place where it belongs.
        private int find(Identity wanted) {
            int place = (int) (wanted.mark >>> 32) & mask;
            while (marks[place] != 0 && !(marks[place] == wanted.mark && isAt(place, wanted))) {
                place = (place + 1) & mask;
            }
            return place;
        }

        private boolean isAt(int place, Identity wanted) {
            if (!wanted.hasNames()) {
                return bits[place * 2] == wanted.high && bits[place * 2 + 1] == wanted.low;
            }
            @Nullable String[] all = names;
            return all != null && wanted.id.equals(all[place * 2 + 1]) && wanted.source.equals(all[place * 2]);
        }

        /// Gets all the memory that it needs before it changes anything, as there may be too little.
        private void grow() {
            long[] formerMarks = marks;
            long[] formerBits = bits;
            @Nullable String[] formerNames = names;
            long[] moreMarks = new long[formerMarks.length * 2];
            long[] moreBits = new long[formerBits.length * 2];
            names = formerNames == null ? null : new String[formerNames.length * 2];
            marks = moreMarks;
            bits = moreBits;
            mask = moreMarks.length - 1;
            for (int former = 0; former < formerMarks.length; former++) {
                long mark = formerMarks[former];
                if (mark != 0) {
                    int place = (int) (mark >>> 32) & mask;
                    while (marks[place] != 0) {
                        place = (place + 1) & mask;
                    }
                    marks[place] = mark;
                    bits[place * 2] = formerBits[former * 2];
                    bits[place * 2 + 1] = formerBits[former * 2 + 1];
                    if ((int) mark == 0 && formerNames != null) {
                        setNames(place, formerNames[former * 2], formerNames[former * 2 + 1]);
                    }
                }
            }
        }

        void clear() {
            if (size > 0) {
                Arrays.fill(marks, 0);
                names = null;
                size = 0;
            }
        }
    }
}
