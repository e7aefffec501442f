package ai.tradesense.events;

import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/// Turns the data of one version of a type into that of the next.
///
/// @param from the older version
/// @param to the next one: the same type, one version on
/// @param change changes the data; pure, and given an object of its own. Numbers are decimals that keep their scale
public record Upcaster(EventType from, EventType to, UnaryOperator<ObjectNode> change) {
    /// Checks that the versions follow on each other.
    public Upcaster {
        String name = from.name();
        String expected = name.substring(0, name.lastIndexOf('.') + 1) + "v" + (from.version() + 1);
        if (!to.name().equals(expected)) {
            throw new IllegalArgumentException("an upcaster from " + from + " leads to " + expected + ", not to " + to);
        }
    }

    /// An upcaster between types given by name.
    public static Upcaster of(String from, String to, UnaryOperator<ObjectNode> change) {
        return new Upcaster(EventType.parse(from), EventType.parse(to), change);
    }

    DomainEvent apply(DomainEvent event) {
        ObjectNode data = event.dataAs(ObjectNode.class);
        CloudEvent old = event.envelope();
        ObjectNode changed;
        try {
            changed = change.apply(data);
        } catch (RuntimeException failure) {
            throw new InvalidEventException(
                    "/data", "cannot be turned from " + from + " into " + to + ": " + failure, failure);
        }
        return DomainEvent.of(new CloudEvent(
                old.id(),
                old.source(),
                to.name(),
                old.subject(),
                old.time(),
                old.dataContentType(),
                null, // the schema named there is that of the older version
                old.extensions(),
                Payload.json(DataMapper.write(changed))));
    }
}
