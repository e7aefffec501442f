package ai.tradesense.events;

import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// The event types that are known, and what their data must look like. Safe for use by several threads.
public interface EventRegistry {
    /// A registry that knows no type and lets every well-formed event pass.
    static EventRegistry open() {
        return OpenRegistry.INSTANCE;
    }

    /// Every type that may be published, sorted by name.
    SortedSet<EventType> types();

    /// The record of a type's data; null if the type is not known or has no record.
    @Nullable
    Class<? extends EventData> dataClass(EventType type);

    /// The JSON Schema (draft 2020-12) of a type's data, as JSON text; null if the type is not known.
    @Nullable
    String schema(EventType type);

    /// Checks that an event may be published: its type is known and its data fits the schema. Data that is a
    /// record of the type's own class is valid by construction and not looked at again.
    ///
    /// @throws UnknownEventTypeException if the type is not known
    /// @throws InvalidEventException under `/data` where it does not fit
    void validate(DomainEvent event);
}
