package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.bus.Limits;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Rfc3339;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.LongString;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The AMQP protocol binding of CloudEvents 1.0.2: binary mode is written, binary and structured mode are read.
///
/// Attributes are headers whose names begin with `cloudEvents_` or, as other clients write them, `cloudEvents:`.
/// What the binding cannot tell (no data or empty data, text or bytes, a content type that was left out) stands
/// in the property `type` of messages whose `app_id` is ours; they are read without the checks that input from
/// outside needs.
final class EventBinding {
    private static final String PREFIX = "cloudEvents_";
    private static final String OTHER_PREFIX = "cloudEvents:";
    private static final String STRUCTURED = "application/cloudevents";
    static final String APP_ID = "tradesense";
    private static final int MAX_SHORT_STRING = 255; // bytes
    private static final int PERSISTENT = 2;

    /// By header, so that no name is cut out of the headers that nearly every event has.
    private static final Map<String, String> USUAL_NAMES = Stream.of(
                    "specversion",
                    "id",
                    "source",
                    "type",
                    "subject",
                    "time",
                    "dataschema",
                    "correlationid",
                    "causationid",
                    "traceparent")
            .collect(Collectors.toUnmodifiableMap(name -> PREFIX + name, name -> name));

    private static volatile URI lastSource = URI.create("/");

    /// The form of the data, as the property `type` names it.
    private enum Form {
        JSON,
        IMPLIED_JSON,
        TEXT,
        BINARY,
        NONE;

        private static final Map<String, Form> BY_NAME = byName();
        private final String text = name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');

        private static Map<String, Form> byName() {
            Map<String, Form> all = new HashMap<>();
            for (Form form : values()) {
                all.put(form.text, form);
            }
            return all;
        }
    }

    private EventBinding() {}

    /// An event as a persistent message: in binary mode, unless it has more attributes than may be published. What
    /// may be fits into headers, which have to fit into one frame of 128 KiB.
    static BasicProperties properties(CloudEvent event) {
        if (!fitsIntoHeaders(event)) {
            return new BasicProperties.Builder()
                    .contentType(CloudEventJson.MEDIA_TYPE)
                    .deliveryMode(PERSISTENT)
                    .build();
        }
        return new BasicProperties.Builder()
                .appId(APP_ID)
                .type(formName(event))
                .contentType(contentType(event))
                .deliveryMode(PERSISTENT)
                .headers(headers(event))
                .build();
    }

    /// The attributes of an event as headers; all but the content type, unless that is too long for its place.
    static Map<String, Object> headers(CloudEvent event) {
        Map<String, Object> headers = new HashMap<>(32);
        headers.put(PREFIX + "specversion", CloudEvent.SPEC_VERSION);
        headers.put(PREFIX + "id", event.id());
        headers.put(PREFIX + "source", event.source().toString());
        headers.put(PREFIX + "type", event.type());
        if (event.subject() != null) {
            headers.put(PREFIX + "subject", event.subject());
        }
        if (event.time() != null) {
            headers.put(PREFIX + "time", Rfc3339.format(event.time()));
        }
        if (event.dataSchema() != null) {
            headers.put(PREFIX + "dataschema", event.dataSchema().toString());
        }
        String contentType = event.dataContentType();
        if (contentType != null && isTooLong(contentType)) {
            headers.put(PREFIX + "datacontenttype", contentType);
        }
        event.extensions().forEach((name, value) -> headers.put(PREFIX + name, value));
        return headers;
    }

    /// The content type in its own place; null if there is none, or it is too long for that.
    static @Nullable String contentType(CloudEvent event) {
        String contentType = form(event) == Form.IMPLIED_JSON ? "application/json" : event.dataContentType();
        return contentType == null || isTooLong(contentType) ? null : contentType;
    }

    private static boolean isTooLong(String contentType) {
        return contentType.length() > MAX_SHORT_STRING / 4 && contentType.getBytes(UTF_8).length > MAX_SHORT_STRING;
    }

    /// What the binding cannot tell of the data, by a name.
    static String formName(CloudEvent event) {
        return form(event).text;
    }

    private static Form form(CloudEvent event) {
        return switch (event.data()) {
            case Payload.None none -> Form.NONE;
            case Payload.Json json -> event.dataContentType() == null ? Form.IMPLIED_JSON : Form.JSON;
            case Payload.Value value -> event.dataContentType() == null ? Form.IMPLIED_JSON : Form.JSON;
            case Payload.Text text -> Form.TEXT;
            case Payload.Binary binary -> Form.BINARY;
        };
    }

    /// The body that goes with [#properties].
    static byte[] messageBody(CloudEvent event) {
        return fitsIntoHeaders(event) ? body(event) : CloudEventJson.write(event);
    }

    private static boolean fitsIntoHeaders(CloudEvent event) {
        return event.extensions().size() <= Limits.MAX_EXTENSIONS
                && Limits.extensionsLength(event) <= Limits.MAX_EXTENSIONS_LENGTH;
    }

    /// The data in binary mode.
    static byte[] body(CloudEvent event) {
        return switch (event.data()) {
            case Payload.None none -> new byte[0];
            case Payload.Json json -> json.utf8();
            case Payload.Value value -> value.utf8();
            case Payload.Text text -> text.text().getBytes(UTF_8);
            case Payload.Binary binary -> binary.bytes();
        };
    }

    /// What identifies an event in binary mode; null if the headers do not say.
    static Outgoing.@Nullable Identity identity(BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        if (headers == null) {
            return null;
        }
        Object source = headers.getOrDefault(PREFIX + "source", headers.get(OTHER_PREFIX + "source"));
        Object id = headers.getOrDefault(PREFIX + "id", headers.get(OTHER_PREFIX + "id"));
        return source == null || id == null ? null : new Outgoing.Identity(source.toString(), id.toString());
    }

