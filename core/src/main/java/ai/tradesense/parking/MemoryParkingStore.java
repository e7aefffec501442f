package ai.tradesense.parking;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.transport.Partition;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Keeps parked events in memory; they do not survive the process.
public final class MemoryParkingStore implements ParkingStore {
    private static final Counts NONE = new Counts(0, 0);

    private final TreeMap<Long, ParkedEvent> bySequence = new TreeMap<>();
    private final Map<Queue, TreeMap<Long, ParkedEvent>> queues = new LinkedHashMap<>();
    private final Map<Identity, Long> identities = new HashMap<>();
    private final Map<String, Counts> counts = new HashMap<>();
    private final Map<String, Long> revisions = new HashMap<>();
    private final Map<Share, String> sessions = new HashMap<>();
    private long lastSequence;

    private record Queue(String group, OrderKey key) {}

    private record Share(String group, Partition partition) {}

    private enum Origin {
        DELIVERY,
        REPLAY
    }

    private record Identity(String group, String source, String id, Origin origin) {
        static Identity of(ParkedEvent event) {
            return new Identity(
                    event.group(), event.source(), event.id(), event.isReplay() ? Origin.REPLAY : Origin.DELIVERY);
        }
    }

    @Override
    public synchronized int apply(List<ParkingChange> changes) {
        int effective = 0;
        for (ParkingChange change : changes) {
            if (apply(change)) {
                effective++;
            }
        }
        return effective;
    }

    private boolean apply(ParkingChange change) {
        return switch (change) {
            case ParkingChange.Park(var event) -> park(event);
            case ParkingChange.Complete(var group, var sequence) -> complete(group, sequence);
            case ParkingChange.InSession(var session, var partition, var inner) ->
                session.equals(sessions.get(new Share(inner.group(), partition))) && apply(inner);
            case ParkingChange.Requeue requeue -> operate(requeue, requeue.corrected());
            case ParkingChange.Discard discard -> operate(discard, null);
            case ParkingChange.Restore restore -> operate(restore, null);
            case ParkingChange.OfParked other -> change(other, null);
        };
    }

    private boolean park(ParkedEvent event) {
        if (identities.putIfAbsent(Identity.of(event), lastSequence + 1) != null) {
            return false;
        }
        put(event.at(++lastSequence));
        if (event.isReplay()) {
            revisions.merge(event.group(), 1L, Long::sum);
        }
        return true;
    }

    private boolean complete(String group, long sequence) {
        ParkedEvent event = bySequence.get(sequence);
        if (event == null || !event.group().equals(group) || event.state() != Progress.State.WAITING) {
            return false;
        }
        remove(event);
        identities.remove(Identity.of(event));
        return true;
    }

    private boolean operate(ParkingChange.OfParked change, @Nullable DomainEvent corrected) {
        boolean changed = change(change, corrected);
        if (changed) {
            revisions.merge(change.group(), 1L, Long::sum);
        }
        return changed;
    }

    private boolean change(ParkingChange.OfParked change, @Nullable DomainEvent corrected) {
        ParkedEvent event = bySequence.get(change.sequence());
        if (event == null || !event.group().equals(change.group())) {
            return false;
        }
        Progress next = change.apply(event.progress());
        if (next == null) {
            return false;
        }
        remove(event);
        ParkedEvent changed = event.after(next, corrected, change.failure());
        put(
                change instanceof ParkingChange.Quarantine found
                        ? changed.with(found.raw(), found.contentType())
                        : changed);
        return true;
    }

    private void put(ParkedEvent event) {
        bySequence.put(event.sequence(), event);
        if (event.progress().isQueued()) {
            queues.computeIfAbsent(new Queue(event.group(), event.key()), _ -> new TreeMap<>())
                    .put(event.sequence(), event);
        }
        count(event, 1);
    }

    private void remove(ParkedEvent event) {
        bySequence.remove(event.sequence());
        queues.computeIfPresent(new Queue(event.group(), event.key()), (_, queue) -> {
            queue.remove(event.sequence());
            return queue.isEmpty() ? null : queue;
        });
        count(event, -1);
    }

    private void count(ParkedEvent event, int by) {
        Progress progress = event.progress();
        long waiting = progress.isWaiting() ? by : 0;
        long dead = progress.isDeadLetter() ? by : 0;
        counts.compute(event.group(), (_, known) -> {
            Counts now = known == null ? NONE : known;
            Counts next = new Counts(now.waiting() + waiting, now.dead() + dead);
            return next.equals(NONE) ? null : next;
        });
    }

    @Override
    public synchronized List<WaitingSubject> waiting(String group) {
        return queues.entrySet().stream()
                .filter(queue -> queue.getKey().group().equals(group))
                .map(queue -> waiting(queue.getKey().key(), queue.getValue()))
                .toList();
    }

