package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// Runs a batch worker's handler. A batch that fails is halved until what is left is the one event to blame; that
/// goes the way of any event that failed, and what comes after it of its subject waits behind it.
final class BatchProcessor {
    private final BatchWorker worker;
    private final WorkerSpec spec;
    private final EventProcessor processor;
    private final EventBus bus;
    private final InstantSource clock;
    private final WorkerMeters meters;
    private final Breaker breaker;

    BatchProcessor(
            BatchWorker worker,
            WorkerSpec spec,
            EventProcessor processor,
            EventBus bus,
            InstantSource clock,
            WorkerMeters meters,
            Breaker breaker) {
        this.worker = worker;
        this.spec = spec;
        this.processor = processor;
        this.bus = bus;
        this.clock = clock;
        this.meters = meters;
        this.breaker = breaker;
    }

    /// What became of a batch so far.
    private static final class Outcome {
        private final List<Delivery> done = new ArrayList<>();
        private final List<Task.Live> refused = new ArrayList<>(); // by the breaker
        private boolean failed; // some of it did or waits, so the rest may be lost meanwhile
    }

    /// Processes a batch to its end.
    ///
    /// @return the deliveries that are done with and may be settled; the others the parking agent settles, or they
    ///     come again
    List<Delivery> process(List<Task.Live> tasks, Lane lane) {
        Outcome outcome = new Outcome();
        run(tasks, lane, outcome);
        if (!outcome.refused.isEmpty()) {
            lane.rest(outcome.refused, breaker::isClosed);
        }
        return outcome.done;
    }

    /// Runs tasks in order, though not necessarily as one batch. What comes after something that the breaker refused is
    /// refused too, lest it overtake that.
    private void run(List<Task.Live> tasks, Lane lane, Outcome outcome) {
        int seenTo = 0;
        while (seenTo < tasks.size() && !lane.isClosing()) {
            List<Task.Live> left = tasks.subList(seenTo, tasks.size());
            if (!outcome.refused.isEmpty()) {
                outcome.refused.addAll(left);
                return;
            }
            seenTo += runFirst(left, lane, outcome);
        }
    }

    /// Runs the tasks up to the first that cannot even be looked at, and then does with that one what becomes of events
    /// that fail. It must not be parked before: one that is ahead of it may fail, too.
    ///
    /// @return how many it has seen to
    private int runFirst(List<Task.Live> tasks, Lane lane, Outcome outcome) {
        List<Task.Live> batch = new ArrayList<>(tasks.size());
        List<DomainEvent> events = new ArrayList<>(tasks.size());
        int seenTo = 0;
        Throwable unseen = null;
        while (seenTo < tasks.size() && unseen == null) {
            Task.Live task = tasks.get(seenTo++);
            if (!isLeftOut(task, batch, lane, outcome)) {
                try {
                    DomainEvent event = processor.inWantedVersion(task.event());
                    if (worker.canHandle(event)) {
                        batch.add(task);
                        events.add(event);
                    } else {
                        outcome.done.add(task.delivery());
                    }
                } catch (Throwable error) { // also what a worker in another language need not declare
                    unseen = error;
                }
            }
        }
        runBatch(batch, events, lane, outcome);
        if (unseen != null && !lane.isClosing()) {
            Task.Live task = tasks.get(seenTo - 1);
            boolean mayFail = outcome.refused.isEmpty();
            if (mayFail && isLeftOut(task, List.of(), lane, outcome)) {
                return seenTo;
            }
            if (mayFail && breaker.mayAttempt()) {
                failed(task, unseen, lane, outcome);
            } else {
                outcome.refused.add(task);
            }
        }
        return seenTo;
    }

    /// Whether a task is not for this batch: it is somebody else's by now, or waits behind what is parked. With one of
    /// its subject in the batch it does not: that was parked since, and should that one fail, both wait in order.
    private boolean isLeftOut(Task.Live task, List<Task.Live> batch, Lane lane, Outcome outcome) {
        if (outcome.failed && processor.isLost(task, lane)) {
            return true;
        }
        if (!processor.mayBeParked(task)
                || batch.stream().anyMatch(before -> before.isOf(task.key()))
                || !processor.parkedBehind(task, lane)) {
            return false;
        }
        outcome.failed = true;
        return true;
    }

    private void runBatch(List<Task.Live> batch, List<DomainEvent> events, Lane lane, Outcome outcome) {
        if (batch.isEmpty()) {
            return;
        }
        if (!breaker.mayAttempt()) {
            outcome.refused.addAll(batch);
            return;
        }
        Throwable error = attempt(batch, events, lane);
        if (error == null) {
            batch.forEach(task -> outcome.done.add(task.delivery()));
        } else if (lane.isClosing()) {
            breaker.notAttempted(); // cut off
        } else if (batch.size() == 1) {
            failed(batch.getFirst(), error, lane, outcome);
        } else {
            outcome.failed = true;
            int half = batch.size() / 2;
            run(batch.subList(0, half), lane, outcome);
            run(batch.subList(half, batch.size()), lane, outcome);
        }
    }

    private void failed(Task.Live task, Throwable error, Lane lane, Outcome outcome) {
        outcome.failed = true;
        meters.failed(error, clock.instant());
        processor.flush(lane.latencies()); // what succeeded before it counts before it
        processor.failedUnlessLost(task, error, lane);
    }

    private @Nullable Throwable attempt(List<Task.Live> batch, List<DomainEvent> events, Lane lane) {
        Contexts contexts = new Contexts(batch, events, lane);
        long start = lane.startNanos();
        try {
            worker.processBatch(List.copyOf(events), contexts);
            lane.latencies().record(lane.endNanos() - start, batch.size());
            if (!breaker.isClosed()) {
                breaker.succeeded(1);
            }
            return null;
        } catch (Throwable error) { // an error that left the lane would take the events with it
            if (batch.size() == 1) {
                lane.latencies().recordFailure(lane.endNanos() - start);
            } else if (!breaker.isClosed()) {
                breaker.notAttempted(); // its halves will say
            }
            return error;
        } finally {
            contexts.end();
            Thread.interrupted(); // an interruption that a handler leaves behind is not for the next one
        }
    }

    private final class Contexts implements BatchContext {
        private final List<Task.Live> batch;
        private final List<DomainEvent> events;
        private final Lane lane;
        private final IdentityHashMap<DomainEvent, EventContext> contexts = new IdentityHashMap<>();

        Contexts(List<Task.Live> batch, List<DomainEvent> events, Lane lane) {
            this.batch = batch;
            this.events = events;
            this.lane = lane;
        }

        @Override
        public ExecutionContext of(DomainEvent event) {
            if (contexts.isEmpty()) {
                for (int i = 0; i < events.size(); i++) {
                    DomainEvent asDelivered = batch.get(i).event();
                    contexts.put(
                            events.get(i),
                            new EventContext(
                                    spec,
                                    asDelivered,
                                    1,
                                    EventContext.Occasion.DELIVERY,
                                    bus,
                                    clock,
                                    () -> processor.session(asDelivered.orderKey(), lane)));
                }
            }
            EventContext context = contexts.get(event);
            if (context == null) {
                throw new NoSuchElementException("event " + event.id() + " is not of this batch");
            }
            return context;
        }

        @Override
        public Instant now() {
            return clock.instant();
        }

        void end() {
            contexts.values().forEach(EventContext::end);
        }
    }
}
