package ai.tradesense.operations;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent;
import java.util.HashMap;
import java.util.Map;

/// Makes the event that takes the place of one that an operator corrected.
final class Corrections {
    private Corrections() {}

    /// The id that a correction has to name: that of the event that would be tried again.
    static String current(ParkedEvent parked) {
        DomainEvent event = parked.event();
        return event == null ? parked.id() : event.id();
    }

    /// Which event a correction says that it corrects.
    ///
    /// @throws InvalidEventException if it does not say so
    static String corrects(DomainEvent correction) {
        if (correction.extension(Operations.CORRECTS) instanceof String named) {
            return named;
        }
        throw new InvalidEventException(
                InvalidEventException.step(Operations.CORRECTS),
                "is missing; expected the id of the event that this one corrects");
    }

    /// The event to be tried: with an id of its own, caused by the one it corrects, of the same flow.
    ///
    /// @throws InvalidEventException if it is of another subject or domain, or does not fit its schema
    static DomainEvent event(ParkedEvent parked, DomainEvent correction, String id, EventRegistry registry) {
        requireSameQueue(parked.key(), correction);
        registry.validate(correction);
        String corrects = corrects(correction);
        Map<String, Object> extensions = new HashMap<>(correction.envelope().extensions());
        DomainEvent original = parked.event();
        String correlation = original != null ? original.correlationId() : correction.correlationId();
        extensions.put(DomainEvent.CORRELATION_ID, correlation == null ? corrects : correlation);
        extensions.put(DomainEvent.CAUSATION_ID, corrects);
        CloudEvent envelope = correction.envelope();
        return DomainEvent.of(new CloudEvent(
                id,
                envelope.source(),
                envelope.type(),
                envelope.subject(),
                envelope.time(),
                envelope.dataContentType(),
                envelope.dataSchema(),
                extensions,
                envelope.data()));
    }

    /// In another queue it would overtake, or be overtaken.
    private static void requireSameQueue(OrderKey key, DomainEvent correction) {
        if (key.equals(ParkedEvent.UNKNOWN)) {
            return;
        }
        if (!key.subject().equals(correction.subject())) {
            throw new InvalidEventException(
                    "/subject",
                    "is " + InvalidEventException.quote(correction.subject()) + ", expected "
                            + InvalidEventException.quote(key.subject())
                            + ": a correction takes the place of the event among those of its subject");
        }
        if (!key.domain().equals(correction.type().domain())) {
            throw new InvalidEventException(
                    "/type",
                    "is of the domain '" + correction.type().domain() + "', expected '" + key.domain()
                            + "': a correction takes the place of the event among those of its domain");
        }
    }
}
