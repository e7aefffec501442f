package ai.tradesense.testkit;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A worker that writes down what it was called for and what it has done, and fails when it is told to.
class RecordingWorker implements EventWorker {
    /// One call of the handler.
    record Call(String id, int attempt, Instant at) {}

    /// What happens in a handler.
    @FunctionalInterface
    interface Behaviour {
        void handle(DomainEvent event, ExecutionContext context) throws Exception;
    }

    private final String name;
    private final Behaviour behaviour;
    private final List<Call> calls = new ArrayList<>();
    private final List<DomainEvent> processed = new ArrayList<>();
    private final Map<String, Integer> running = new ConcurrentHashMap<>();
    private volatile boolean overlapped;
    private BreakerPolicy breaker = BreakerPolicy.DEFAULT;

    RecordingWorker(String name, Behaviour behaviour) {
        this.name = name;
        this.behaviour = behaviour;
    }

    /// One that never fails.
    RecordingWorker(String name) {
        this(name, (event, context) -> {});
    }

    /// The same worker with another circuit breaker; to be said before it is registered.
    RecordingWorker with(BreakerPolicy policy) {
        breaker = policy;
        return this;
    }

    @Override
    public BreakerPolicy circuitBreaker() {
        return breaker;
    }

    @Override
    public String workerName() {
        return name;
    }

    @Override
    public Set<String> subscribesTo() {
        return Set.of("*");
    }

    @Override
    public Duration retryDelay() {
        return Duration.ofSeconds(5);
    }

    @Override
    public void processEvent(DomainEvent event, ExecutionContext context) throws Exception {
        String key = event.orderKey().toString();
        if (running.merge(key, 1, Integer::sum) > 1) {
            overlapped = true;
        }
        try {
            synchronized (calls) {
                calls.add(new Call(event.id(), context.attempt(), context.now()));
            }
            behaviour.handle(event, context);
            synchronized (calls) {
                processed.add(event);
            }
        } finally {
            running.merge(key, -1, Integer::sum);
        }
    }

    List<Call> calls() {
        synchronized (calls) {
            return List.copyOf(calls);
        }
    }

    /// The ids of the calls, in order.
    List<String> called() {
        return calls().stream().map(Call::id).toList();
    }

    List<DomainEvent> processedEvents() {
        synchronized (calls) {
            return List.copyOf(processed);
        }
    }

    /// The ids of what was processed, in order.
    List<String> processed() {
        return processedEvents().stream().map(DomainEvent::id).toList();
    }

    /// The ids of what was processed of a subject, in order.
    List<String> processed(String subject) {
        return processedEvents().stream()
                .filter(event -> event.subject().equals(subject))
                .map(DomainEvent::id)
                .toList();
    }

    /// Whether two handlers ever ran for one subject at the same time.
    boolean overlapped() {
        return overlapped;
    }
}
