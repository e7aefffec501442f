package ai.tradesense.desk;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.worker.ExecutionContext;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Records the id of every event of the run, by type.
final class AuditWorker extends DeskWorker {
    private final SortedMap<EventType, Set<String>> ids = new TreeMap<>();

    AuditWorker(Surroundings surroundings) {
        super("desk-audit", surroundings, "*");
    }

    @Override
    void handle(DomainEvent event, ExecutionContext context) {
        synchronized (ids) {
            ids.computeIfAbsent(event.type(), type -> new LinkedHashSet<>()).add(event.id());
        }
    }

    /// How many events were recorded, by the name of their type.
    SortedMap<String, Integer> counts() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        synchronized (ids) {
            ids.forEach((type, recorded) -> counts.put(type.name(), recorded.size()));
        }
        return counts;
    }
}
