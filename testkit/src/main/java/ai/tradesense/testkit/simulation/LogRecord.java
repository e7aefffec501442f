package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.Undecodable;
import org.jspecify.annotations.Nullable;

/// What the simulated broker keeps at a place: an event, or bytes that are none.
record LogRecord(
        Partition partition,
        int offset,
        @Nullable DomainEvent event,
        @Nullable Undecodable undecodable) {
    /// The name of the place.
    String place() {
        return partition + ":" + offset;
    }

    /// What to call it in a trace.
    String about() {
        return event != null ? event.id() : place();
    }

    String subject() {
        return event != null ? event.subject() : "";
    }

    /// A delivery of a record in one assignment.
    record Place(LogRecord record, int epoch) implements Receipt {
        @Override
        public String toString() {
            return record.place();
        }
    }
}