    /// Reads a message.
    ///
    /// @throws InvalidEventException saying where and what is wrong
    static DomainEvent read(BasicProperties properties, byte[] body) {
        String contentType = properties.getContentType();
        if (contentType != null && contentType.regionMatches(true, 0, STRUCTURED, 0, STRUCTURED.length())) {
            return DomainEvent.of(structured(contentType, body));
        }
        return DomainEvent.of(binary(properties, body));
    }

    private static CloudEvent structured(String contentType, byte[] body) {
        String essence = contentType.split(";", 2)[0].strip();
        if (!essence.equalsIgnoreCase(CloudEventJson.MEDIA_TYPE)) {
            throw new InvalidEventException(
                    "", "the content type is " + essence + ", expected " + CloudEventJson.MEDIA_TYPE);
        }
        return CloudEventJson.read(body);
    }

    private static CloudEvent binary(BasicProperties properties, byte[] body) {
        Map<String, Object> headers = properties.getHeaders();
        Map<String, Object> extensions = new HashMap<>();
        Attributes attributes = new Attributes();
        if (headers != null) {
            headers.forEach((header, value) -> {
                String known = USUAL_NAMES.get(header);
                if (known != null) {
                    attributes.take(known, value, extensions);
                } else if (header.startsWith(PREFIX) || header.startsWith(OTHER_PREFIX)) {
                    attributes.take(header.substring(PREFIX.length()), value, extensions);
                }
            });
        }
        if (!CloudEvent.SPEC_VERSION.equals(attributes.specVersion)) {
            throw new InvalidEventException(
                    "/specversion",
                    attributes.specVersion == null
                            ? "is missing: the message has no header " + PREFIX + "specversion"
                            : "is " + InvalidEventException.quote(attributes.specVersion) + ", expected '1.0'");
        }
        String contentType =
                attributes.dataContentType != null ? attributes.dataContentType : properties.getContentType();
        Form form =
                APP_ID.equals(properties.getAppId()) ? Form.BY_NAME.get(String.valueOf(properties.getType())) : null;
        return new CloudEvent(
                required("/id", attributes.id),
                source(required("/source", attributes.source)),
                required("/type", attributes.type),
                attributes.subject,
                attributes.time,
                form == Form.IMPLIED_JSON ? null : contentType,
                attributes.dataSchema == null ? null : uri("/dataschema", attributes.dataSchema),
                extensions,
                data(form, contentType, body));
    }

    private static Payload data(@Nullable Form form, @Nullable String contentType, byte[] body) {
        if (form == null) {
            return body.length == 0 ? Payload.NONE : CloudEventJson.readData(body, contentType);
        }
        return switch (form) {
            case JSON, IMPLIED_JSON -> Payload.json(body);
            case TEXT -> Payload.text(new String(body, UTF_8));
            case BINARY -> Payload.binary(body);
            case NONE -> Payload.NONE;
        };
    }

    private static String required(String pointer, @Nullable String value) {
        if (value == null) {
            throw new InvalidEventException(
                    pointer, "is missing: the message has no header " + PREFIX + pointer.substring(1));
        }
        return value;
    }

    /// Most events are of the source of the one before.
    private static URI source(String text) {
        URI last = lastSource;
        if (!last.toString().equals(text)) {
            last = uri("/source", text);
            lastSource = last;
        }
        return last;
    }

    private static URI uri(String pointer, String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException malformed) {
            throw new InvalidEventException(pointer, "is no URI: " + InvalidEventException.quote(text), malformed);
        }
    }

    /// What the headers say.
    private static final class Attributes {
        private @Nullable String specVersion;
        private @Nullable String id;
        private @Nullable String source;
        private @Nullable String type;
        private @Nullable String subject;
        private @Nullable String dataContentType;
        private @Nullable String dataSchema;
        private @Nullable Instant time;

        void take(String name, Object value, Map<String, Object> extensions) {
            switch (name) {
                case "specversion" -> specVersion = text(name, value);
                case "id" -> id = text(name, value);
                case "source" -> source = text(name, value);
                case "type" -> type = text(name, value);
                case "subject" -> subject = text(name, value);
                case "datacontenttype" -> dataContentType = text(name, value);
                case "dataschema" -> dataSchema = text(name, value);
                case "time" -> time = value instanceof Date date ? date.toInstant() : time(text(name, value));
                default -> extensions.put(name, extension(name, value));
            }
        }

        private static Instant time(String text) {
            try {
                return Rfc3339.parse(text);
            } catch (InvalidEventException problem) {
                throw problem.under("/time");
            }
        }

        private static Object extension(String name, Object value) {
            return switch (value) {
                case Boolean flag -> flag;
                case Integer number -> number;
                case Long number when number == number.intValue() -> number.intValue();
                default -> {
                    String text = text(name, value);
                    boolean flag = name.equals(DomainEvent.CRITICAL) && (text.equals("true") || text.equals("false"));
                    yield flag ? (Object) Boolean.valueOf(text) : text;
                }
            };
        }

        private static String text(String name, Object value) {
            return switch (value) {
                case LongString text -> text.toString();
                case String text -> text;
                case Boolean flag -> flag.toString();
                case Number number -> number.toString();
                case Date date -> Rfc3339.format(date.toInstant());
                default ->
                    throw new InvalidEventException(
                            "/" + name, "is a " + value.getClass().getSimpleName() + ", expected text");
            };
        }
    }
}
