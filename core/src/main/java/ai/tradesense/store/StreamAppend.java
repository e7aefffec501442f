package ai.tradesense.store;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What is appended to one stream, if it is as expected.
///
/// @param stream the domain and the subject whose history this continues
/// @param expected what the stream's version has to be
/// @param events of that domain and subject, in order; without any, only the expectation is looked at, which
///     makes sure that a stream has not changed while another one is appended to
public record StreamAppend(OrderKey stream, ExpectedVersion expected, List<DomainEvent> events) {
    public StreamAppend {
        events = List.copyOf(events);
        for (DomainEvent event : events) {
            if (!event.orderKey().equals(stream)) {
                throw new IllegalArgumentException(
                        event + " belongs to the stream " + event.orderKey() + ", not to " + stream);
            }
        }
    }

    /// The events of several appends to different streams, one after the other.
    ///
    /// @throws IllegalArgumentException if a stream is named twice: what the second one expects would depend on
    ///     the first
    public static List<DomainEvent> eventsOf(List<StreamAppend> appends) {
        Set<OrderKey> streams = new HashSet<>();
        for (StreamAppend append : appends) {
            if (!streams.add(append.stream())) {
                throw new IllegalArgumentException("the stream " + append.stream() + " is named twice in one append");
            }
        }
        return appends.stream().flatMap(append -> append.events().stream()).toList();
    }
}
