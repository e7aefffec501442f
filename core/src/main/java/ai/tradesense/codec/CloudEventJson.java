package ai.tradesense.codec;

import ai.tradesense.events.CloudEvent;
import java.util.List;

/// The JSON format of CloudEvents 1.0.2, structured (`application/cloudevents+json`) and batched
/// (`application/cloudevents-batch+json`). Numbers in the data are carried as they stand. Thread-safe.
@SuppressWarnings("DoNotCallSuggester")
public final class CloudEventJson {
    /// The media type of one event.
    public static final String MEDIA_TYPE = "application/cloudevents+json";

    /// The media type of a batch.
    public static final String BATCH_MEDIA_TYPE = "application/cloudevents-batch+json";

    private CloudEventJson() {}

    /// Writes one event as UTF-8.
    public static byte[] write(CloudEvent event) {
        throw new IllegalStateException("being written");
    }

    /// Writes a batch as UTF-8.
    public static byte[] writeBatch(List<CloudEvent> events) {
        throw new IllegalStateException("being written");
    }

    /// Reads one event from outside: duplicate keys, deep nesting and invalid UTF-8 are refused.
    ///
    /// @throws ai.tradesense.events.InvalidEventException saying where and what
    public static CloudEvent read(byte[] utf8) {
        throw new IllegalStateException("being written");
    }

    /// Reads a batch from outside, as [#read] does; pointers start with the index, for example `/3/type`.
    ///
    /// @throws ai.tradesense.events.InvalidEventException saying where and what
    public static List<CloudEvent> readBatch(byte[] utf8) {
        throw new IllegalStateException("being written");
    }

    /// Reads one event that [#write] wrote, without the checks that input from outside needs.
    ///
    /// @throws ai.tradesense.events.InvalidEventException if it is no event all the same
    public static CloudEvent readTrusted(byte[] utf8) {
        throw new IllegalStateException("being written");
    }
}
