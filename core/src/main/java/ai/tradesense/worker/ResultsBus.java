package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.transport.Published;
import java.util.ArrayList;
import java.util.List;

/// Where a transactional worker publishes while it handles one event: what it publishes is checked and kept,
/// and becomes durable with the end of the event or not at all. For use by the thread of the handler.
final class ResultsBus implements EventBus {
    private final EventBus bus;
    private final List<DomainEvent> results = new ArrayList<>();

    ResultsBus(EventBus bus) {
        this.bus = bus;
    }

    List<DomainEvent> results() {
        return results;
    }

    @Override
    public List<Published> publish(List<DomainEvent> events) {
        bus.check(events);
        results.addAll(events);
        return events.stream().map(event -> new Published(event.id(), false)).toList();
    }

    @Override
    public void check(List<DomainEvent> events) {
        bus.check(events);
    }

    @Override
    public DomainEvent.Builder event(EventData data) {
        return bus.event(data);
    }
}
