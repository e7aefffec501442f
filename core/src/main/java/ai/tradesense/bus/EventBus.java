package ai.tradesense.bus;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.transport.Published;
import java.util.List;

/// Where events are published. Safe for use by several threads. Every method blocks until the events are
/// durable, and while the transport holds publishers back; on a virtual thread that costs next to nothing.
public interface EventBus {
    /// Publishes the typed data of an event: id, source and time are given to it.
    ///
    /// @throws ai.tradesense.events.InvalidEventException if the event breaks a rule or does not fit its schema
    /// @throws ai.tradesense.events.UnknownEventTypeException if its type is not known
    /// @throws ai.tradesense.transport.TransportException if it is not known to be durable; publishing the same
    ///     event (id) again is safe
    default Published publish(EventData data) {
        return publish(event(data).build());
    }

    /// Publishes an event.
    default Published publish(DomainEvent event) {
        return publish(List.of(event)).getFirst();
    }

    /// Publishes a batch in order: all of it is checked before any of it is sent. One batch is much faster than
    /// its events one by one.
    List<Published> publish(List<DomainEvent> events);

    /// Checks events as publishing them would, and sends none: for events that become durable in another way.
    ///
    /// @throws ai.tradesense.events.InvalidEventException if one breaks a rule or does not fit its schema
    /// @throws ai.tradesense.events.UnknownEventTypeException if the type of one is not known
    void check(List<DomainEvent> events);

    /// Starts an event with id, source and time given to it, for setting more than its data.
    DomainEvent.Builder event(EventData data);
}
