package ai.tradesense.server.api;

import ai.tradesense.events.InvalidEventException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/// Checks JSON that comes as data of its own, in binary mode: one value in valid UTF-8, no duplicate keys, not
/// nested too deep. The bytes stay as they are.
final class JsonData {
    /// How deep the data may be nested.
    static final int MAX_DEPTH = 32;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    private JsonData() {}

    /// @throws InvalidEventException at `/data`, saying what is wrong
    static void requireValid(byte[] utf8) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException invalid) {
            throw new InvalidEventException("/data", "is not valid UTF-8", invalid);
        }
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                throw new InvalidEventException("/data", "is empty, expected a JSON value");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new InvalidEventException("/data", "has something after its JSON value");
            }
        } catch (JacksonException invalid) {
            throw new InvalidEventException("/data", "is no JSON: " + invalid.getOriginalMessage(), invalid);
        }
    }
}
