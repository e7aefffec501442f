package ai.tradesense.server.api;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.StoredEvent;
import com.fasterxml.jackson.annotation.JsonRawValue;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// A stored event as the API shows it.
///
/// @param position where it stands in the global order
/// @param recordedAt when it was stored
/// @param event the event in the JSON format of CloudEvents; its numbers are those that were sent
record EventEntry(
        long position, Instant recordedAt, @JsonRawValue String event) {
    static EventEntry of(StoredEvent stored) {
        return new EventEntry(stored.position(), stored.recordedAt(), structured(stored.event()));
    }

    /// An event in the structured form.
    static String structured(DomainEvent event) {
        return new String(CloudEventJson.write(event.envelope()), StandardCharsets.UTF_8);
    }
}
