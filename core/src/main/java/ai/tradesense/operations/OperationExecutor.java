package ai.tradesense.operations;

import ai.tradesense.events.InvalidEventException;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationStore.Order;
import ai.tradesense.operations.Pace.Batch;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries operations on: has dead letters and stored events tried batch by batch, no faster than their rate
/// allows, looks what became of them, and stops when too many have failed. Everything it needs to go on is in the
/// store, so that whoever comes after it goes on where it was; of several processes, the one that holds an
/// operation's lease does, and a replay only one that has its worker.
final class OperationExecutor implements Agent, AutoCloseable {
    /// How long a claim lasts unless it is renewed.
    static final Duration LEASE = Duration.ofSeconds(30);

    /// How many events of an operation are with their workers at a time.
    static final int WINDOW = 1_000;

    /// How often a quiet store is asked for what others have left.
    static final Duration IDLE = Duration.ofSeconds(30);

    private static final int CHUNK = 200;
    private static final Duration FIRST_LOOK = Duration.ofMillis(100);
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(OperationExecutor.class);

    private final OperationStore store;
    private final ParkingStore parking;
    private final @Nullable ReplaySource replays;
    private final InstantSource clock;
    private final String instance;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable AgentHandle handle;

    // Touched by the agent's thread alone.
    private final Map<String, Run> runs = new HashMap<>();
    private Instant wakeAt;
    private Instant steppedAt = Instant.MIN;
    private boolean failing;

    /// @param replays null if there is nothing to replay from
    OperationExecutor(
            OperationStore store,
            ParkingStore parking,
            @Nullable ReplaySource replays,
            InstantSource clock,
            String instance) {
        this.store = store;
        this.parking = parking;
        this.replays = replays;
        this.clock = clock;
        this.instance = instance;
        this.wakeAt = clock.instant();
    }

    /// What is remembered of an operation between two steps, and may be forgotten.
    private static final class Run {
        private final Pacer pacer;
        private Instant claimedUntil = Instant.MIN;
        private Duration look = FIRST_LOOK;
        private Instant lookAt = Instant.MIN;

        Run(Pace pace, Instant now) {
            this.pacer = new Pacer(pace.perSecond(), now);
        }
    }

    void start(AgentRuntime runtime) {
        handle = runtime.start(this, AgentRuntime.Kind.LOOP);
    }

    void wake() {
        AgentHandle started = handle;
        if (started != null) {
            started.wake();
        }
    }

    @Override
    public String name() {
        return "operations";
    }

    @Override
    public Instant wakeAt() {
        return wakeAt;
    }

    @Override
    public int doWork() {
        Instant now = clock.instant();
        if (now.isBefore(steppedAt)) { // the clock was set back, and nothing rests for so long
            runs.clear();
            failing = false;
        }
        steppedAt = now;
        if (failing && now.isBefore(wakeAt)) {
            return 0;
        }
        try {
            int worked = step(now);
            failing = false;
            return worked;
        } catch (RuntimeException failure) {
            if (!failing) {
                LOG.error("operations cannot go on and try again", failure);
            }
            failing = true;
            wakeAt = now.plus(REST_AFTER_FAILURE);
            return 0;
        }
    }

