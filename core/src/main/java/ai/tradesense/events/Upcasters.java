package ai.tradesense.events;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every upcaster there is. Brings an event to the version that somebody asks for. Immutable.
public final class Upcasters {
    /// No upcasters: every event stays as it is.
    public static final Upcasters NONE = new Upcasters(List.of());

    private final Map<EventType, Upcaster> byFrom = new HashMap<>();

    /// Takes upcasters, at most one from each version.
    public Upcasters(Collection<Upcaster> upcasters) {
        for (Upcaster upcaster : upcasters) {
            if (byFrom.putIfAbsent(upcaster.from(), upcaster) != null) {
                throw new IllegalArgumentException("there are two upcasters from " + upcaster.from());
            }
        }
    }

    /// Whether there are none.
    public boolean isEmpty() {
        return byFrom.isEmpty();
    }

    /// The version of an event's type that a filter asks for: the type itself, or the nearest later version that it can
    /// be turned into; null if the filter asks for none of them.
    public @Nullable EventType wantedVersion(EventType type, TypeFilter filter) {
        EventType version = type;
        while (!filter.matches(version)) {
            Upcaster next = byFrom.get(version);
            if (next == null) {
                return null;
            }
            version = next.to();
        }
        return version;
    }

    /// The event in the version wanted, which [#wantedVersion] gave for its type.
    ///
    /// @throws InvalidEventException under `/data` if its data cannot be turned into that version
    public DomainEvent upcast(DomainEvent event, EventType wanted) {
        DomainEvent upcast = event;
        while (!upcast.type().equals(wanted)) {
            Upcaster next = byFrom.get(upcast.type());
            if (next == null) {
                throw new IllegalArgumentException("no upcasters lead from " + event.type() + " to " + wanted);
            }
            upcast = next.apply(upcast);
        }
        return upcast;
    }
}
