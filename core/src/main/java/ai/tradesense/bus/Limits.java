package ai.tradesense.bus;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.transport.Transport;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What has a limit, and which.
///
/// @param maxPayloadBytes the largest data of one event, encoded, in bytes
/// @param maxBatchEvents the most events in one publish
/// @param maxInFlight the most events delivered to one worker and not yet done with
/// @param pollEvents the most events a worker takes at a time
/// @param maxParked how many events wait for retries of one worker before it takes no more; those that are in flight
///     then may come on top
public record Limits(int maxPayloadBytes, int maxBatchEvents, int maxInFlight, int pollEvents, int maxParked) {
    /// The most extensions of an event that is published.
    public static final int MAX_EXTENSIONS = 64;

    /// How many characters the extensions of an event that is published have at most, names and values together, with
    /// its `dataschema` and `datacontenttype`.
    public static final int MAX_EXTENSIONS_LENGTH = 16_384;

    /// What all attributes of an event that is published take at most on its way, in bytes.
    public static final int MAX_ATTRIBUTES_BYTES = 64 * 1024;

    public static final Limits DEFAULT = new Limits(256 * 1024, 10_000, 16_384, 4_096, 100_000);

    public Limits {
        requirePositive("maxPayloadBytes", maxPayloadBytes);
        requirePositive("maxBatchEvents", maxBatchEvents);
        requirePositive("maxInFlight", maxInFlight);
        requirePositive("pollEvents", pollEvents);
        requirePositive("maxParked", maxParked);
    }

    /// How many characters those attributes of an event have that [#MAX_EXTENSIONS_LENGTH] is about.
    public static int extensionsLength(CloudEvent event) {
        int length = length(event.dataSchema()) + length(event.dataContentType());
        for (Map.Entry<String, Object> extension : event.extensions().entrySet()) {
            length += extension.getKey().length() + length(extension.getValue());
        }
        return length;
    }

    private static int length(@Nullable Object attribute) {
        return attribute == null ? 0 : attribute.toString().length();
    }

    /// Refuses limits that allow events which a transport does not carry.
    ///
    /// @throws IllegalArgumentException if that is so
    public void requireCarriedBy(Transport transport) {
        if (maxPayloadBytes > transport.maxPayloadBytes()) {
            throw new IllegalArgumentException("maxPayloadBytes is " + maxPayloadBytes + ", but the transport "
                    + transport.name() + " as it is set carries at most " + transport.maxPayloadBytes()
                    + " bytes of data in an event");
        }
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
        }
    }
}
