package ai.tradesense.kafka;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Rfc3339;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/// The Kafka binding of CloudEvents 1.0.2. Written in binary mode: attributes are headers, `ce_id` and so on, the
/// value is the data, the key is the subject. Read in binary and in structured mode.
///
/// Headers are text, and a content type says nothing of data that came without one. What would be lost by that is
/// in one more header, `tradesense`: the form of the data (`j`, `t`, `b`, `n`), `-` behind it if the event has no
/// content type, and the kinds of extensions that are no text (`critical=b count=i`). Whoever knows nothing of it
/// loses nothing that CloudEvents promises.
///
/// A reader is for use by one thread.
final class EventRecords {
    /// Marks a record that is no event: see [Appender].
    static final String FENCE = "tradesense-fence";

    private static final String FORM = "tradesense";
    private static final String PREFIX = "ce_";
    private static final String CONTENT_TYPE = "content-type";
    private static final String JSON = "application/json";
    private static final Header SPEC_VERSION =
            new RecordHeader("ce_specversion", CloudEvent.SPEC_VERSION.getBytes(UTF_8));
    private static final Header JSON_TYPE = new RecordHeader(CONTENT_TYPE, JSON.getBytes(UTF_8));
    private static final Header UNTYPED_JSON = new RecordHeader(FORM, "j-".getBytes(UTF_8));
    private static final byte[] UNTYPED_JSON_FORM = UNTYPED_JSON.value();
    private static final int MAX_URIS = 1_024;

    private final Map<String, URI> uris = new HashMap<>();

    // Writing.

    /// A record of an event, for a partition.
    static ProducerRecord<byte[], byte[]> record(DomainEvent event, String topic, int partition, byte[] key) {
        CloudEvent envelope = event.envelope();
        List<Header> headers = new ArrayList<>(10);
        headers.add(SPEC_VERSION);
        headers.add(header("ce_id", envelope.id()));
        headers.add(header("ce_source", envelope.source().toString()));
        headers.add(header("ce_type", envelope.type()));
        headers.add(new RecordHeader("ce_subject", key));
        headers.add(new RecordHeader("ce_time", time(event.time())));
        URI schema = envelope.dataSchema();
        if (schema != null) {
            headers.add(header("ce_dataschema", schema.toString()));
        }
        Map<String, Object> extensions = envelope.extensions();
        if (!extensions.isEmpty()) {
            extensions.forEach((name, value) -> headers.add(header(PREFIX + name, value.toString())));
        }
        return new ProducerRecord<>(topic, partition, key, value(envelope, headers), headers);
    }

    private static Header header(String name, String text) {
        return new RecordHeader(name, text.getBytes(UTF_8));
    }

    private static byte[] time(Instant time) {
        byte[] ascii = new byte[Rfc3339.MAX_LENGTH];
        return Arrays.copyOf(ascii, Rfc3339.write(time, ascii, 0));
    }

    private static byte @Nullable [] value(CloudEvent envelope, List<Header> headers) {
        String type = envelope.dataContentType();
        if (type != null) {
            headers.add(header(CONTENT_TYPE, type));
        }
        return switch (envelope.data()) {
            case Payload.None _ -> {
                headers.add(form('n', envelope));
                yield null;
            }
            case Payload.Json json -> {
                addJson(envelope, headers);
                yield json.utf8();
            }
            case Payload.Value value -> {
                addJson(envelope, headers);
                yield value.utf8();
            }
            case Payload.Text text -> {
                headers.add(form('t', envelope));
                yield text.text().getBytes(UTF_8);
            }
            case Payload.Binary binary -> {
                headers.add(form('b', envelope));
                yield binary.bytes();
            }
        };
    }

    private static void addJson(CloudEvent envelope, List<Header> headers) {
        boolean untyped = envelope.dataContentType() == null;
        if (untyped) {
            headers.add(JSON_TYPE);
        }
        headers.add(untyped && envelope.extensions().isEmpty() ? UNTYPED_JSON : form('j', envelope));
    }

