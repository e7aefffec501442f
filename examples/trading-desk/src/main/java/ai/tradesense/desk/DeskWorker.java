package ai.tradesense.desk;

import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A worker of the desk. It handles each event of this run once, however often it is delivered, and leaves all others
/// alone.
abstract class DeskWorker implements EventWorker {
    private static final EventCatalog CATALOG = EventCatalog.standard();

    private final String name;
    private final TypeFilter types;
    private final Ledger ledger;
    private final Progress progress;
    private final int maxBatch;
    private final int concurrency;
    private final BitSet handled = new BitSet(); // by number in the ledger
    private final Map<EventType, Integer> counts = new HashMap<>();

    /// What the workers of one run share.
    ///
    /// @param maxBatch how many events may be published at once
    /// @param concurrency how many subjects each works on at the same time
    record Surroundings(Ledger ledger, Progress progress, int maxBatch, int concurrency) {}

    DeskWorker(String name, Surroundings surroundings, String... types) {
        this.name = name;
        this.types = TypeFilter.of(types);
        this.ledger = surroundings.ledger();
        this.progress = surroundings.progress();
        this.maxBatch = surroundings.maxBatch();
        this.concurrency = surroundings.concurrency();
    }

    /// Handles an event for the first time, or again if it failed before.
    abstract void handle(DomainEvent event, ExecutionContext context);

    @Override
    public final void processEvent(DomainEvent event, ExecutionContext context) {
        Integer number = ledger.number(event);
        if (number == null || isHandled(number)) {
            return;
        }
        handle(event, context);
        markHandled(number, event.type());
        progress.changed();
    }

    /// The data of an event as the record of its type.
    static EventData data(DomainEvent event) {
        Class<? extends EventData> dataClass = CATALOG.dataClass(event.type());
        if (dataClass == null) {
            throw new IllegalArgumentException(event.type() + " is not in the catalog");
        }
        return event.dataAs(dataClass);
    }

    private boolean isHandled(int number) {
        synchronized (handled) {
            return handled.get(number);
        }
    }

    private void markHandled(int number, EventType type) {
        synchronized (handled) {
            if (!handled.get(number)) {
                handled.set(number);
                counts.merge(type, 1, Integer::sum);
            }
        }
    }

    /// Whether it has handled every event of these that it subscribes to.
    final boolean hasHandled(Map<EventType, Integer> published) {
        synchronized (handled) {
            return published.entrySet().stream()
                    .filter(entry -> types.matches(entry.getKey()))
                    .allMatch(entry -> entry.getValue().equals(counts.get(entry.getKey())));
        }
    }

    /// Publishes what followed from an event, at the event's time and in one batch, which costs one write to the log.
    final void publish(List<EventData> answer, DomainEvent cause, ExecutionContext context) {
        List<DomainEvent> events = new ArrayList<>(answer.size());
        for (EventData data : answer) {
            DomainEvent event = context.event(data).time(cause.time()).build();
            ledger.enter(event);
            events.add(event);
        }
        for (int from = 0; from < events.size(); from += maxBatch) {
            context.publishAll(events.subList(from, Math.min(events.size(), from + maxBatch)));
        }
    }

    @Override
    public final String workerName() {
        return name;
    }

    @Override
    public final Set<String> subscribesTo() {
        return types.patterns();
    }

    /// The desk waits for its workers, so they do not give up: not on a transport that is away for long, either.
    @Override
    public int maxRetries() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Duration retryDelay() {
        return Duration.ofMillis(100);
    }

    @Override
    public Duration maxRetryDelay() {
        return Duration.ofSeconds(10);
    }

    @Override
    public final int concurrency() {
        return concurrency;
    }
}
