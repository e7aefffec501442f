package ai.tradesense.codec;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Rfc3339;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Reads events from outside, one member after the other, and trusts nothing. The data is looked at, to know that
/// it is JSON and where it ends, but never turned into anything: its bytes are taken over as they stand.
final class EventReader {
    private final byte[] utf8;
    private final JsonParser parser;
    private final boolean hasEscapes;

    private @Nullable String id;
    private @Nullable URI source;
    private @Nullable String specVersion;
    private @Nullable String type;
    private @Nullable String subject;
    private @Nullable Instant time;
    private @Nullable String dataContentType;
    private @Nullable URI dataSchema;
    private Map<String, Object> extensions = Map.of();
    private byte @Nullable [] data;
    private @Nullable JsonToken dataToken;
    private byte @Nullable [] binary;

    private EventReader(byte[] utf8, JsonParser parser, boolean hasEscapes) {
        this.utf8 = utf8;
        this.parser = parser;
        this.hasEscapes = hasEscapes;
    }

    static CloudEvent one(byte[] utf8) {
        JsonText.requireUtf8(utf8);
        try (JsonParser parser = JsonText.parser(utf8, 0, utf8.length)) {
            try {
                parser.nextToken();
                CloudEvent event = new EventReader(utf8, parser, hasEscapes(utf8)).event();
                requireEnd(parser);
                return event;
            } catch (JacksonException failure) {
                throw JsonText.malformed(parser, failure);
            }
        }
    }