    private static Header form(char kind, CloudEvent envelope) {
        StringBuilder form = new StringBuilder().append(kind);
        if (envelope.dataContentType() == null) {
            form.append('-');
        }
        envelope.extensions().forEach((name, value) -> {
            if (!(value instanceof String)) {
                form.append(' ').append(name).append(value instanceof Boolean ? "=b" : "=i");
            }
        });
        return header(FORM, form.toString());
    }

    /// A record that is no event, and takes a place in a partition.
    static ProducerRecord<byte[], byte[]> fence(String topic, int partition) {
        Iterable<Header> headers = List.of(new RecordHeader(FENCE, new byte[0]));
        return new ProducerRecord<byte[], byte[]>(topic, partition, (byte[]) null, null, headers);
    }

    // Reading.

    static boolean isFence(ConsumerRecord<byte[], byte[]> record) {
        return record.value() == null
                && record.key() == null
                && record.headers().lastHeader(FENCE) != null;
    }

    /// What identifies an event, without the rest of it; null if it is none.
    static @Nullable EventKey keyOf(ConsumerRecord<byte[], byte[]> record) {
        Header id = record.headers().lastHeader("ce_id");
        Header source = record.headers().lastHeader("ce_source");
        if (id == null || source == null || id.value() == null || source.value() == null) {
            return null; // in structured mode others have sent it, and they have no window here
        }
        return new EventKey(new String(source.value(), UTF_8), new String(id.value(), UTF_8));
    }

    /// The event of a record.
    ///
    /// @throws InvalidEventException if it is none
    DomainEvent event(ConsumerRecord<byte[], byte[]> record) {
        Attributes attributes = new Attributes();
        for (Header header : record.headers()) {
            attributes.set(header.key(), header.value());
        }
        if (attributes.id == null && attributes.isStructured()) {
            byte[] value = record.value();
            if (value == null) {
                throw new InvalidEventException("", "a CloudEvent in structured mode, without a value");
            }
            return DomainEvent.of(CloudEventJson.read(value));
        }
        return DomainEvent.of(attributes.envelope(record));
    }

    /// What the sender said that the value of a record is.
    static String contentTypeOf(ConsumerRecord<byte[], byte[]> record) {
        Header type = record.headers().lastHeader(CONTENT_TYPE);
        return type == null || type.value() == null ? "application/octet-stream" : new String(type.value(), UTF_8);
    }

    private URI uri(String pointer, String text) {
        URI known = uris.get(text);
        if (known != null) {
            return known;
        }
        try {
            URI parsed = new URI(text);
            if (uris.size() == MAX_URIS) {
                uris.clear();
            }
            uris.put(text, parsed);
            return parsed;
        } catch (URISyntaxException malformed) {
            throw new InvalidEventException(
                    pointer, InvalidEventException.quote(text) + " is no URI-reference (RFC 3986)", malformed);
        }
    }

    /// The attributes of one record in binary mode.
    private final class Attributes {
        private @Nullable String specVersion;
        private @Nullable String id;
        private @Nullable String source;
        private @Nullable String type;
        private @Nullable String subject;
        private @Nullable String time;
        private @Nullable String contentType;
        private @Nullable String dataSchema;
        private byte @Nullable [] form;
        private Map<String, Object> extensions = Map.of();

        private void set(String name, byte @Nullable [] value) {
            if (value == null) {
                return;
            }
            switch (name) {
                case "ce_specversion" -> specVersion = new String(value, UTF_8);
                case "ce_id" -> id = new String(value, UTF_8);
                case "ce_source" -> source = new String(value, UTF_8);
                case "ce_type" -> type = new String(value, UTF_8);
                case "ce_subject" -> subject = new String(value, UTF_8);
                case "ce_time" -> time = new String(value, ISO_8859_1);
                case "ce_dataschema" -> dataSchema = new String(value, UTF_8);
                case CONTENT_TYPE -> contentType = new String(value, UTF_8);
                case FORM -> form = value;
                default -> setExtension(name, value);
            }
        }

