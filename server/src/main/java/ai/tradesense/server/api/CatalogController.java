package ai.tradesense.server.api;

import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.worker.WorkerRegistry;
import ai.tradesense.worker.WorkerStatus;
import com.fasterxml.jackson.annotation.JsonRawValue;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/// The event types that may be published.
@RestController
final class CatalogController {
    private final EventRegistry registry;
    private final WorkerRegistry workers;

    CatalogController(EventRegistry registry, WorkerRegistry workers) {
        this.registry = registry;
        this.workers = workers;
    }

    record Catalog(List<TypeEntry> types) {}

    /// A type.
    ///
    /// @param consumers the workers that subscribe to it
    record TypeEntry(
            String type, String domain, @Nullable String entity, String action, int version, List<String> consumers) {}

    /// A type with the JSON Schema of its data.
    record TypeDetails(
            String type,
            String domain,
            @Nullable String entity,
            String action,
            int version,
            List<String> consumers,
            @JsonRawValue String schema) {}

    @GetMapping(path = "/api/v1/catalog", produces = "application/json")
    Catalog types() {
        List<WorkerStatus> all = workers.workers();
        return new Catalog(registry.types().stream()
                .map(type -> new TypeEntry(
                        type.name(), type.domain(), type.entity(), type.action(), type.version(), consumers(type, all)))
                .toList());
    }

    @GetMapping(path = "/api/v1/catalog/{type}", produces = "application/json")
    TypeDetails type(@PathVariable("type") String name) {
        EventType type = parse(name);
        String schema = registry.schema(type);
        if (schema == null) {
            throw new ProblemException(ProblemKind.NOT_FOUND, "The catalogue has no type '" + name + "'.");
        }
        return new TypeDetails(
                type.name(),
                type.domain(),
                type.entity(),
                type.action(),
                type.version(),
                consumers(type, workers.workers()),
                schema);
    }

    private static EventType parse(String name) {
        try {
            return EventType.parse(name);
        } catch (InvalidEventException malformed) {
            throw new ProblemException(
                    ProblemKind.NOT_FOUND, "The catalogue has no such type: " + malformed.problem() + ".");
        }
    }

    private static List<String> consumers(EventType type, List<WorkerStatus> workers) {
        return workers.stream()
                .filter(worker -> TypeFilter.of(worker.subscribesTo()).matches(type))
                .map(WorkerStatus::name)
                .toList();
    }
}
