package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.EventStore;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Writes every event that a transport carries to an event store, once.
public final class Recorder implements EventWorker {
    private final EventStore store;

    public Recorder(EventStore store) {
        this.store = store;
    }

    @Override
    public String workerName() {
        return "recorder";
    }

    @Override
    public Set<String> subscribesTo() {
        return Set.of("*");
    }

    @Override
    public void processEvent(DomainEvent event, ExecutionContext context) {
        store.append(List.of(event));
    }

    @Override
    public int maxRetries() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Duration maxRetryDelay() {
        return Duration.ofMinutes(1);
    }
}
