package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.parking.ParkingStore.EventIdentity;
import ai.tradesense.transport.RecentEvents;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Says which of the events that were delivered are for the worker: those that it asked for and has not seen.
/// Touched by the dispatcher's thread alone.
final class Intake {
    /// How many seen events are remembered.
    static final int SEEN_WINDOW = 1 << 15;

    /// Types come from outside, so what is remembered of them must not grow without end.
    static final int MAX_TYPES = 4_096;

    private final EventProcessor processor;
    private final WorkerMeters meters;
    private final boolean transportFilters;
    private final RecentEvents seen = new RecentEvents(SEEN_WINDOW);
    private final Map<EventType, Boolean> wanted = new HashMap<>();

    /// @param transportFilters whether the transport delivers an event once for each time it was published
    Intake(EventProcessor processor, WorkerMeters meters, boolean transportFilters) {
        this.processor = processor;
        this.meters = meters;
        this.transportFilters = transportFilters;
    }

    /// Whether an event is to be processed.
    boolean admits(DomainEvent event) {
        if (!isWanted(event.type())) {
            return false;
        }
        if (wasSeen(event)) {
            meters.duplicate();
            return false;
        }
        return true;
    }

    private boolean isWanted(EventType type) {
        Boolean known = wanted.get(type);
        if (known != null) {
            return known;
        }
        boolean wants = processor.wants(type);
        if (wanted.size() < MAX_TYPES) {
            wanted.put(type, wants);
        }
        return wants;
    }

    /// Where the transport filters duplicates, only what was parked before this assignment can come a second time.
    private boolean wasSeen(DomainEvent event) {
        if (transportFilters) {
            return !seen.isEmpty() && seen.contains(event.source().toString(), event.id());
        }
        return !seen.add(event);
    }

    /// These were parked before: their delivery may come again.
    void remember(List<EventIdentity> parked) {
        for (EventIdentity identity : parked) {
            seen.add(identity.source(), identity.id());
        }
    }

    /// What was seen may have to be processed when it comes again.
    void forget() {
        seen.clear();
    }
}
