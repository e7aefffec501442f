package ai.tradesense.operations;

import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.EventIdentity;
import ai.tradesense.parking.Progress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Keeps operations in memory; they do not survive the process.
public final class MemoryOperationStore implements OperationStore {
    private final ParkingStore parking;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// @param parking what the operations change
    public MemoryOperationStore(ParkingStore parking) {
        this.parking = parking;
    }

    private static final class Entry {
        private Operation operation;
        private final SortedMap<Integer, OperationItem> items = new TreeMap<>();
        private final List<OperationStep> steps = new ArrayList<>();
        private @Nullable String owner;
        private Instant ownedUntil = Instant.MIN;

        Entry(Operation operation, List<OperationItem> items) {
            this.operation = operation;
            items.forEach(this::put);
            if (operation.replay() == null) {
                recount();
            }
        }

        void note(Instant at, String by, String text) {
            steps.add(new OperationStep(steps.size() + 1, at, by, text));
        }

        void put(OperationItem item) {
            items.put(item.number(), item);
        }

        /// An event that was with its worker has come to an end.
        void settle(OperationItem item) {
            if (operation.replay() == null) {
                put(item);
                return;
            }
            operation = operation.counted(operation.counts().settled(item.status()));
            if (item.status() == Status.SUCCEEDED) {
                items.remove(item.number());
            } else {
                put(item);
            }
        }

        /// Counts the events of an operation that keeps all of them.
        void recount() {
            Map<Status, Integer> counts = new EnumMap<>(Status.class);
            items.values().forEach(item -> counts.merge(item.status(), 1, Integer::sum));
            operation = operation.counted(new Counts(
                    counts.getOrDefault(Status.PENDING, 0),
                    counts.getOrDefault(Status.IN_PROGRESS, 0),
                    counts.getOrDefault(Status.SUCCEEDED, 0),
                    counts.getOrDefault(Status.FAILED, 0),
                    counts.getOrDefault(Status.SKIPPED, 0)));
        }
    }