        private void setExtension(String name, byte[] value) {
            if (name.startsWith(PREFIX)) {
                if (extensions.isEmpty()) {
                    extensions = new HashMap<>();
                }
                extensions.put(name.substring(PREFIX.length()), new String(value, UTF_8));
            }
        }

        private boolean isStructured() {
            String declared = contentType;
            return declared != null && declared.startsWith(CloudEventJson.MEDIA_TYPE);
        }

        private CloudEvent envelope(ConsumerRecord<byte[], byte[]> record) {
            if (specVersion == null && id == null && type == null) {
                throw new InvalidEventException(
                        "",
                        (record.value() == null ? "a tombstone" : "a record")
                                + " without the headers of a CloudEvent (ce_id, ce_source, ce_type); its headers are "
                                + namesOf(record));
            }
            if (!CloudEvent.SPEC_VERSION.equals(specVersion)) {
                throw new InvalidEventException(
                        "/specversion", "is " + specVersion + ", expected " + CloudEvent.SPEC_VERSION);
            }
            Payload data = data(record.value());
            return new CloudEvent(
                    required("/id", id),
                    uri("/source", required("/source", source)),
                    required("/type", type),
                    subject,
                    time == null ? null : time(time),
                    contentType,
                    dataSchema == null ? null : uri("/dataschema", dataSchema),
                    extensions,
                    data);
        }

        private static String namesOf(ConsumerRecord<byte[], byte[]> record) {
            List<String> names = new ArrayList<>();
            record.headers().forEach(header -> names.add(header.key()));
            return names.toString();
        }

        private static Instant time(String text) {
            try {
                return Rfc3339.parse(text);
            } catch (InvalidEventException malformed) {
                throw malformed.under("/time");
            }
        }

        private static String required(String pointer, @Nullable String value) {
            if (value == null) {
                throw new InvalidEventException(pointer, "is missing");
            }
            return value;
        }

        private Payload data(byte @Nullable [] value) {
            byte[] known = form;
            if (known == null || known.length == 0) {
                return foreignData(value);
            }
            if (Arrays.equals(known, UNTYPED_JSON_FORM) && value != null) {
                contentType = null;
                return Payload.json(value);
            }
            return ownData(new String(known, UTF_8).split(" ", -1), value);
        }

        private Payload foreignData(byte @Nullable [] value) {
            if (extensions.get(DomainEvent.CRITICAL) instanceof String critical) {
                extensions.put(DomainEvent.CRITICAL, bool(DomainEvent.CRITICAL, critical));
            }
            return value == null ? Payload.NONE : CloudEventJson.readData(value, contentType);
        }

        private Payload ownData(String[] words, byte @Nullable [] value) {
            for (int index = 1; index < words.length; index++) {
                setKind(words[index]);
            }
            if (words[0].endsWith("-")) {
                contentType = null;
            }
            if (value == null) {
                return Payload.NONE;
            }
            return switch (words[0].charAt(0)) {
                case 'j' -> Payload.json(value);
                case 't' -> Payload.text(new String(value, UTF_8));
                default -> Payload.binary(value);
            };
        }

        private void setKind(String word) {
            int separator = word.indexOf('=');
            String name = word.substring(0, Math.max(separator, 0));
            if (extensions.get(name) instanceof String text) {
                extensions.put(name, word.endsWith("b") ? bool(name, text) : integer(name, text));
            }
        }

        private static Object bool(String name, String text) {
            return switch (text) {
                case "true" -> true;
                case "false" -> false;
                default ->
                    throw new InvalidEventException(
                            "/" + name, "is " + InvalidEventException.quote(text) + ", expected true or false");
            };
        }

        private static Object integer(String name, String text) {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException malformed) {
                throw new InvalidEventException(
                        "/" + name, "is " + InvalidEventException.quote(text) + ", expected an integer", malformed);
            }
        }
    }
}
