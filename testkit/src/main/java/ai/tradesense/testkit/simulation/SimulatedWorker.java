package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.testkit.simulation.Invariants.Attempt;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;

/// A worker of one instance, whose handler takes its time, fails and publishes as the seed has it.
final class SimulatedWorker implements EventWorker {
    private final GroupSettings group;
    private final Instance instance;
    private final Pauses pauses;
    private final Invariants invariants;
    private final Function<DomainEvent, Behaviour> behaviours;

    SimulatedWorker(
            GroupSettings group,
            Instance instance,
            Pauses pauses,
            Invariants invariants,
            Function<DomainEvent, Behaviour> behaviours) {
        this.group = group;
        this.instance = instance;
        this.pauses = pauses;
        this.invariants = invariants;
        this.behaviours = behaviours;
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
    public void processEvent(DomainEvent event, ExecutionContext context) {
        instance.requireAlive();
        Attempt attempt = invariants.began(instance, group, event, context.attempt());
        try {
            handle(event, context, attempt);
        } catch (RuntimeException failure) {
            invariants.failed(
                    attempt, failure instanceof PermanentException || failure instanceof InvalidEventException);
            throw failure;
        } finally {
            invariants.ended(attempt);
        }
    }

    private void handle(DomainEvent event, ExecutionContext context, Attempt attempt) {
        Behaviour behaviour = behaviours.apply(event);
        pauses.pause(behaviour.before());
        if (context.attempt() <= behaviour.failingAttempts()) {
            throw switch (behaviour.failure()) {
                case KILLING -> killed(attempt);
                case TRANSIENTLY -> new Failed("not yet");
                case FOR_GOOD -> new PermanentException("never");
                case AS_POISON -> new InvalidEventException("/data", "is poison");
            };
        }
        for (int number = 0; number < behaviour.causes(); number++) {
            context.publish(new ScoreUpdated(event.subject(), number));
        }
        invariants.tookEffect(attempt);
        pauses.pause(behaviour.after());
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
