package ai.tradesense.cli;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// Checks that a line is one JSON object in UTF-8, so that joining lines to a batch keeps them apart. Whether it is an
/// event that may be published is for the server to say. Not for use by several threads.
final class LineCheck {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharBuffer characters = CharBuffer.allocate(8_192);

    /// What is wrong with a line, in words; null if nothing is.
    @Nullable
    String problem(byte[] line) {
        String noText = invalidUtf8(line);
        return noText != null ? noText : notAnObject(line);
    }

    private @Nullable String invalidUtf8(byte[] line) {
        ByteBuffer bytes = ByteBuffer.wrap(line);
        decoder.reset();
        CoderResult result;
        do {
            characters.clear();
            result = decoder.decode(bytes, characters, true);
        } while (result.isOverflow());
        return result.isError() ? "is not UTF-8: byte " + (bytes.position() + 1) + " of the line is wrong" : null;
    }

    private static @Nullable String notAnObject(byte[] line) {
        try (JsonParser parser = Json.FACTORY.createParser(ObjectReadContext.empty(), line)) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                return "is " + name(first) + ", expected a JSON object: one CloudEvent on each line";
            }
            parser.skipChildren();
            int end = (int) parser.currentLocation().getByteOffset();
            if (!isBlank(line, end)) {
                return "has more behind the event, from byte " + (end + 1)
                        + " on; expected one CloudEvent on each line";
            }
            return null;
        } catch (JacksonException malformed) {
            return "is no JSON: " + Json.problem(malformed) + " at byte "
                    + malformed.getLocation().getByteOffset();
        }
    }

    /// Whether only spaces follow.
    static boolean isBlank(byte[] line, int from) {
        for (int i = from; i < line.length; i++) {
            if (line[i] != ' ' && line[i] != '\t') {
                return false;
            }
        }
        return true;
    }

    private static String name(@Nullable JsonToken token) {
        return switch (token) {
            case START_ARRAY -> "a JSON array";
            case VALUE_STRING -> "a JSON string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a JSON number";
            case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> "a JSON literal";
            case null, default -> "no JSON object";
        };
    }
}
