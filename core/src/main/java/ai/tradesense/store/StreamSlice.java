package ai.tradesense.store;

import ai.tradesense.events.OrderKey;
import java.util.List;

/// A part of a stream.
///
/// @param version how many events the stream has had, whatever part of it this is; 0 if there is no such stream
/// @param begins the version of the first event that is still there: 1 unless older ones were removed, and one more
///     than the version if all were
/// @param events in the order that was asked for; where versions are left out, events were removed
public record StreamSlice(OrderKey stream, long version, long begins, List<StreamEvent> events) {
    public StreamSlice {
        events = List.copyOf(events);
    }

    /// A part of a stream of which nothing was removed.
    public StreamSlice(OrderKey stream, long version, List<StreamEvent> events) {
        this(stream, version, 1, events);
    }

    /// An event and its place in its stream.
    ///
    /// @param version 1 for the first event of the stream
    public record StreamEvent(long version, StoredEvent stored) {}
}
