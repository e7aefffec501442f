package ai.tradesense.store;

import ai.tradesense.events.OrderKey;
import java.util.List;

/// A part of a stream.
///
/// @param version how many events the stream has, whatever part of it this is; 0 if there is no such stream
/// @param events in the order that was asked for
public record StreamSlice(OrderKey stream, long version, List<StreamEvent> events) {
    public StreamSlice {
        events = List.copyOf(events);
    }

    /// An event and its place in its stream.
    ///
    /// @param version 1 for the first event of the stream
    public record StreamEvent(long version, StoredEvent stored) {}
}
