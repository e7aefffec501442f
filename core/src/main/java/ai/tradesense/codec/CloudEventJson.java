package ai.tradesense.codec;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The JSON format of CloudEvents 1.0.2, structured (`application/cloudevents+json`) and batched
/// (`application/cloudevents-batch+json`). JSON data is carried as the bytes it arrived in, blanks and line
/// breaks included, so no number in it is ever rounded. Thread-safe.
///
/// Where the specification leaves a choice: data in Base64 whose content type is explicitly JSON is read as JSON
/// and must be JSON; a name that occurs twice in any object, half a surrogate pair, even as an escape in the data,
/// and more than 32 levels of nesting in the data are refused.
public final class CloudEventJson {
    /// The media type of one event.
    public static final String MEDIA_TYPE = "application/cloudevents+json";

    /// The media type of a batch.
    public static final String BATCH_MEDIA_TYPE = "application/cloudevents-batch+json";

    private CloudEventJson() {}

    /// Writes one event as UTF-8; the same event is the same bytes everywhere, and the data is the last member.
    ///
    /// @throws InvalidEventException if its data cannot be written
    public static byte[] write(CloudEvent event) {
        return EventWriter.one(event);
    }

    /// Writes a batch as UTF-8.
    ///
    /// @throws InvalidEventException if the data of an event cannot be written; the pointer starts with its index
    public static byte[] writeBatch(List<CloudEvent> events) {
        return EventWriter.batch(events);
    }

    /// Reads one event from outside: duplicate keys, deep nesting and invalid UTF-8 are refused.
    ///
    /// @throws InvalidEventException saying where and what
    public static CloudEvent read(byte[] utf8) {
        return EventReader.one(utf8);
    }

    /// Reads a batch from outside, as [#read] does; pointers start with the index, for example `/3/type`.
    ///
    /// @throws InvalidEventException saying where and what
    public static List<CloudEvent> readBatch(byte[] utf8) {
        return EventReader.batch(utf8);
    }

    /// Reads data from outside that came by itself, as in the binary mode of a protocol binding: JSON is checked
    /// as [#read] checks it, anything else is taken as bytes.
    ///
    /// @param dataContentType as the sender said; null means that nothing is known of the bytes
    /// @throws InvalidEventException under `/data`, saying where and what
    public static Payload readData(byte[] bytes, @Nullable String dataContentType) {
        if (dataContentType == null || !CloudEvent.declaresJson(dataContentType)) {
            return Payload.binary(bytes);
        }
        try {
            EventReader.requireJson(bytes);
        } catch (InvalidEventException problem) {
            throw problem.under("/data");
        }
        return Payload.json(bytes);
    }

    /// Reads one event that [#write] wrote, without the checks that input from outside needs: what stands after
    /// the beginning of the data is taken to be the data. Bytes of any other form are read as [#read] reads them.
    ///
    /// @throws InvalidEventException if it is no event all the same
    public static CloudEvent readTrusted(byte[] utf8) {
        CloudEvent event = OwnFormReader.read(utf8);
        return event != null ? event : EventReader.one(utf8);
    }
}
