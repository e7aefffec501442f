package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The newest end of the log in memory: what is durable, and the events that became so last, so that groups
/// which keep up are handed them instead of each reading and decoding them. Safe for use by several threads.
final class LogTail {
    /// How many bytes of records are kept at most, besides the limit on their number.
    static final long MAX_BYTES = 64L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);

    private final int capacity;
    private final List<Runnable> signals = new CopyOnWriteArrayList<>();

    // Guarded by this.
    private final Map<String, long[]> appendedByDomain = new HashMap<>();
    private @Nullable DomainEvent[] ring = new DomainEvent[0]; // the event of a position is at position & (length - 1)
    private int[] ringBytes = new int[0];
    private long first;
    private long heldBytes;
    private int readers;

    private volatile long head;

    /// @param maxEvents how many events are held at most, rounded up to a power of two
    LogTail(long head, int maxEvents) {
        this.head = head;
        this.capacity = Integer.highestOneBit(Math.max(maxEvents * 2 - 1, 1));
    }

    /// The position of the newest durable event; 0 if there is none.
    long head() {
        return head;
    }

    /// Makes durable events known, as far as they were not yet. Whoever does so calls [#signal] afterwards.
    ///
    /// @return false, and none is, if there are others before them that are not known
    synchronized boolean add(Appended appended) {
        if (appended.firstPosition() > head + 1) {
            return false;
        }
        List<DomainEvent> added = appended.events();
        int bytesEach = (int) (appended.bytes() / Math.max(1, added.size()));
        int known = (int) Math.min(added.size(), head + 1 - appended.firstPosition());
        long position = appended.firstPosition() + known;
        for (DomainEvent event : added.subList(known, added.size())) {
            appendedByDomain.computeIfAbsent(event.type().domain(), _ -> new long[1])[0]++;
            if (readers > 0) {
                hold(position, event, bytesEach);
            }
            position++;
        }
        head = Math.max(head, position - 1);
        while (heldBytes > MAX_BYTES) {
            drop(first);
        }
        return true;
    }

    /// What stands up to a position is durable, and not held here.
    synchronized void skipTo(long position) {
        if (position > head) {
            beginAt(position);
        }
    }

    /// The log ends with this position, which may be one that it had passed, and nothing of it is held here.
    synchronized void beginAt(long position) {
        Arrays.fill(ring, null);
        Arrays.fill(ringBytes, 0);
        heldBytes = 0;
        head = position;
        first = position + 1;
    }

    /// Whether there is anybody who reads here.
    synchronized boolean hasReaders() {
        return readers > 0;
    }

    private void hold(long position, DomainEvent event, int bytes) {
        if (position - first >= capacity) {
            drop(first);
        }
        int place = (int) position & (capacity - 1);
        ring[place] = event;
        ringBytes[place] = bytes;
        heldBytes += bytes;
    }

    private void drop(long position) {
        int place = (int) position & (capacity - 1);
        ring[place] = null;
        heldBytes -= ringBytes[place];
        ringBytes[place] = 0;
        first = position + 1;
    }

    /// Holds nothing any more up to a position: what stands there is not in the database as it was.
    synchronized void dropThrough(long position) {
        long last = Math.min(position, head);
        while (ring.length > 0 && first <= last) {
            drop(first);
        }
    }

    void signal() {
        for (Runnable signal : signals) {
            try {
                signal.run();
            } catch (RuntimeException | Error failure) {
                LOG.error("a listener to appended events failed", failure);
            }
        }
    }

    /// Has `signal` called after events became readable.
    void addSignal(Runnable signal) {
        signals.add(signal);
    }

    void removeSignal(Runnable signal) {
        signals.remove(signal);
    }

    /// A reader that hopes to find events here begins.
    synchronized void addReader() {
        readers++;
        if (readers == 1) {
            ring = new DomainEvent[capacity];
            ringBytes = new int[capacity];
            first = head + 1;
        }
    }

    synchronized void removeReader() {
        readers--;
        if (readers == 0) {
            ring = new DomainEvent[0];
            ringBytes = new int[0];
            heldBytes = 0;
        }
    }

    /// Takes events.
    @FunctionalInterface
    interface Reader {
        void take(long position, DomainEvent event);
    }

    /// Hands over at most `maxEvents` events from a position on that are of some domains, all if there are
    /// none.
    ///
    /// @return the position to go on from; `from` itself if it is not held here
    synchronized long read(long from, Set<String> domains, int maxEvents, Reader reader) {
        if (from < first || ring.length == 0) {
            return from;
        }
        long next = from;
        for (int taken = 0; next <= head && taken < maxEvents; next++) {
            DomainEvent event = ring[(int) next & (capacity - 1)];
            if (event != null
                    && (domains.isEmpty() || domains.contains(event.type().domain()))) {
                reader.take(next, event);
                taken++;
            }
        }
        return next;
    }

    /// Up to where the log goes, and how many events of some domains were appended since it was opened.
    record Extent(long head, long appended) {}

    synchronized Extent extent(Set<String> domains) {
        long appended = 0;
        for (Map.Entry<String, long[]> domain : appendedByDomain.entrySet()) {
            if (domains.isEmpty() || domains.contains(domain.getKey())) {
                appended += domain.getValue()[0];
            }
        }
        return new Extent(head, appended);
    }
}