    private static WaitingSubject waiting(OrderKey key, SequencedMap<Long, ParkedEvent> queue) {
        Progress first = queue.firstEntry().getValue().progress();
        int waiting = (int) queue.values().stream()
                .filter(event -> event.progress().isWaiting())
                .count();
        return new WaitingSubject(key, waiting, first.dueAt(), first.holds());
    }

    @Override
    public synchronized Map<OrderKey, List<ParkedEvent>> heads(String group, Collection<OrderKey> keys, int limit) {
        Map<OrderKey, List<ParkedEvent>> heads = new HashMap<>();
        for (OrderKey key : keys) {
            TreeMap<Long, ParkedEvent> queue = queues.get(new Queue(group, key));
            if (queue != null) {
                heads.put(key, queue.values().stream().limit(limit).toList());
            }
        }
        return heads;
    }

    @Override
    public synchronized List<EventIdentity> recent(String group, int limit) {
        return bySequence.descendingMap().values().stream()
                .filter(event -> event.group().equals(group) && !event.isReplay())
                .limit(limit)
                .map(event -> new EventIdentity(event.source(), event.id()))
                .toList();
    }

    @Override
    public synchronized List<ParkedEvent> deadLetters(DeadLetterQuery query) {
        return found(query).toList();
    }

    @Override
    public synchronized List<DeadLetterSummary> summaries(DeadLetterQuery query) {
        return found(query).map(DeadLetterSummary::of).toList();
    }

    private Stream<ParkedEvent> found(DeadLetterQuery query) {
        Long before = query.before();
        return (before == null ? bySequence : bySequence.headMap(before, false))
                .descendingMap().values().stream()
                        .filter(query.filter()::matches)
                        .limit(query.limit());
    }

    @Override
    public synchronized List<DeadLetterGroup> groups(DeadLetterFilter filter, int limit) {
        Map<List<String>, DeadLetterGroup> groups = new LinkedHashMap<>();
        for (ParkedEvent event : bySequence.values()) {
            if (filter.matches(event)) {
                DeadLetterSummary letter = DeadLetterSummary.of(event);
                String type = Objects.requireNonNullElse(letter.type(), "");
                groups.merge(
                        List.of(letter.worker(), type, letter.cause()),
                        new DeadLetterGroup(
                                letter.worker(),
                                letter.type(),
                                letter.cause(),
                                1,
                                event.failedAt(),
                                event.failedAt(),
                                event.sequence(),
                                event.newestFailure()),
                        MemoryParkingStore::merged);
            }
        }
        return groups.values().stream()
                .sorted(Comparator.comparingLong(DeadLetterGroup::count)
                        .thenComparingLong(DeadLetterGroup::example)
                        .reversed())
                .limit(limit)
                .toList();
    }

    private static DeadLetterGroup merged(DeadLetterGroup older, DeadLetterGroup newer) {
        return new DeadLetterGroup(
                newer.worker(),
                newer.type(),
                newer.cause(),
                older.count() + newer.count(),
                older.firstAt().isBefore(newer.firstAt()) ? older.firstAt() : newer.firstAt(),
                older.lastAt().isAfter(newer.lastAt()) ? older.lastAt() : newer.lastAt(),
                newer.example(),
                newer.failure());
    }

    @Override
    public synchronized Optional<ParkedEvent> find(long sequence) {
        return Optional.ofNullable(bySequence.get(sequence));
    }

    @Override
    public synchronized List<ParkedEvent> find(String group, EventIdentity identity) {
        return Stream.of(Origin.values())
                .map(origin -> new Identity(group, identity.source(), identity.id(), origin))
                .map(identities::get)
                .flatMap(Stream::ofNullable)
                .map(bySequence::get)
                .flatMap(Stream::ofNullable)
                .toList();
    }

    @Override
    public synchronized Counts counts(String group) {
        return counts.getOrDefault(group, NONE);
    }

    @Override
    public synchronized Map<String, Counts> counts() {
        return Map.copyOf(counts);
    }

    @Override
    public synchronized long revision(String group) {
        return revisions.getOrDefault(group, 0L);
    }

    @Override
    public synchronized Map<Partition, String> sessions(String group) {
        Map<Partition, String> found = new HashMap<>();
        sessions.forEach((share, session) -> {
            if (share.group().equals(group)) {
                found.put(share.partition(), session);
            }
        });
        return found;
    }

    @Override
    public synchronized Set<Partition> begin(
            String group, String session, Set<Partition> partitions, Map<Partition, String> seen) {
        Set<Partition> begun = new HashSet<>();
        for (Partition partition : partitions) {
            Share share = new Share(group, partition);
            String now = sessions.get(share);
            if (session.equals(now) || Objects.equals(now, seen.get(partition))) {
                sessions.put(share, session);
                begun.add(partition);
            }
        }
        return begun;
    }

    @Override
    public synchronized void end(String group, String session, Set<Partition> partitions) {
        partitions.forEach(partition -> sessions.remove(new Share(group, partition), session));
    }
}
