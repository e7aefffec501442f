package ai.tradesense.codec;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Rfc3339;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes events into one growing array. By hand, and not with Jackson's generator: the members of an event are
/// known, its attributes need next to no escaping, and raw UTF-8 goes in as it is, so that this takes less than
/// half the time.
final class EventWriter {
    private static final int TYPICAL_ENVELOPE = 384;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] buffer;
    private int size;

    private EventWriter(int capacity) {
        this.buffer = new byte[capacity];
    }

    static byte[] one(CloudEvent event) {
        EventWriter writer = new EventWriter(TYPICAL_ENVELOPE + sizeOf(event.data()));
        writer.event(event);
        return writer.bytes();
    }

    static byte[] batch(List<CloudEvent> events) {
        int capacity = 2;
        for (CloudEvent event : events) {
            capacity = Math.addExact(capacity, TYPICAL_ENVELOPE + sizeOf(event.data()));
        }
        EventWriter writer = new EventWriter(capacity);
        writer.ascii('[');
        for (int index = 0; index < events.size(); index++) {
            if (index > 0) {
                writer.ascii(',');
            }
            try {
                writer.event(events.get(index));
            } catch (InvalidEventException problem) {
                throw problem.under("/" + index);
            }
        }
        writer.ascii(']');
        return writer.bytes();
    }

    private static int sizeOf(Payload data) {
        return switch (data) {
            case Payload.None _ -> 0;
            case Payload.Json json -> json.utf8().length;
            case Payload.Value value -> value.utf8().length;
            case Payload.Text text -> text.text().length();
            case Payload.Binary binary -> binary.bytes().length / 3 * 4 + 4;
        };
    }

    private byte[] bytes() {
        return size == buffer.length ? buffer : Arrays.copyOf(buffer, size);
    }

    private void event(CloudEvent event) {
        raw(Members.OPENING);
        string("/id", event.id());
        raw(Members.SOURCE);
        string("/source", event.source().toString());
        raw(Members.TYPE);
        string("/type", event.type());
        String subject = event.subject();
        if (subject != null) {
            raw(Members.SUBJECT);
            string("/subject", subject);
        }
        Instant time = event.time();
        if (time != null) {
            raw(Members.TIME);
            time(time);
        }
        String dataContentType = event.dataContentType();
        if (dataContentType != null) {
            raw(Members.DATA_CONTENT_TYPE);
            string("/datacontenttype", dataContentType);
        }
        URI dataSchema = event.dataSchema();
        if (dataSchema != null) {
            raw(Members.DATA_SCHEMA);
            string("/dataschema", dataSchema.toString());
        }
        if (!event.extensions().isEmpty()) {
            extensions(event.extensions());
        }
        data(event.data());
        ascii('}');
    }

    /// Sorted by name, so that the same event is the same bytes in every process.
    private void extensions(Map<String, Object> extensions) {
        String[] names = extensions.keySet().toArray(new String[0]);
        Arrays.sort(names);
        for (String name : names) {
            extension(name, extensions.get(name));
        }
    }

    private void extension(String name, @Nullable Object value) {
        ascii(',');
        string("", name);
        ascii(':');
        if (value instanceof String text) {
            string("/" + name, text);
        } else {
            raw(String.valueOf(value).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void data(Payload data) {
        switch (data) {
            case Payload.None _ -> {}
            case Payload.Json json -> json(json.utf8());
            case Payload.Value value -> json(value.utf8());
            case Payload.Text text -> {
                raw(Members.DATA);
                string("/data", text.text());
            }
            case Payload.Binary binary -> {
                raw(Members.DATA_BASE64);
                ascii('"');
                raw(Base64.getEncoder().encode(binary.bytes()));
                ascii('"');
            }
        }
    }

    private void json(byte[] utf8) {
        raw(Members.DATA);
        raw(utf8);
    }

    private void time(Instant time) {
        ensure(Rfc3339.MAX_LENGTH + 2);
        buffer[size] = '"';
        size = Rfc3339.write(time, buffer, size + 1);
        buffer[size++] = '"';
    }

    private void string(String pointer, String text) {
        int length = text.length();
        ensure(length + 2);
        byte[] target = buffer;
        int at = size;
        target[at++] = '"';
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                size = at;
                escaped(pointer, text, i);
                return;
            }
            target[at++] = (byte) c;
        }
        target[at++] = '"';
        size = at;
    }

    /// The rest of a string in which not everything is plain ASCII, from its first other character on.
    private void escaped(String pointer, String text, int start) {
        int codePoint;
        for (int i = start; i < text.length(); i += Character.charCount(codePoint)) {
            codePoint = text.codePointAt(i);
            ensure("\\u0000".length());
            if (codePoint == '"' || codePoint == '\\') {
                buffer[size++] = '\\';
                buffer[size++] = (byte) codePoint;
            } else if (codePoint < ' ') {
                control(codePoint);
            } else if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw new InvalidEventException(
                        pointer, "holds half of a surrogate pair at index " + i + ", which UTF-8 cannot");
            } else {
                utf8(codePoint);
            }
        }
        ascii('"');
    }

    private void control(int codePoint) {
        buffer[size++] = '\\';
        buffer[size++] = 'u';
        buffer[size++] = '0';
        buffer[size++] = '0';
        buffer[size++] = HEX[codePoint >> 4];
        buffer[size++] = HEX[codePoint & 0xf];
    }

    private void utf8(int codePoint) {
        if (codePoint < 0x80) {
            buffer[size++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            buffer[size++] = (byte) (0xc0 | (codePoint >> 6));
            continuation(codePoint);
        } else if (codePoint < 0x10000) {
            buffer[size++] = (byte) (0xe0 | (codePoint >> 12));
            continuation(codePoint >> 6);
            continuation(codePoint);
        } else {
            buffer[size++] = (byte) (0xf0 | (codePoint >> 18));
            continuation(codePoint >> 12);
            continuation(codePoint >> 6);
            continuation(codePoint);
        }
    }

    private void continuation(int bits) {
        buffer[size++] = (byte) (0x80 | (bits & 0x3f));
    }

    private void raw(byte[] bytes) {
        ensure(bytes.length);
        System.arraycopy(bytes, 0, buffer, size, bytes.length);
        size += bytes.length;
    }

    private void ascii(char c) {
        ensure(1);
        buffer[size++] = (byte) c;
    }

    private void ensure(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(Math.addExact(size, more), buffer.length + (buffer.length >> 1)));
        }
    }
}
