package ai.tradesense.operations;

import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore;
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
        private final List<OperationItem> items;
        private final List<OperationStep> steps = new ArrayList<>();
        private @Nullable String owner;
        private Instant ownedUntil = Instant.MIN;

        Entry(Operation operation, List<OperationItem> items) {
            this.operation = operation;
            this.items = new ArrayList<>(items);
            recount();
        }

        void note(Instant at, String by, String text) {
            steps.add(new OperationStep(steps.size() + 1, at, by, text));
        }

        OperationItem item(int number) {
            return items.get(number - 1);
        }

        void put(OperationItem item) {
            items.set(item.number() - 1, item);
        }

        void recount() {
            Map<Status, Integer> counts = new EnumMap<>(Status.class);
            items.forEach(item -> counts.merge(item.status(), 1, Integer::sum));
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
                : entry.items.stream()
                        .skip(after)
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
            OperationItem item = entry.item(order.number());
            if (item.status() == Status.PENDING) {
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
    public synchronized Operation settle(String id, String instance) {
        Entry entry = require(id);
        if (!instance.equals(entry.owner)) {
            return entry.operation;
        }
        for (OperationItem item : items(id, Status.IN_PROGRESS, 0, Integer.MAX_VALUE)) {
            ParkedEvent parked = parking.find(item.sequence()).orElse(null);
            if (parked == null) {
                entry.put(item.now(Status.SUCCEEDED, ""));
            } else if (parked.state() != Progress.State.WAITING) {
                Failure failure = parked.newestFailure();
                entry.put(item.now(
                        Status.FAILED, failure == null ? "" : Steps.failed(failure.exception(), failure.message())));
            }
        }
        entry.recount();
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