    private Entry require(String id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            throw new NoSuchElementException("there is no operation '" + id + "'");
        }
        return entry;
    }

    @Override
    public synchronized Operation create(Operation operation, List<OperationItem> items) {
        String requestId = operation.requestId();
        Optional<Operation> known = requestId == null ? Optional.empty() : findByRequest(requestId);
        if (known.isPresent()) {
            return known.get();
        }
        Entry entry = new Entry(operation.numbered(entries.size() + 1L), items);
        entries.put(operation.id(), entry);
        entry.note(operation.createdAt(), operation.actor(), Steps.created(entry.operation));
        return entry.operation;
    }

    @Override
    public synchronized Optional<Operation> find(String id) {
        return Optional.ofNullable(entries.get(id)).map(entry -> entry.operation);
    }

    @Override
    public synchronized Optional<Operation> findByRequest(String requestId) {
        return entries.values().stream()
                .map(entry -> entry.operation)
                .filter(operation -> requestId.equals(operation.requestId()))
                .findFirst();
    }

    @Override
    public synchronized List<Operation> list(@Nullable Long before, int limit) {
        return entries.values().stream()
                .map(entry -> entry.operation)
                .filter(operation -> before == null || operation.number() < before)
                .sorted(Comparator.comparingLong(Operation::number).reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<Operation> active() {
        return entries.values().stream()
                .map(entry -> entry.operation)
                .filter(Operation::isActive)
                .toList();
    }

    @Override
    public synchronized List<OperationItem> items(String id, @Nullable Status status, int after, int limit) {
        Entry entry = entries.get(id);
        return entry == null
                ? List.of()
                : entry.items.tailMap(after + 1).values().stream()
                        .filter(item -> status == null || item.status() == status)
                        .limit(limit)
                        .toList();
    }

    @Override
    public synchronized List<WorkerShare> inProgress(String id) {
        Map<String, Integer> shares = new TreeMap<>();
        items(id, Status.IN_PROGRESS, 0, Integer.MAX_VALUE)
                .forEach(item -> shares.merge(item.worker(), 1, Integer::sum));
        return shares.entrySet().stream()
                .map(share -> new WorkerShare(share.getKey(), share.getValue()))
                .toList();
    }

    @Override
    public synchronized List<OperationStep> steps(String id) {
        Entry entry = entries.get(id);
        return entry == null ? List.of() : List.copyOf(entry.steps);
    }

    @Override
    public synchronized boolean claim(String id, String instance, Instant now, Instant until) {
        Entry entry = require(id);
        if (entry.owner != null && !entry.owner.equals(instance) && entry.ownedUntil.isAfter(now)) {
            return false;
        }
        entry.owner = instance;
        entry.ownedUntil = until;
        return true;
    }

    @Override
    public synchronized void release(String instance) {
        for (Entry entry : entries.values()) {
            if (instance.equals(entry.owner)) {
                entry.owner = null;
            }
        }
    }

    @Override
    public synchronized Operation carryOut(
            String id, String instance, List<Order> orders, Instant now, @Nullable String step) {
        Entry entry = require(id);
        if (entry.operation.state() != State.RUNNING || !instance.equals(entry.owner)) {
            return entry.operation;
        }
        boolean changed = false;
        for (Order order : orders) {
            OperationItem item = entry.items.get(order.number());
            if (item != null && item.status() == Status.PENDING) {
                OperationItem next = carryOut(entry.operation.kind(), item, order);
                entry.put(next);
                changed |= next.status() != Status.SKIPPED;
            }
        }
        if (changed && step != null) {
            entry.note(now, OperationStep.PLATFORM, step);
        }
        entry.recount();
        return entry.operation;
    }

    private OperationItem carryOut(OperationKind kind, OperationItem item, Order order) {
        return switch (order) {
            case Order.Skip(var _, var why) -> item.now(Status.SKIPPED, why);
            case Order.Change(var _, var change) -> {
                Progress found = parking.find(change.sequence())
                        .map(ParkedEvent::progress)
                        .orElse(null);
                yield parking.apply(List.of(change)) == 1
                        ? item.now(Steps.begun(kind), "")
                        : item.now(Status.SKIPPED, Steps.withoutEffect(kind, found));
            }
        };
    }

    @Override
    public synchronized Operation replay(
            String id, String instance, ReplayPage page, Instant now, @Nullable String step) {
        Entry entry = require(id);
        Operation operation = entry.operation;
        Replay replay = operation.replay();
        if (replay == null
                || operation.state() != State.RUNNING
                || !instance.equals(entry.owner)
                || replay.cursor() != page.after()) {
            return operation;
        }
        int number = operation.counts().begun();
        int parked = 0;
        for (ParkedEvent copy : page.events()) {
            OperationItem item = replay(++number, copy);
            entry.put(item);
            parked += item.status() == Status.IN_PROGRESS ? 1 : 0;
        }
        Counts counts = operation.counts().handedOver(parked, page.events().size() - parked, page);
        entry.operation = operation.counted(counts).replayed(replay.at(page.upTo()));
        if (parked > 0 && step != null) {
            entry.note(now, OperationStep.PLATFORM, step);
        }
        int missing = counts.begun() - number;
        if (missing > 0) {
            entry.note(now, OperationStep.PLATFORM, Steps.missing(missing));
        }
        return entry.operation;
    }

    private OperationItem replay(int number, ParkedEvent copy) {
        EventIdentity identity = new EventIdentity(copy.source(), copy.id());
        List<ParkedEvent> there = parking.find(copy.group(), identity);
        if (there.isEmpty()) {
            parking.apply(List.of(new ParkingChange.Park(copy)));
            long sequence = parking.find(copy.group(), identity).getFirst().sequence();
            return OperationItem.replayed(number, sequence, copy);
        }
        ParkedEvent known = there.getFirst();
        return OperationItem.replayed(number, known.sequence(), copy)
                .now(Status.SKIPPED, Steps.withoutEffect(OperationKind.REPLAY, known.progress()));
    }

    @Override
    public synchronized Operation settle(String id, String instance) {
        Entry entry = require(id);
        if (!instance.equals(entry.owner)) {
            return entry.operation;
        }
        for (OperationItem item : items(id, Status.IN_PROGRESS, 0, Integer.MAX_VALUE)) {
            ParkedEvent parked = parking.find(item.sequence()).orElse(null);
            if (parked == null) {
                entry.settle(item.now(Status.SUCCEEDED, ""));
            } else if (parked.state() != Progress.State.WAITING) {
                Failure failure = parked.newestFailure();
                entry.settle(item.now(
                        Status.FAILED, failure == null ? "" : Steps.failed(failure.exception(), failure.message())));
            }
        }
        if (entry.operation.replay() == null) {
            entry.recount();
        }
        return entry.operation;
    }

    @Override
    public synchronized Operation end(String id, State end, String why, String by, Instant at) {
        Entry entry = require(id);
        if (entry.operation.state() == State.RUNNING) {
            entry.operation = entry.operation.ended(end, why, at);
            entry.note(at, by, Steps.ended(end, why));
        }
        return entry.operation;
    }
}
