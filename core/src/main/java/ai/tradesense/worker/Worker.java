package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.FailurePolicy;
import ai.tradesense.retry.RetryPolicy;
import ai.tradesense.transport.GroupMembership.StartFrom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Builds a worker from lambdas over typed records:
///
/// ```java
/// Worker.named("positions")
///     .on(OrderFilled.class, (order, context) -> positions.apply(order))
///     .build();
/// ```
public final class Worker {
    /// Handles the data of one type.
    @FunctionalInterface
    public interface Handler<T> {
        void handle(T data, ExecutionContext context) throws Exception;
    }

    private final String name;
    private final Map<String, Handler<DomainEvent>> handlers = new LinkedHashMap<>();
    private int maxRetries = RetryPolicy.DEFAULT_MAX_RETRIES;
    private Duration retryDelay = RetryPolicy.DEFAULT_BASE_DELAY;
    private Duration maxRetryDelay = RetryPolicy.DEFAULT_MAX_DELAY;
    private @Nullable FailurePolicy failurePolicy;
    private Followers followers = Followers.RELEASE;
    private BreakerPolicy circuitBreaker = BreakerPolicy.DEFAULT;
    private @Nullable String consumerGroup;
    private int concurrency = 32;
    private StartFrom startFrom = StartFrom.BEGINNING;
    private boolean replayable;
    private boolean transactional;

    private Worker(String name) {
        this.name = name;
    }

    /// Starts a worker; its name is unique within the platform.
    public static Worker named(String name) {
        return new Worker(name);
    }

    /// Handles the events of a record's type.
    public <T extends EventData> Worker on(Class<T> dataClass, Handler<? super T> handler) {
        return on(EventType.of(dataClass).name(), (event, context) -> handler.handle(event.dataAs(dataClass), context));
    }

    /// Handles the events of a type or pattern, such as `Trading.*`. The first pattern that matches an event
    /// handles it.
    ///
    /// @throws IllegalArgumentException if it can match no type, or has a handler already
    public Worker on(String pattern, Handler<DomainEvent> handler) {
        WorkerSpec.filterOf(name, Set.of(pattern)); // refused here, where it was written
        if (handlers.putIfAbsent(pattern, handler) != null) {
            throw new IllegalArgumentException("worker '" + name + "' has two handlers for " + pattern);
        }
        return this;
    }

    /// How many times an event is tried again after its first attempt; 3 by default.
    public Worker maxRetries(int maxRetries) {
        this.maxRetries = maxRetries;
        return this;
    }

    /// The delay before the first retry, 5 s by default; it doubles with each further one.
    public Worker retryDelay(Duration first) {
        this.retryDelay = first;
        this.maxRetryDelay = maxRetryDelay.compareTo(first) < 0 ? first : maxRetryDelay;
        return this;
    }

    /// The longest delay between two attempts, 15 minutes by default.
    public Worker maxRetryDelay(Duration longest) {
        this.maxRetryDelay = longest;
        return this;
    }

    /// Replaces the policy that [#maxRetries] and [#retryDelay] make.
    public Worker failurePolicy(FailurePolicy policy) {
        this.failurePolicy = policy;
        return this;
    }

    /// What becomes of the later events of a subject when one is given up.
    public Worker followersOfDeadLetters(Followers followers) {
        this.followers = followers;
        return this;
    }

    /// When the worker stops taking events because too many fail.
    public Worker circuitBreaker(BreakerPolicy policy) {
        this.circuitBreaker = policy;
        return this;
    }

    /// The consumer group that shares the work, `{name}_group` by default.
    public Worker consumerGroup(String group) {
        this.consumerGroup = group;
        return this;
    }

    /// How many subjects are processed at the same time at most; 32 by default.
    public Worker concurrency(int subjects) {
        this.concurrency = subjects;
        return this;
    }

    /// Where the group begins when the platform sees it for the first time; at the beginning by default.
    public Worker startFrom(StartFrom startFrom) {
        this.startFrom = startFrom;
        return this;
    }

    /// Lets operators give stored events to it once more, see [EventWorker#isReplayable].
    public Worker replayable() {
        this.replayable = true;
        return this;
    }

    /// Has what it publishes become durable with the end of the event or not at all, see
    /// [EventWorker#isTransactional].
    public Worker transactional() {
        this.transactional = true;
        return this;
    }

    /// The worker, ready to be registered.
    public EventWorker build() {
        return new LambdaWorker(this);
    }

    private static final class LambdaWorker implements EventWorker {
        private final String name;
        private final HandlerTable handlers;
        private final FailurePolicy failurePolicy;
        private final Followers followers;
        private final BreakerPolicy circuitBreaker;
        private final String consumerGroup;
        private final int concurrency;
        private final StartFrom startFrom;
        private final boolean replayable;
        private final boolean transactional;

        LambdaWorker(Worker built) {
            this.name = built.name;
            this.handlers = new HandlerTable(built.handlers);
            this.failurePolicy = built.failurePolicy != null
                    ? built.failurePolicy
                    : new RetryPolicy(built.maxRetries, built.retryDelay, built.maxRetryDelay);
            this.followers = built.followers;
            this.circuitBreaker = built.circuitBreaker;
            this.consumerGroup = built.consumerGroup != null ? built.consumerGroup : name + "_group";
            this.concurrency = built.concurrency;
            this.startFrom = built.startFrom;
            this.replayable = built.replayable;
            this.transactional = built.transactional;
        }

        @Override
        public String workerName() {
            return name;
        }

        @Override
        public Set<String> subscribesTo() {
            return handlers.patterns();
        }

        @Override
        public void processEvent(DomainEvent event, ExecutionContext context) throws Exception {
            handlers.of(event.type()).handle(event, context);
        }

        @Override
        public FailurePolicy failurePolicy() {
            return failurePolicy;
        }

        @Override
        public Followers followersOfDeadLetters() {
            return followers;
        }

        @Override
        public BreakerPolicy circuitBreaker() {
            return circuitBreaker;
        }

        @Override
        public String consumerGroup() {
            return consumerGroup;
        }

        @Override
        public int concurrency() {
            return concurrency;
        }

        @Override
        public StartFrom startFrom() {
            return startFrom;
        }

        @Override
        public boolean isReplayable() {
            return replayable;
        }

        @Override
        public boolean isTransactional() {
            return transactional;
        }
    }
}
