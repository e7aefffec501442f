package ai.tradesense.store;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Published;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/// Keeps the newest events in memory: for tests and for trying things out.
public final class MemoryEventStore implements EventStore {
    /// How many events are kept unless told otherwise; older ones are forgotten.
    public static final int DEFAULT_CAPACITY = 100_000;

    private final InstantSource clock;
    private final int capacity;
    private final ArrayDeque<StoredEvent> events = new ArrayDeque<>();
    private final Set<Identity> identities = new HashSet<>();
    private final List<Runnable> signals = new CopyOnWriteArrayList<>();
    private long head;

    private record Identity(String source, String id) {
        static Identity of(DomainEvent event) {
            return new Identity(event.source().toString(), event.id());
        }
    }

    /// A store of the usual capacity.
    public MemoryEventStore(InstantSource clock) {
        this(clock, DEFAULT_CAPACITY);
    }

    public MemoryEventStore(InstantSource clock, int capacity) {
        this.clock = clock;
        this.capacity = capacity;
    }

    @Override
    public List<Published> append(List<DomainEvent> batch) {
        List<Published> outcome = new ArrayList<>(batch.size());
        synchronized (this) {
            for (DomainEvent event : batch) {
                boolean isNew = identities.add(Identity.of(event));
                if (isNew) {
                    events.addLast(new StoredEvent(++head, clock.instant(), event));
                    if (events.size() > capacity) {
                        identities.remove(Identity.of(events.removeFirst().event()));
                    }
                }
                outcome.add(new Published(event.id(), !isNew));
            }
        }
        signals.forEach(Runnable::run);
        return outcome;
    }

    @Override
    public synchronized List<StoredEvent> search(EventQuery query) {
        boolean newestFirst = query.order() == EventQuery.Order.NEWEST_FIRST;
        Iterator<StoredEvent> each = newestFirst ? events.descendingIterator() : events.iterator();
        Long after = query.after();
        List<StoredEvent> found = new ArrayList<>();
        while (each.hasNext() && found.size() < query.limit()) {
            StoredEvent stored = each.next();
            boolean behind = after == null || (newestFirst ? stored.position() < after : stored.position() > after);
            if (behind && query.matches(stored.event())) {
                found.add(stored);
            }
        }
        return found;
    }

    @Override
    public synchronized Optional<StoredEvent> find(String id) {
        return events.stream().filter(stored -> stored.event().id().equals(id)).findFirst();
    }

    @Override
    public synchronized List<StoredEvent> read(long afterPosition, EventQuery filter, int limit) {
        return events.stream()
                .filter(stored -> stored.position() > afterPosition && filter.matches(stored.event()))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized long head() {
        return head;
    }

    @Override
    public synchronized long count() {
        return events.size();
    }

    @Override
    public AutoCloseable onAppend(Runnable signal) {
        signals.add(signal);
        return () -> signals.remove(signal);
    }
}
