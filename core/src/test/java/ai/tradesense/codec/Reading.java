package ai.tradesense.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.InvalidEventException;

/// Reads JSON given as text.
final class Reading {
    private Reading() {}

    /// An event with the required attributes, then `more`.
    static String event(String more) {
        return """
                {"specversion":"1.0","id":"1","source":"/s","type":"t"%s}""".formatted(more);
    }

    static CloudEvent read(String json) {
        return CloudEventJson.read(json.getBytes(UTF_8));
    }

    /// What is wrong with it; null if nothing is.
    static InvalidEventException refused(String json) {
        return refused(json.getBytes(UTF_8));
    }

    static InvalidEventException refused(byte[] json) {
        return catchThrowableOfType(InvalidEventException.class, () -> CloudEventJson.read(json));
    }
}
