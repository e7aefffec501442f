package ai.tradesense.events;

import java.util.Collections;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// Knows no type and refuses none.
final class OpenRegistry implements EventRegistry {
    static final OpenRegistry INSTANCE = new OpenRegistry();

    private OpenRegistry() {}

    @Override
    public SortedSet<EventType> types() {
        return Collections.emptySortedSet();
    }

    @Override
    public @Nullable Class<? extends EventData> dataClass(EventType type) {
        return null;
    }

    @Override
    public @Nullable String schema(EventType type) {
        return null;
    }

    @Override
    public void validate(DomainEvent event) {}
}
