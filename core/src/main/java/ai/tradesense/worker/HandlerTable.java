package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.TypeFilter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Finds the handler of a type among patterns, once per type.
final class HandlerTable {
    private final Map<TypeFilter, Worker.Handler<DomainEvent>> byFilter = new LinkedHashMap<>();
    private final Set<String> patterns;
    private final ConcurrentHashMap<EventType, Worker.Handler<DomainEvent>> byType = new ConcurrentHashMap<>();
    private volatile @Nullable Found last; // most events are of the type of the one before

    private record Found(EventType type, Worker.Handler<DomainEvent> handler) {}

    HandlerTable(Map<String, Worker.Handler<DomainEvent>> byPattern) {
        byPattern.forEach((pattern, handler) -> byFilter.put(TypeFilter.of(pattern), handler));
        this.patterns = Set.copyOf(byPattern.keySet());
    }

    Set<String> patterns() {
        return patterns;
    }

    Worker.Handler<DomainEvent> of(EventType type) {
        Found found = last;
        if (found == null || !found.type().equals(type)) {
            Worker.Handler<DomainEvent> known = byType.get(type);
            found = new Found(type, known != null ? known : find(type));
            last = found;
            if (known == null && byType.size() < Intake.MAX_TYPES) {
                byType.put(type, found.handler());
            }
        }
        return found.handler();
    }

    private Worker.Handler<DomainEvent> find(EventType type) {
        for (Map.Entry<TypeFilter, Worker.Handler<DomainEvent>> entry : byFilter.entrySet()) {
            if (entry.getKey().matches(type)) {
                return entry.getValue();
            }
        }
        throw new IllegalStateException("no handler for " + type + " among " + patterns);
    }
}
