package ai.tradesense.parking;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Keeps parked events in memory; they do not survive the process.
public final class MemoryParkingStore implements ParkingStore {
    private final TreeMap<Long, ParkedEvent> bySequence = new TreeMap<>();
    private final Set<Identity> identities = new HashSet<>();
    private long lastSequence;

    private record Identity(String group, String source, String id) {
        static Identity of(ParkedEvent event) {
            return new Identity(event.group(), event.source(), event.id());
        }
    }

    @Override
    public synchronized void apply(List<ParkingChange> changes) {
        changes.forEach(this::apply);
    }

    private void apply(ParkingChange change) {
        switch (change) {
            case ParkingChange.Park park -> park(park.event());
            case ParkingChange.Reschedule retry ->
                replace(
                        retry.group(),
                        retry.sequence(),
                        State.WAITING,
                        retry.attempts(),
                        retry.dueAt(),
                        retry.failure());
            case ParkingChange.Bury bury ->
                replace(bury.group(), bury.sequence(), State.DEAD, bury.attempts(), null, bury.failure());
            case ParkingChange.Complete complete -> complete(complete);
        }
    }

    private void park(ParkedEvent event) {
        if (identities.add(Identity.of(event))) {
            long sequence = ++lastSequence;
            bySequence.put(
                    sequence, with(event, sequence, event.state(), event.attempts(), event.dueAt(), event.failures()));
        }
    }

    private void replace(
            String group, long sequence, State state, int attempts, @Nullable Instant dueAt, Failure failure) {
        ParkedEvent event = bySequence.get(sequence);
        if (event != null && event.group().equals(group)) {
            List<Failure> failures = new ArrayList<>(event.failures());
            failures.add(failure);
            if (failures.size() > ParkedEvent.MAX_FAILURES) {
                failures.removeFirst();
            }
            bySequence.put(sequence, with(event, sequence, state, attempts, dueAt, List.copyOf(failures)));
        }
    }

    private void complete(ParkingChange.Complete complete) {
        ParkedEvent event = bySequence.get(complete.sequence());
        if (event != null && event.group().equals(complete.group())) {
            bySequence.remove(complete.sequence());
            identities.remove(Identity.of(event));
        }
    }

    private static ParkedEvent with(
            ParkedEvent event,
            long sequence,
            State state,
            int attempts,
            @Nullable Instant dueAt,
            List<Failure> failures) {
        return new ParkedEvent(
                sequence,
                event.group(),
                event.worker(),
                event.key(),
                event.source(),
                event.id(),
                event.event(),
                event.raw(),
                event.contentType(),
                state,
                attempts,
                dueAt,
                event.parkedAt(),
                failures);
    }

    @Override
    public synchronized List<WaitingSubject> waiting(String group) {
        Map<OrderKey, WaitingSubject> subjects = new LinkedHashMap<>();
        for (ParkedEvent event : bySequence.values()) {
            if (event.group().equals(group) && event.state() == State.WAITING) {
                subjects.merge(
                        event.key(),
                        new WaitingSubject(event.key(), 1, event.dueAt()),
                        (head, next) -> new WaitingSubject(head.key(), head.waiting() + 1, head.dueAt()));
            }
        }
        return List.copyOf(subjects.values());
    }

    @Override
    public synchronized List<ParkedEvent> head(String group, OrderKey key, int limit) {
        return bySequence.values().stream()
                .filter(event -> event.group().equals(group)
                        && event.state() == State.WAITING
                        && event.key().equals(key))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<EventIdentity> recent(String group, int limit) {
        return bySequence.descendingMap().values().stream()
                .filter(event -> event.group().equals(group))
                .limit(limit)
                .map(event -> new EventIdentity(event.source(), event.id()))
                .toList();
    }

    @Override
    public synchronized List<ParkedEvent> deadLetters(DeadLetterQuery query) {
        return bySequence.values().stream()
                .filter(event -> event.state() != State.WAITING && matches(event, query))
                .sorted(Comparator.comparingLong(ParkedEvent::sequence).reversed())
                .limit(query.limit())
                .toList();
    }

    private static boolean matches(ParkedEvent event, DeadLetterQuery query) {
        DomainEvent decoded = event.event();
        return (query.worker() == null || query.worker().equals(event.worker()))
                && (query.type() == null
                        || (decoded != null
                                && query.type().equals(decoded.type().name())))
                && (query.subject() == null
                        || query.subject().equals(event.key().subject()))
                && (query.before() == null || event.sequence() < query.before());
    }

    @Override
    public synchronized Optional<ParkedEvent> find(long sequence) {
        return Optional.ofNullable(bySequence.get(sequence));
    }

    @Override
    public synchronized Counts counts(String group) {
        long waiting = 0;
        long dead = 0;
        for (ParkedEvent event : bySequence.values()) {
            if (event.group().equals(group)) {
                if (event.state() == State.WAITING) {
                    waiting++;
                } else {
                    dead++;
                }
            }
        }
        return new Counts(waiting, dead);
    }
}
