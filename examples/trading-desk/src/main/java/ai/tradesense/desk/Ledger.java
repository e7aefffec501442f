package ai.tradesense.desk;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What this run has published, entered before it is sent. An event that is not in here is of an earlier run or from
/// somebody else, and none of this run's business. Thread-safe.
final class Ledger {
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Map<EventType, Integer> published = new HashMap<>();

    /// Enters an event that is about to be published; the same one again is the same entry.
    synchronized void enter(DomainEvent event) {
        if (numbers.putIfAbsent(event.id(), numbers.size()) == null) {
            published.merge(event.type(), 1, Integer::sum);
        }
    }

    /// The number of an event in this run, from 0; null if it is not of this run.
    synchronized @Nullable Integer number(DomainEvent event) {
        return numbers.get(event.id());
    }

    /// How many events were entered, by type.
    synchronized Map<EventType, Integer> published() {
        return Map.copyOf(published);
    }
}