    private int step(Instant now) {
        wakeAt = now.plus(IDLE);
        List<Operation> active = store.active();
        Set<String> ids = active.stream().map(Operation::id).collect(Collectors.toSet());
        runs.keySet().retainAll(ids);
        int worked = 0;
        RuntimeException failure = null;
        for (Operation operation : active) {
            try {
                worked += step(operation, now);
            } catch (RuntimeException one) { // of no concern to the others
                failure = failure == null ? one : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return worked;
    }

    private int step(Operation operation, Instant now) {
        Run run = runs.computeIfAbsent(operation.id(), _ -> new Run(operation.pace(), now));
        if (!isForThis(operation)) {
            wakeBy(now.plus(LONGEST_LOOK));
        } else if (claim(operation, run, now)) {
            return advance(operation, run, now);
        } else {
            wakeBy(now.plus(LEASE));
        }
        return 0;
    }

    /// What replays stored events needs the worker at hand: it knows which of them it wants.
    private boolean isForThis(Operation operation) {
        Replay replay = operation.replay();
        return replay == null || (replays != null && replays.isHere(replay.worker()));
    }

    private boolean claim(Operation operation, Run run, Instant now) {
        if (run.claimedUntil.isAfter(now.plus(LEASE.dividedBy(2)))) {
            return true;
        }
        Instant until = now.plus(LEASE);
        if (!store.claim(operation.id(), instance, now, until)) {
            return false;
        }
        run.claimedUntil = until;
        return true;
    }

    private int advance(Operation before, Run run, Instant now) {
        Operation operation = before;
        int worked = 0;
        if (operation.counts().inProgress() > 0 && !run.lookAt.isAfter(now)) {
            operation = store.settle(operation.id(), instance);
            boolean moved = !operation.counts().equals(before.counts());
            worked += moved ? 1 : 0;
            run.look = moved ? FIRST_LOOK : shorter(run.look.multipliedBy(2), LONGEST_LOOK);
            run.lookAt = now.plus(run.look);
        }
        if (operation.state() == State.RUNNING) {
            worked += ended(operation, now) ? 1 : begin(operation, run, now);
        }
        if (operation.counts().inProgress() > 0) {
            wakeBy(run.lookAt.isAfter(now) ? run.lookAt : now.plus(FIRST_LOOK));
        }
        return worked;
    }

    private boolean ended(Operation operation, Instant now) {
        Operation.Counts counts = operation.counts();
        if (operation.hasFailed()) {
            String why = counts.failed() == 1 ? "an event failed again" : counts.failed() + " events failed again";
            store.end(operation.id(), State.STOPPED, why, OperationStep.PLATFORM, now);
            return true;
        }
        if (operation.isDone()) {
            String what =
                    counts.succeeded() + " succeeded, " + counts.failed() + " failed, " + counts.skipped() + " skipped";
            store.end(operation.id(), State.COMPLETED, what, OperationStep.PLATFORM, now);
            return true;
        }
        return false;
    }

    private int begin(Operation operation, Run run, Instant now) {
        int may = Math.min(operation.mayBegin(WINDOW), CHUNK);
        if (may == 0) {
            return 0;
        }
        int count = Math.min(may, run.pacer.permits(now));
        if (count == 0) {
            wakeBy(run.pacer.next());
            return 0;
        }
        Replay replay = operation.replay();
        if (replay != null && replays != null) {
            return replay(operation, replay, replays, run, now, count);
        }
        List<OperationItem> items = store.items(operation.id(), Status.PENDING, 0, count);
        List<Order> orders = new ArrayList<>(items.size());
        items.forEach(item -> orders.add(order(operation.kind(), item, now)));
        run.pacer.take(items.size());
        Operation after = store.carryOut(operation.id(), instance, orders, now, batchStep(operation));
        if (after.state() == State.RUNNING
                && after.counts().pending() == operation.counts().pending()) {
            run.claimedUntil = Instant.MIN; // another has it now
            return 0;
        }
        lookSoonAfter(after, run, now);
        return items.size();
    }

    private void lookSoonAfter(Operation begun, Run run, Instant now) {
        if (begun.counts().inProgress() > 0) {
            run.look = FIRST_LOOK;
            run.lookAt = now.plus(FIRST_LOOK);
            wakeBy(run.lookAt);
        }
    }

    /// Hands the next events of a replay to their worker, unless so many wait for it that what is live would not be
    /// taken.
    private int replay(Operation operation, Replay replay, ReplaySource source, Run run, Instant now, int count) {
        long room = source.room(replay.worker());
        if (room <= 0) {
            wakeBy(now.plus(FIRST_LOOK));
            return 0;
        }
        ReplayPage page;
        try {
            page = source.next(operation, replay, (int) Math.min(count, room), now);
        } catch (InvalidOperationException hole) {
            store.end(operation.id(), State.STOPPED, String.valueOf(hole.getMessage()), OperationStep.PLATFORM, now);
            return 1;
        }
        run.pacer.take(page.events().size());
        Operation after = store.replay(operation.id(), instance, page, now, batchStep(operation));
        Replay further = after.replay();
        if (further == null || further.cursor() != page.upTo()) {
            run.claimedUntil = Instant.MIN; // another has it now
            return 0;
        }
        source.handedOver(replay.worker());
        lookSoonAfter(after, run, now);
        return 1;
    }

    /// What the log says when a batch begins.
    private static @Nullable String batchStep(Operation operation) {
        Operation.Counts counts = operation.counts();
        Batch batch = operation.pace().batch(counts.ended());
        if (counts.tried() != batch.start()) {
            return null;
        }
        int size = Math.min(batch.end() - batch.start(), counts.pending());
        return "batch " + batch.number() + ": " + size + (size == 1 ? " event" : " events");
    }

    private Order order(OperationKind kind, OperationItem item, Instant now) {
        return switch (kind) {
            case RETRY -> retry(item, now);
            case EDIT ->
                new Order.Change(
                        item.number(), new ParkingChange.Requeue(item.group(), item.sequence(), now, item.corrected()));
            case DISCARD ->
                new Order.Change(item.number(), new ParkingChange.Discard(item.group(), item.sequence(), now));
            case RESTORE -> new Order.Change(item.number(), new ParkingChange.Restore(item.group(), item.sequence()));
            case REPLAY -> throw new IllegalStateException("the events of a replay are not in a list: " + item);
        };
    }

    /// What could not be read is read again first.
    private Order retry(OperationItem item, Instant now) {
        Optional<ParkedEvent> parked = item.type() == null ? parking.find(item.sequence()) : Optional.empty();
        if (parked.isPresent() && parked.get().event() == null) {
            try {
                return new Order.Change(
                        item.number(),
                        new ParkingChange.Requeue(item.group(), item.sequence(), now, RawEvents.read(parked.get())));
            } catch (InvalidEventException unreadable) {
                return new Order.Skip(item.number(), unreadable(unreadable));
            }
        }
        return new Order.Change(item.number(), new ParkingChange.Requeue(item.group(), item.sequence(), now, null));
    }

    /// Why an event that cannot be read is skipped.
    static String unreadable(InvalidEventException problem) {
        return "still cannot be read: " + problem.getMessage() + "; edit it, or discard it";
    }

    private void wakeBy(Instant time) {
        if (time.isBefore(wakeAt)) {
            wakeAt = time;
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /// Steps no more, and lets others have what it held. Idempotent: the store may be closed after the first time.
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        AgentHandle started = handle;
        if (started != null) {
            started.close();
        }
        try {
            store.release(instance);
        } catch (RuntimeException failure) {
            LOG.warn("operations could not be handed over and wait for {}", LEASE, failure);
        }
    }
}
