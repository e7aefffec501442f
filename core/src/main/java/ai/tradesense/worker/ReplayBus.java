package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.store.EventStore;
import ai.tradesense.transport.Published;
import java.util.ArrayList;
import java.util.List;

/// Where workers publish during a replay on a broker: what is stored already is not published again, because the
/// broker has long forgotten that it carried it, and every other worker would get it a second time. A log that is
/// the transport knows by itself.
///
/// @param bus where everything else goes
/// @param store what the broker's recorder has written
public record ReplayBus(EventBus bus, EventStore store) implements EventBus {
    @Override
    public List<Published> publish(List<DomainEvent> events) {
        List<Published> outcome = new ArrayList<>(events.size());
        List<DomainEvent> fresh = new ArrayList<>();
        List<Integer> places = new ArrayList<>(); // of the fresh ones
        for (DomainEvent event : events) {
            if (!isStored(event)) {
                places.add(outcome.size());
                fresh.add(event);
            }
            outcome.add(new Published(event.id(), true));
        }
        if (!fresh.isEmpty()) {
            List<Published> sent = bus.publish(fresh);
            for (int i = 0; i < sent.size(); i++) {
                outcome.set(places.get(i), sent.get(i));
            }
        }
        return outcome;
    }

    private boolean isStored(DomainEvent event) {
        return store.find(event.id())
                .filter(stored -> stored.event().source().equals(event.source()))
                .isPresent();
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
