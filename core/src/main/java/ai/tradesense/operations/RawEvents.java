package ai.tradesense.operations;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.parking.ParkedEvent;

/// Reads again what could not be read when it arrived: the types that are known, or the program that reads,
/// may be others now.
final class RawEvents {
    private RawEvents() {}

    /// The event that the bytes of a parked one stand for.
    ///
    /// @throws InvalidEventException if they still cannot be read, saying why
    static DomainEvent read(ParkedEvent parked) {
        byte[] raw = parked.raw();
        String contentType = parked.contentType();
        if (raw == null || contentType == null || !contentType.startsWith(CloudEventJson.MEDIA_TYPE)) {
            throw new InvalidEventException(
                    "",
                    "its bytes are " + (contentType == null ? "of no known type" : contentType) + ", expected "
                            + CloudEventJson.MEDIA_TYPE);
        }
        return DomainEvent.of(CloudEventJson.read(raw));
    }
}
