package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.testkit.simulation.GroupSettings.Kind;
import ai.tradesense.testkit.simulation.Invariants.Attempt;
import ai.tradesense.worker.BatchContext;
import ai.tradesense.worker.BatchWorker;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import ai.tradesense.worker.MissedTicks;
import ai.tradesense.worker.Schedule;
import ai.tradesense.worker.ScheduledTick;
import ai.tradesense.worker.ScheduledWorker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// A worker of one instance, whose handler takes its time, fails and publishes as the seed has it.
class SimulatedWorker implements EventWorker {
    private final GroupSettings group;
    private final Instance instance;
    private final Pauses pauses;
    private final Invariants invariants;
    private final Function<DomainEvent, Behaviour> behaviours;
    private final Predicate<DomainEvent> confusing;

    private SimulatedWorker(GroupSettings group, Instance instance, World world) {
        this.group = group;
        this.instance = instance;
        this.pauses = world.pauses();
        this.invariants = world.invariants();
        this.behaviours = event -> world.behaviour(group, event);
        this.confusing = event -> world.confuses(group, event);
    }

    /// A worker of the kind that its group is of.
    static SimulatedWorker of(GroupSettings group, Instance instance, World world) {
        return switch (group.kind()) {
            case Kind.RealTime() -> new SimulatedWorker(group, instance, world);
            case Kind.Batch batch -> new OfBatches(group, batch, instance, world);
            case Kind.Scheduled(var schedule) -> new OfTicks(group, schedule, instance, world);
        };
    }

    /// Takes several events at a time: all of them have their effect, or none has.
    private static final class OfBatches extends SimulatedWorker implements BatchWorker {
        private final Kind.Batch batch;

        OfBatches(GroupSettings group, Kind.Batch batch, Instance instance, World world) {
            super(group, instance, world);
            this.batch = batch;
        }

        @Override
        public void processBatch(List<DomainEvent> events, BatchContext context) {
            process(events, context::of);
        }

        @Override
        public void processEvent(DomainEvent event, ExecutionContext context) throws Exception {
            BatchWorker.super.processEvent(event, context);
        }

        @Override
        public int maxBatchEvents() {
            return batch.maxEvents();
        }

        @Override
        public Duration maxBatchAge() {
            return batch.maxAge();
        }

        @Override
        public int concurrency() {
            return super.concurrency();
        }
    }

    /// Runs by the clock; each of its ticks has one run.
    private static final class OfTicks extends SimulatedWorker implements ScheduledWorker {
        private final Schedule schedule;

        OfTicks(GroupSettings group, Schedule schedule, Instance instance, World world) {
            super(group, instance, world);
            this.schedule = schedule;
        }

        @Override
        public Schedule schedule() {
            return schedule;
        }

        @Override
        public MissedTicks missedTicks() {
            return MissedTicks.RUN_ALL;
        }

        @Override
        public void run(ScheduledTick tick, ExecutionContext context) {
            throw new IllegalStateException("the event of the tick is processed in its place: " + tick);
        }
    }

    /// What a handler publishes.
    @EventName("Risk.Score.Updated.v1")
    record ScoreUpdated(String subject, int number) implements EventData {}

    /// That an attempt failed; without a stack trace, which nobody reads and which costs more than the rest.
    @SuppressWarnings("serial")
    private static final class Failed extends RuntimeException {
        Failed(String message) {
            super(message, null, false, false);
        }
    }

    @Override
    public boolean canHandle(DomainEvent event) {
        if (confusing.test(event)) {
            invariants.filterFails(instance, group, event);
            throw new Failed("cannot say yet");
        }
        return true;
    }

    @Override
    public void processEvent(DomainEvent event, ExecutionContext context) throws Exception {
        process(List.of(event), _ -> context);
    }

    final void process(List<DomainEvent> events, Function<DomainEvent, ExecutionContext> contexts) {
        instance.requireAlive();
        List<Attempt> attempts = invariants.began(
                instance, group, events, event -> contexts.apply(event).attempt());
        try {
            handle(attempts, contexts);
        } catch (RuntimeException failure) {
            boolean forGood = failure instanceof PermanentException || failure instanceof InvalidEventException;
            if (attempts.size() == 1) { // else it is not known yet which of them fails
                invariants.failed(attempts.getFirst(), forGood);
            }
            throw failure;
        } finally {
            attempts.forEach(invariants::ended);
        }
    }

    private void handle(List<Attempt> attempts, Function<DomainEvent, ExecutionContext> contexts) {
        pauses.pause(longest(attempts, Behaviour::before));
        for (Attempt attempt : attempts) {
            requireSuccess(attempt);
        }
        for (Attempt attempt : attempts) {
            DomainEvent event = attempt.event();
            for (int number = 0; number < behaviours.apply(event).causes(); number++) {
                contexts.apply(event).publish(new ScoreUpdated(event.subject(), number));
            }
        }
        attempts.forEach(invariants::tookEffect);
        pauses.pause(longest(attempts, Behaviour::after));
    }

    private Duration longest(List<Attempt> attempts, Function<Behaviour, Duration> time) {
        return attempts.stream()
                .map(attempt -> time.apply(behaviours.apply(attempt.event())))
                .reduce(Duration.ZERO, (one, other) -> one.compareTo(other) < 0 ? other : one);
    }

    private void requireSuccess(Attempt attempt) {
        Behaviour behaviour = behaviours.apply(attempt.event());
        if (attempt.number() <= behaviour.failingAttempts()) {
            throw switch (behaviour.failure()) {
                case KILLING -> killed(attempt);
                case TRANSIENTLY -> new Failed("not yet");
                case FOR_GOOD -> new PermanentException("never");
                case AS_POISON -> new InvalidEventException("/data", "is poison");
            };
        }
    }

    private RuntimeException killed(Attempt attempt) {
        invariants.failed(attempt, false);
        instance.kill();
        throw new Pauses.InstanceDied(instance.name());
    }

    @Override
    public String workerName() {
        return group.worker();
    }

    @Override
    public Set<String> subscribesTo() {
        return group.filter().patterns();
    }

    @Override
    public String consumerGroup() {
        return group.group();
    }

    @Override
    public int concurrency() {
        return group.concurrency();
    }

    @Override
    public int maxRetries() {
        return group.maxRetries();
    }

    @Override
    public Duration retryDelay() {
        return group.retryDelay();
    }

    @Override
    public Followers followersOfDeadLetters() {
        return group.followers();
    }

    @Override
    public BreakerPolicy circuitBreaker() {
        return group.breaker();
    }
}
