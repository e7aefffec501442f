package ai.tradesense.bus;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What an event must be to be published: of a known type, as its schema says, and not too large. Safe for use by
/// several threads.
public final class EventCheck {
    private final EventRegistry registry;
    private final Limits limits;
    private final boolean encoded;

    /// @param encoded whether data that is an object is going to be written as JSON, which its size is of
    public EventCheck(EventRegistry registry, Limits limits, boolean encoded) {
        this.registry = registry;
        this.limits = limits;
        this.encoded = encoded;
    }

    /// Checks a batch before anything is done with it.
    ///
    /// @throws InvalidEventException if one of them may not be published, with its place in the batch
    public void check(List<DomainEvent> events) {
        if (events.size() > limits.maxBatchEvents()) {
            throw new InvalidEventException(
                    "",
                    "the batch has " + events.size() + " events, at most " + limits.maxBatchEvents() + " are allowed");
        }
        for (int i = 0; i < events.size(); i++) {
            DomainEvent event = events.get(i);
            try {
                registry.validate(event);
                requireSize(event.data());
            } catch (InvalidEventException invalid) {
                throw events.size() == 1 ? invalid : invalid.under("/" + i);
            }
        }
    }

    private void requireSize(Payload data) {
        int bytes = switch (data) {
            case Payload.None none -> 0;
            case Payload.Json json -> json.utf8().length;
            case Payload.Value value -> encoded ? value.utf8().length : 0;
            case Payload.Text text -> text.text().getBytes(StandardCharsets.UTF_8).length;
            case Payload.Binary binary -> binary.bytes().length;
        };
        if (bytes > limits.maxPayloadBytes()) {
            throw new PayloadTooLargeException(bytes, limits.maxPayloadBytes());
        }
    }
}
