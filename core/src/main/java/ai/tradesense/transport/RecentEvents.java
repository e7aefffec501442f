package ai.tradesense.transport;

import ai.tradesense.events.DomainEvent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Remembers the events (source and id) that were seen last: at least the last `window`, at most twice as many. Used to
/// keep an event from being processed or stored twice.
///
/// Two open-addressed tables: new events go to the younger one; when that is full, the older is forgotten and they
/// change places. Hashes are compared first, names after, so that two events are never taken for one. Not for use by
/// several threads at once.
public final class RecentEvents {
    private final int window;
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

    /// Remembers an event; false if it was seen before.
    public boolean add(DomainEvent event) {
        return add(event.envelope().source().toString(), event.id());
    }

    /// Remembers an event; false if it was seen before.
    public boolean add(String source, String id) {
        int hash = hash(source, id);
        if (old.contains(hash, source, id) || !young.add(hash, source, id)) {
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
        int hash = hash(source, id);
        return young.contains(hash, source, id) || old.contains(hash, source, id);
    }

    /// Forgets everything.
    public void clear() {
        young.clear();
        old.clear();
    }

    private static int hash(String source, String id) {
        int mixed = (id.hashCode() * 31 + source.hashCode()) * 0x9E3779B9;
        mixed ^= mixed >>> 15;
        return mixed == 0 ? 1 : mixed; // 0 marks a free place
    }

    /// Whether nothing is remembered.
    public boolean isEmpty() {
        return young.size == 0 && old.size == 0;
    }

    /// Half full at most, so that a probe ends soon. Source and id of an entry stand side by side.
    private static final class Table {
        private final int mask;
        private final int[] hashes;
        private final @Nullable String[] names;
        private int size;

        Table(int capacity) {
            int places = capacity * 2;
            this.mask = places - 1;
            this.hashes = new int[places];
            this.names = new String[places * 2];
        }

        boolean contains(int hash, String source, String id) {
            return hashes[find(hash, source, id)] != 0;
        }

        boolean add(int hash, String source, String id) {
            int place = find(hash, source, id);
            if (hashes[place] != 0) {
                return false;
            }
            hashes[place] = hash;
            names[place * 2] = source;
            names[place * 2 + 1] = id;
            size++;
            return true;
        }

        /// Where the entry is, or the free place where it belongs.
        private int find(int hash, String source, String id) {
            int place = hash & mask;
            while (hashes[place] != 0
                    && !(hashes[place] == hash && id.equals(names[place * 2 + 1]) && source.equals(names[place * 2]))) {
                place = (place + 1) & mask;
            }
            return place;
        }

        void clear() {
            if (size > 0) {
                Arrays.fill(hashes, 0);
                Arrays.fill(names, null);
                size = 0;
            }
        }
    }
}
