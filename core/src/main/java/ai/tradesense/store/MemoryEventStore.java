package ai.tradesense.store;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.store.StreamSlice.StreamEvent;
import ai.tradesense.transport.Published;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/// Keeps the newest events in memory: for tests and for trying things out. A stream all of whose events are
/// forgotten begins anew.
public final class MemoryEventStore implements EventStore {
    /// How many events are kept unless told otherwise; older ones are forgotten.
    public static final int DEFAULT_CAPACITY = 100_000;

    private final InstantSource clock;
    private final int capacity;
    private final ArrayDeque<StoredEvent> events = new ArrayDeque<>();
    private final Set<Identity> identities = new HashSet<>();
    private final Map<OrderKey, Stream> streams = new HashMap<>();
    private final ProjectionReports projections = new MemoryProjectionReports();
    private final List<Runnable> signals = new CopyOnWriteArrayList<>();
    private long head;

    private record Identity(String source, String id) {
        static Identity of(DomainEvent event) {
            return new Identity(event.source().toString(), event.id());
        }
    }

    /// The events of a stream. Those that are forgotten leave the list when they are half of it.
    private static final class Stream {
        private final List<StoredEvent> listed = new ArrayList<>();
        private long unlisted;
        private int forgotten; // at the beginning of the list

        long version() {
            return unlisted + listed.size();
        }

        long firstVersion() {
            return unlisted + forgotten + 1;
        }

        StoredEvent at(long version) {
            return listed.get((int) (version - unlisted - 1));
        }

        /// Forgets the oldest event; true if there is none left.
        boolean forget() {
            forgotten++;
            if (forgotten * 2 >= listed.size()) {
                listed.subList(0, forgotten).clear();
                unlisted += forgotten;
                forgotten = 0;
            }
            return listed.isEmpty();
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
        List<Published> outcome;
        synchronized (this) {
            outcome = add(batch);
        }
        signals.forEach(Runnable::run);
        return outcome;
    }

    @Override
    public List<Published> appendStreams(List<StreamAppend> appends) {
        List<DomainEvent> batch = StreamAppend.eventsOf(appends);
        List<Published> outcome;
        synchronized (this) {
            boolean isRepeated =
                    !batch.isEmpty() && batch.stream().map(Identity::of).allMatch(identities::contains);
            if (!isRepeated) {
                appends.forEach(this::requireExpected);
            }
            outcome = add(batch);
        }
        signals.forEach(Runnable::run);
        return outcome;
    }

    private void requireExpected(StreamAppend append) {
        long version = version(append.stream());
        if (!append.expected().isMetBy(version)) {
            throw new WrongExpectedVersionException(append.stream(), append.expected(), version);
        }
    }

    private long version(OrderKey stream) {
        Stream known = streams.get(stream);
        return known == null ? 0 : known.version();
    }

    private List<Published> add(List<DomainEvent> batch) {
        List<Published> outcome = new ArrayList<>(batch.size());
        for (DomainEvent event : batch) {
            boolean isNew = identities.add(Identity.of(event));
            if (isNew) {
                StoredEvent stored = new StoredEvent(++head, clock.instant(), event);
                events.addLast(stored);
                streams.computeIfAbsent(event.orderKey(), _ -> new Stream())
                        .listed
                        .add(stored);
                if (events.size() > capacity) {
                    forget(events.removeFirst().event());
                }
            }
            outcome.add(new Published(event.id(), !isNew));
        }
        return outcome;
    }

    private void forget(DomainEvent oldest) {
        identities.remove(Identity.of(oldest));
        streams.computeIfPresent(oldest.orderKey(), (_, stream) -> stream.forget() ? null : stream);
    }

    @Override
    public synchronized StreamSlice readStream(StreamQuery query) {
        Stream stream = streams.getOrDefault(query.stream(), new Stream());
        long version = stream.version();
        StreamQuery kept = query.notBefore(stream.firstVersion());
        List<StreamEvent> found = new ArrayList<>();
        for (long each = Math.max(kept.first(version), stream.firstVersion()); each <= kept.last(version); each++) {
            found.add(new StreamEvent(each, stream.at(each)));
        }
        return new StreamSlice(
                query.stream(),
                version,
                stream.firstVersion(),
                query.order() == EventQuery.Order.NEWEST_FIRST ? found.reversed() : found);
    }

    @Override
    public synchronized EventPage search(EventQuery query) {
        boolean newestFirst = query.order() == EventQuery.Order.NEWEST_FIRST;
        Iterator<StoredEvent> each = newestFirst ? events.descendingIterator() : events.iterator();
        Long after = query.after();
        List<EventPage.Entry> found = new ArrayList<>();
        while (each.hasNext() && found.size() < query.limit()) {
            StoredEvent stored = each.next();
            boolean behind = after == null || (newestFirst ? stored.position() < after : stored.position() > after);
            if (behind && query.matches(stored.event())) {
                found.add(stored);
            }
        }
        boolean isLast = found.size() < query.limit();
        long end = newestFirst ? 0 : Math.max(head, after == null ? 0 : after);
        return new EventPage(found, isLast ? end : found.getLast().position(), isLast);
    }

    @Override
    public synchronized Optional<StoredEvent> find(String id) {
        return events.stream().filter(stored -> stored.event().id().equals(id)).findFirst();
    }

    @Override
    public synchronized EventPage read(long afterPosition, EventQuery filter, int limit) {
        List<StoredEvent> found = events.stream()
                .filter(stored -> stored.position() > afterPosition && filter.matches(stored.event()))
                .limit(limit)
                .toList();
        boolean isLast = found.size() < limit;
        long upTo = isLast ? Math.max(head, afterPosition) : found.getLast().position();
        return new EventPage(List.copyOf(found), upTo, isLast);
    }

    @Override
    public synchronized long head() {
        return head;
    }

    @Override
    public synchronized long count() {
        return events.size();
    }

    /// Nothing is forgotten because of its age here, and what is one too many whoever has read it.
    @Override
    public void keepBehind(String reader, long position) {
        // There is nothing to note.
    }

    @Override
    public void release(String reader) {
        // There is nothing to note.
    }

    @Override
    public ProjectionReports projections() {
        return projections;
    }

    @Override
    public AutoCloseable onAppend(Runnable signal) {
        signals.add(signal);
        return () -> signals.remove(signal);
    }
}
