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
        private boolean failed; // some of it did, at least once
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

    private void run(List<Task.Live> tasks, Lane lane, Outcome outcome) {
        List<Task.Live> batch = new ArrayList<>(tasks.size());
        List<DomainEvent> events = new ArrayList<>(tasks.size());
        for (Task.Live task : tasks) {
            boolean lost = outcome.failed && processor.isLost(task, lane); // while others of the batch were tried
            if (!lost && !processor.parkedBehind(task, lane)) {
                DomainEvent event = wanted(task, lane, outcome);
                if (event != null) {
                    batch.add(task);
                    events.add(event);
                }
            }
        }
        if (batch.isEmpty() || lane.isClosing()) {
            return;
        }
        if (!breaker.mayAttempt()) {
            outcome.refused.addAll(batch);
            return;
        }
        Throwable error = attempt(batch, events, lane);
        if (error == null) {
            batch.forEach(task -> outcome.done.add(task.delivery()));
            return;
        }
        outcome.failed = true;
        if (lane.isClosing()) {
            breaker.notAttempted(); // cut off
        } else if (batch.size() == 1) {
            meters.failed(error, clock.instant());
            processor.flush(lane.latencies());
            processor.failedUnlessLost(batch.getFirst(), error, lane);
        } else {
            int half = batch.size() / 2;
            run(batch.subList(0, half), lane, outcome);
            run(batch.subList(half, batch.size()), lane, outcome);
        }
    }

    /// The event as the worker wants it; null if it does not, or if it cannot be brought to that version.
    private @Nullable DomainEvent wanted(Task.Live task, Lane lane, Outcome outcome) {
        try {
            DomainEvent event = processor.inWantedVersion(task.event());
            if (worker.canHandle(event)) {
                return event;
            }
            outcome.done.add(task.delivery());
        } catch (Throwable error) { // also what a worker in another language need not declare
            outcome.failed = true;
            meters.failed(error, clock.instant());
            processor.failedUnlessLost(task, error, lane);
        }
        return null;
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
