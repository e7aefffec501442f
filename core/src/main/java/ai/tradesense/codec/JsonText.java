package ai.tradesense.codec;

import ai.tradesense.events.InvalidEventException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.json.JsonFactory;

/// JSON as a text, before it means anything: what must hold of bytes from outside, and how Jackson's findings are
/// put into words. Jackson recycles its buffers in a lock-free pool of the factory, not by thread, so virtual
/// threads cost nothing extra.
final class JsonText {
    /// How deep arrays and objects may be nested in the data of an event.
    static final int MAX_NESTING = 32;

    private static final int MAX_SHOWN_DIGITS = 40;

    /// What Jackson says of its input, which is none of the reader's business.
    private static final Pattern SOURCE = Pattern.compile(" \\(start marker at \\[Source: [^\\]]*\\]\\)");

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonText() {}

    /// A parser that refuses names that occur twice in an object.
    static JsonParser parser(byte[] utf8, int start, int end) {
        return FACTORY.createParser(ObjectReadContext.empty(), utf8, start, end - start);
    }

    /// Refuses what is no UTF-8 text. JSON begins with two ASCII characters or a short one of them, so a zero
    /// among the first four bytes means UTF-16 or UTF-32, which Jackson would take for what it is.
    static void requireUtf8(byte[] bytes) {
        if (bytes.length == 0) {
            throw new InvalidEventException("", "is empty, expected JSON");
        }
        int first = bytes[0] & 0xff;
        boolean marked = first >= 0xfe || (first == 0xef && bytes.length > 1 && (bytes[1] & 0xff) == 0xbb);
        boolean wide = false;
        for (int i = 0; i < Math.min(4, bytes.length); i++) {
            wide |= bytes[i] == 0;
        }
        if (marked || wide) {
            throw new InvalidEventException(
                    "", "begins with a byte order mark or is UTF-16 or UTF-32, expected JSON in UTF-8 without a mark");
        }
        int invalid = Utf8.firstInvalid(bytes);
        if (invalid >= 0) {
            throw new InvalidEventException(
                    pointerTo(bytes, invalid),
                    String.format(
                            "is not UTF-8: byte 0x%02X at offset %d begins no well-formed character",
                            bytes[invalid] & 0xff, invalid));
        }
    }

    /// Where in the document a byte is, for a message: as far as the text can be read up to there.
    private static String pointerTo(byte[] bytes, int offset) {
        try (JsonParser parser = parser(bytes, 0, bytes.length)) {
            try {
                for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                    if (token != JsonToken.PROPERTY_NAME) {
                        if (parser.currentTokenLocation().getByteOffset() > offset) {
                            return parent(parser);
                        }
                        if (endsAfter(parser, offset)) {
                            return parser.streamReadContext().pathAsPointer().toString();
                        }
                    }
                }
            } catch (JacksonException unreadable) {
                return parent(parser);
            }
            return "";
        }
    }

    private static boolean endsAfter(JsonParser parser, int offset) {
        try {
            parser.finishToken();
            return parser.currentLocation().getByteOffset() > offset;
        } catch (JacksonException unreadable) {
            return true;
        }
    }

    private static String parent(JsonParser parser) {
        TokenStreamContext parent = parser.streamReadContext().getParent();
        return parent == null ? "" : parent.pathAsPointer().toString();
    }

    /// Goes to the end of the value that begins with the current token, and looks at all of it.
    static void skipValue(JsonParser parser, String pointer) {
        int depth = 0;
        JsonToken token = parser.currentToken();
        while (true) {
            if (token.isStructStart()) {
                depth++;
                if (depth > MAX_NESTING) {
                    throw new InvalidEventException(
                            pointer, "is nested more than " + MAX_NESTING + " arrays and objects deep");
                }
            } else if (token.isStructEnd()) {
                depth--;
            }
            if (depth == 0) {
                parser.finishToken();
                return;
            }
            token = parser.nextToken();
        }
    }

    /// Refuses half a surrogate pair that is written as an escape, which JSON's grammar lets pass. No UTF-8 text
    /// can hold the string that it stands for.
    static void requirePairedEscapes(byte[] json, String pointer) {
        for (int at = 0; at < json.length; at++) {
            if (json[at] == '\\') {
                int unit = escapedUnit(json, at);
                if (unit >= 0xdc00 && unit <= 0xdfff) {
                    throw unpaired(pointer, unit);
                }
                if (unit >= 0xd800 && unit <= 0xdbff) {
                    int low = escapedUnit(json, at + 6);
                    if (low < 0xdc00 || low > 0xdfff) {
                        throw unpaired(pointer, unit);
                    }
                    at += 6;
                }
                at += unit >= 0 ? 5 : 1;
            }
        }
    }

    private static InvalidEventException unpaired(String pointer, int unit) {
        return new InvalidEventException(
                pointer, String.format("holds \\u%04x, which is half of a surrogate pair without the other", unit));
    }

    /// The UTF-16 unit that a `\\uXXXX` stands for; -1 if there is none.
    private static int escapedUnit(byte[] json, int at) {
        if (at + 6 > json.length || json[at] != '\\' || json[at + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = at + 2; i < at + 6; i++) {
            unit = unit << 4 | Character.digit(json[i], 16);
        }
        return unit;
    }

    /// The string that a JSON string stands for.
    static String decode(byte[] utf8, int start, int end) {
        try (JsonParser parser = parser(utf8, start, end)) {
            parser.nextToken();
            return parser.getString();
        } catch (JacksonException malformed) {
            throw new InvalidEventException(
                    "", "is not well-formed JSON: " + malformed.getOriginalMessage(), malformed);
        }
    }

    /// What Jackson found, where, and in words.
    static InvalidEventException malformed(JsonParser parser, JacksonException failure) {
        String pointer = parser.streamReadContext().pathAsPointer().toString();
        String message =
                SOURCE.matcher(String.valueOf(failure.getOriginalMessage())).replaceAll("");
        if (message.startsWith("Duplicate Object property")) {
            return new InvalidEventException(pointer, "stands twice in its object, expected each name once", failure);
        }
        return new InvalidEventException(
                pointer,
                "is not well-formed JSON at byte " + parser.currentLocation().getByteOffset() + ": " + message,
                failure);
    }

    /// The current token, for a message.
    static String describe(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "the string " + InvalidEventException.quote(parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + cut(parser.getString());
            case VALUE_TRUE -> "true";
            case VALUE_FALSE -> "false";
            case VALUE_NULL -> "null";
            case null -> "nothing";
            default -> "no value";
        };
    }

    static String cut(String number) {
        return number.length() <= MAX_SHOWN_DIGITS ? number : number.substring(0, MAX_SHOWN_DIGITS) + "…";
    }

    /// As [#describe], for what is over already.
    static String kind(@Nullable JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            case null -> "nothing";
            default -> "no value";
        };
    }
}