    static List<CloudEvent> batch(byte[] utf8) {
        JsonText.requireUtf8(utf8);
        try (JsonParser parser = JsonText.parser(utf8, 0, utf8.length)) {
            try {
                if (parser.nextToken() != JsonToken.START_ARRAY) {
                    throw new InvalidEventException(
                            "", "is " + JsonText.describe(parser) + ", expected an array of events");
                }
                boolean hasEscapes = hasEscapes(utf8);
                List<CloudEvent> events = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    events.add(element(events.size(), new EventReader(utf8, parser, hasEscapes)));
                }
                requireEnd(parser);
                return List.copyOf(events);
            } catch (JacksonException failure) {
                throw JsonText.malformed(parser, failure);
            }
        }
    }

    private static CloudEvent element(int index, EventReader reader) {
        try {
            return reader.event();
        } catch (InvalidEventException problem) {
            throw problem.under("/" + index);
        }
    }

    /// Checks that bytes are one JSON value, as [#one] checks the data of an event.
    static void requireJson(byte[] utf8) {
        JsonText.requireUtf8(utf8);
        try (JsonParser parser = JsonText.parser(utf8, 0, utf8.length)) {
            try {
                if (parser.nextToken() == null) {
                    throw new InvalidEventException("", "is blank, expected JSON");
                }
                JsonText.skipValue(parser, "");
                requireEnd(parser);
            } catch (JacksonException failure) {
                throw JsonText.malformed(parser, failure);
            }
        }
        if (hasEscapes(utf8)) {
            JsonText.requirePairedEscapes(utf8, "");
        }
    }

    private static boolean hasEscapes(byte[] utf8) {
        for (byte b : utf8) {
            if (b == '\\') {
                return true;
            }
        }
        return false;
    }

    private static void requireEnd(JsonParser parser) {
        if (parser.nextToken() != null) {
            throw new InvalidEventException(
                    "",
                    "goes on with " + JsonText.describe(parser) + " at byte "
                            + parser.currentTokenLocation().getByteOffset() + ", expected the end");
        }
    }

    private CloudEvent event() {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new InvalidEventException("", "is " + JsonText.describe(parser) + ", expected an object");
        }
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            member(name);
        }
        requireVersion();
        return new CloudEvent(
                required("/id", id),
                required("/source", source),
                required("/type", type),
                subject,
                time,
                dataContentType,
                dataSchema,
                extensions,
                payload());
    }

    private void member(String name) {
        switch (name) {
            case "specversion" -> specVersion = string("/specversion");
            case "id" -> id = string("/id");
            case "source" -> source = uri("/source");
            case "type" -> type = string("/type");
            case "subject" -> subject = string("/subject");
            case "time" -> time = time();
            case "datacontenttype" -> dataContentType = string("/datacontenttype");
            case "dataschema" -> dataSchema = uri("/dataschema");
            case "data" -> data();
            case "data_base64" -> binary = binary();
            default -> extension(name);
        }
    }

    private @Nullable String string(String pointer) {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getString();
            case VALUE_NULL -> null;
            default ->
                throw new InvalidEventException(pointer, "is " + JsonText.describe(parser) + ", expected a string");
        };
    }

    private @Nullable URI uri(String pointer) {
        String text = string(pointer);
        return text == null ? null : RecentUris.parse(pointer, text);
    }

    private @Nullable Instant time() {
        String text = string("/time");
        try {
            return text == null ? null : Rfc3339.parse(text);
        } catch (InvalidEventException problem) {
            throw problem.under("/time");
        }
    }

    private void extension(String name) {
        Object value = switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getString();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT -> integer(name);
            case VALUE_NULL -> null;
            default ->
                throw new InvalidEventException(
                        InvalidEventException.step(name),
                        "is " + JsonText.describe(parser) + ", expected a boolean, an integer or a string");
        };
        if (value != null) {
            if (extensions.isEmpty()) {
                extensions = new LinkedHashMap<>();
            }
            extensions.put(name, value);
        } else {
            CloudEvent.requireExtensionName(name);
        }
    }

    private Integer integer(String name) {
        String digits = parser.getString();
        try {
            return Integer.valueOf(digits);
        } catch (NumberFormatException tooLarge) {
            throw new InvalidEventException(
                    InvalidEventException.step(name),
                    "is the number " + JsonText.cut(digits)
                            + ", expected an integer of 32 bits, from -2147483648 to 2147483647",
                    tooLarge);
        }
    }

    private void data() {
        dataToken = parser.currentToken();
        int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
        JsonText.skipValue(parser, "/data");
        byte[] json = Arrays.copyOfRange(
                utf8, start, Math.toIntExact(parser.currentLocation().getByteOffset()));
        if (hasEscapes) {
            JsonText.requirePairedEscapes(json, "/data");
        }
        data = json;
    }

    private byte @Nullable [] binary() {
        String text = string("/data_base64");
        if (text == null) {
            return null;
        }
        if (text.length() % 4 != 0) {
            throw new InvalidEventException(
                    "/data_base64",
                    "is no Base64 (RFC 4648): its length is " + text.length() + ", expected a multiple of 4");
        }
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException problem) {
            throw new InvalidEventException(
                    "/data_base64", "is no Base64 (RFC 4648): " + problem.getMessage(), problem);
        }
    }

    private void requireVersion() {
        String version = required("/specversion", specVersion);
        if (!version.equals(CloudEvent.SPEC_VERSION)) {
            throw new InvalidEventException(
                    "/specversion",
                    "is " + InvalidEventException.quote(version) + ", expected '" + CloudEvent.SPEC_VERSION + "'");
        }
    }

    private static <T> T required(String pointer, @Nullable T value) {
        if (value == null) {
            throw new InvalidEventException(pointer, "is missing; every event has one");
        }
        return value;
    }

    private Payload payload() {
        byte[] json = data;
        byte[] bytes = binary;
        if (bytes != null) {
            if (json != null) {
                throw new InvalidEventException("/data_base64", "stands beside data, expected one of the two");
            }
            return dataContentType != null && CloudEvent.declaresJson(dataContentType)
                    ? jsonIn(bytes)
                    : Payload.binary(bytes);
        }
        if (json == null) {
            return Payload.NONE;
        }
        if (CloudEvent.declaresJson(dataContentType)) {
            return Payload.json(json);
        }
        if (dataToken != JsonToken.VALUE_STRING) {
            throw new InvalidEventException(
                    "/data",
                    "is " + JsonText.kind(dataToken) + ", expected a string, since datacontenttype is "
                            + InvalidEventException.quote(String.valueOf(dataContentType)) + ", which is not JSON");
        }
        return Payload.text(JsonText.decode(json, 0, json.length));
    }

    /// Data that is declared to be JSON is read as such, as the JSON format of CloudEvents, section 3.1.2, allows.
    private static Payload jsonIn(byte[] bytes) {
        try {
            requireJson(bytes);
        } catch (InvalidEventException problem) {
            throw problem.under("/data_base64");
        }
        return Payload.json(bytes);
    }
}
