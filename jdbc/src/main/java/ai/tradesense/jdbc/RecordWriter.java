package ai.tradesense.jdbc;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Encodes events as records, one behind the other, into bytes that grow. The counterpart of [RecordReader].
///
/// A record stands for itself: it refers to nothing outside, so that it can be copied from block to block,
/// parked and hashed as it is. What a search or a skip looks at comes first. Integers are big-endian; a varint
/// has seven bits per byte, the lowest first; a text is its length in bytes as a varint and then UTF-8.
///
/// ```text
/// int32   length of what follows
/// byte    bits 0-2: kind of payload; bit 3: has a content type; bit 4: has a data schema
/// text    type
/// text    subject
/// text    id
/// text    source
/// int64   time, seconds since the epoch
/// int32   time, nanoseconds
/// varint  how many extensions; of each:
///   varint  the index of its name in KNOWN_NAMES plus one, or 0 and then the name as a text
///   byte    kind of value; then the value: nothing, int32 or text
/// text    content type, if there is one
/// text    data schema, if there is one
/// bytes   the payload, up to the end
/// ```
///
/// Of an event that was removed its place is left: the kind of payload is 7, the domain stands in place of the
/// type, and the record ends behind the source.
final class RecordWriter {
    /// The format that is written; it stands before the records that it applies to.
    static final byte FORMAT = 1;

    static final int LENGTH_BYTES = 4;

    static final int PAYLOAD_NONE = 0;
    static final int PAYLOAD_JSON = 1;
    static final int PAYLOAD_TEXT = 2;
    static final int PAYLOAD_BINARY = 3;
    static final int REMOVED = 7;
    static final int PAYLOAD_MASK = 0b111;
    static final int HAS_CONTENT_TYPE = 1 << 3;
    static final int HAS_DATA_SCHEMA = 1 << 4;

    static final int VALUE_FALSE = 0;
    static final int VALUE_TRUE = 1;
    static final int VALUE_INTEGER = 2;
    static final int VALUE_STRING = 3;

    /// Names of extensions that take one byte. Part of the format: only ever add at the end.
    static final List<String> KNOWN_NAMES = List.of(
            DomainEvent.CORRELATION_ID,
            DomainEvent.CAUSATION_ID,
            DomainEvent.TRACE_PARENT,
            DomainEvent.TRACE_STATE,
            DomainEvent.DATA_CLASSIFICATION,
            DomainEvent.CRITICAL);

    private static final int MAX_BYTES = Integer.MAX_VALUE - 16;

    private byte[] bytes;
    private int size;

    RecordWriter(int expectedBytes) {
        this.bytes = new byte[Math.max(64, expectedBytes)];
    }

    /// How many bytes are written.
    int size() {
        return size;
    }

    /// The bytes, of which the first [#size] are written. Not a copy.
    byte[] bytes() {
        return bytes;
    }

    /// Appends an event.
    ///
    /// @throws InvalidEventException if its data cannot be encoded; what was begun of it is taken back
    void write(DomainEvent event) {
        int start = size;
        try {
            writeRecord(event.envelope(), event.time());
        } catch (InvalidEventException problem) {
            size = start;
            throw problem;
        }
        int length = size - start - LENGTH_BYTES;
        size = start;
        int32(length);
        size += length;
    }

    private void writeRecord(CloudEvent event, Instant time) {
        int32(0);
        byte[] payload = payload(event.data());
        int flags = payloadKind(event.data());
        String contentType = event.dataContentType();
        flags |= contentType != null ? HAS_CONTENT_TYPE : 0;
        flags |= event.dataSchema() != null ? HAS_DATA_SCHEMA : 0;
        int8(flags);
        text(event.type());
        text(event.subject());
        text(event.id());
        text(event.source().toString());
        int64(time.getEpochSecond());
        int32(time.getNano());
        extensions(event.extensions());
        if (contentType != null) {
            text(contentType);
        }
        if (event.dataSchema() != null) {
            text(event.dataSchema().toString());
        }
        raw(payload);
    }

    private static int payloadKind(Payload payload) {
        return switch (payload) {
            case Payload.None _ -> PAYLOAD_NONE;
            case Payload.Json _, Payload.Value _ -> PAYLOAD_JSON;
            case Payload.Text _ -> PAYLOAD_TEXT;
            case Payload.Binary _ -> PAYLOAD_BINARY;
        };
    }

    private static byte[] payload(Payload payload) {
        return switch (payload) {
            case Payload.None _ -> new byte[0];
            case Payload.Json json -> json.utf8();
            case Payload.Value value -> value.utf8();
            case Payload.Text text -> encodable(text.text());
            case Payload.Binary binary -> binary.bytes();
        };
    }

    /// Half of a surrogate pair has no form in UTF-8; encoding would put a question mark in its place.
    private static byte[] encodable(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (!new String(utf8, StandardCharsets.UTF_8).equals(text)) {
            throw new InvalidEventException("/data", "is text with half of a surrogate pair, which has no encoding");
        }
        return utf8;
    }

    private void extensions(Map<String, Object> extensions) {
        varint(extensions.size());
        for (Map.Entry<String, Object> extension : extensions.entrySet()) {
            int known = KNOWN_NAMES.indexOf(extension.getKey());
            varint(known + 1);
            if (known < 0) {
                text(extension.getKey());
            }
            switch (extension.getValue()) {
                case Boolean truth -> int8(truth ? VALUE_TRUE : VALUE_FALSE);
                case Integer number -> {
                    int8(VALUE_INTEGER);
                    int32(number);
                }
                case String text -> {
                    int8(VALUE_STRING);
                    text(text);
                }
                default -> throw new IllegalStateException("CloudEvent let " + extension + " pass");
            }
        }
    }

    private void text(@Nullable String text) {
        if (text == null) {
            throw new IllegalStateException("DomainEvent let an attribute pass that is missing");
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        varint(utf8.length);
        raw(utf8);
    }

    /// An event that stands alone behind the number of its format, as parked events are kept.
    static byte[] single(DomainEvent event) {
        RecordWriter writer = new RecordWriter(512);
        writer.int8(FORMAT);
        writer.write(event);
        return Arrays.copyOf(writer.bytes, writer.size);
    }

    /// Appends what is left of a record of an event that was removed.
    void writeRemoved(String domain, String subject, String id, String source) {
        int start = size;
        int32(0);
        int8(REMOVED);
        text(domain);
        text(subject);
        text(id);
        text(source);
        int length = size - start - LENGTH_BYTES;
        size = start;
        int32(length);
        size += length;
    }

    private void varint(int value) {
        reserve(5);
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    private void int8(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
    }

    private void int32(int value) {
        reserve(4);
        bytes[size++] = (byte) (value >>> 24);
        bytes[size++] = (byte) (value >>> 16);
        bytes[size++] = (byte) (value >>> 8);
        bytes[size++] = (byte) value;
    }

    private void int64(long value) {
        int32((int) (value >>> 32));
        int32((int) value);
    }

    private void raw(byte[] source) {
        reserve(source.length);
        System.arraycopy(source, 0, bytes, size, source.length);
        size += source.length;
    }

    private void reserve(int more) {
        if (more > bytes.length - size) {
            if (more > MAX_BYTES - size) {
                throw new InvalidEventException("", "the batch takes more than 2 GiB encoded");
            }
            long doubled = Math.min(MAX_BYTES, bytes.length * 2L);
            bytes = Arrays.copyOf(bytes, (int) Math.max(doubled, (long) size + more));
        }
    }
}
