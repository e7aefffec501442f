package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;

/// Events that belong to one decision, which may have to be made anew before they become durable. Within a worker,
/// the one of a number and type has the same id every time.
@FunctionalInterface
public interface EventSeries {
    /// Starts an event: id, source, time, and, within a worker, correlation and causation are set.
    ///
    /// @param number which event of the series it is, from 0
    DomainEvent.Builder event(int number, EventData data);
}
