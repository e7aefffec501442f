package ai.tradesense.jdbc;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.Payload;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.URI;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;

/// Decodes records that [RecordWriter] wrote, one at a time: first [#open] one, then ask for as much of it as
/// is needed ([BlockCursor] opens those of a block). Not for use by several threads at once.
final class RecordReader {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final RecentBytes<EventType> types = new RecentBytes<>(EventType::parse);
    private final RecentBytes<URI> uris = new RecentBytes<>(URI::create);

    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private int flags;
    private int typeStart;
    private int typeEnd;
    private int subjectStart;
    private int subjectEnd;
    private int idStart;
    private int idEnd;

    /// Where the record that starts at `start` ends.
    ///
    /// @throws InvalidEventException if that is not within the first `limit` bytes
    static int end(byte[] source, int start, int limit) {
        int left = limit - start - RecordWriter.LENGTH_BYTES;
        int length = left < 0 ? -1 : (int) INT.get(source, start);
        if (length < 1 || length > left) {
            throw new InvalidEventException(
                    "", "a record of " + length + " bytes stands where " + (limit - start) + " are left");
        }
        return start + RecordWriter.LENGTH_BYTES + length;
    }

    /// Looks at the record between `start` and `stop`.
    ///
    /// @throws InvalidEventException if it is none
    void open(byte[] source, int start, int stop) {
        bytes = source;
        at = start + RecordWriter.LENGTH_BYTES;
        end = stop;
        flags = int8();
        typeStart = textStart();
        typeEnd = at;
        subjectStart = textStart();
        subjectEnd = at;
        idStart = textStart();
        idEnd = at;
    }

    EventType type() {
        return types.of(bytes, typeStart, typeEnd);
    }

    /// Whether this is what is left of an event that was removed; it has a stream, an id and a source, and nothing
    /// else.
    boolean isRemoved() {
        return flags == RecordWriter.REMOVED; // nothing else: any other mark would be damage
    }

    /// The stream that the event belongs to.
    OrderKey orderKey() {
        String domain = isRemoved() ? text(typeStart, typeEnd) : type().domain();
        return new OrderKey(domain, text(subjectStart, subjectEnd));
    }

    String id() {
        return text(idStart, idEnd);
    }

    String source() {
        at = idEnd;
        return text();
    }

    /// When the event happened.
    Instant time() {
        at = idEnd;
        textStart();
        return Instant.ofEpochSecond(int64(), int32());
    }

    boolean isOfSubject(byte[] utf8) {
        return Arrays.equals(utf8, 0, utf8.length, bytes, subjectStart, subjectEnd);
    }

    boolean hasId(byte[] utf8) {
        return Arrays.equals(utf8, 0, utf8.length, bytes, idStart, idEnd);
    }

    /// The whole event.
    ///
    /// @throws RuntimeException if the bytes are not those of an event
    DomainEvent event() {
        at = idEnd;
        URI source = uri();
        Instant time = Instant.ofEpochSecond(int64(), int32());
        Map<String, Object> extensions = extensions();
        String contentType = (flags & RecordWriter.HAS_CONTENT_TYPE) != 0 ? text() : null;
        URI dataSchema = (flags & RecordWriter.HAS_DATA_SCHEMA) != 0 ? uri() : null;
        return DomainEvent.of(new CloudEvent(
                text(idStart, idEnd),
                source,
                type().name(),
                text(subjectStart, subjectEnd),
                time,
                contentType,
                dataSchema,
                extensions,
                payload()));
    }

    private Map<String, Object> extensions() {
        int count = varint();
        if (count == 0) {
            return Map.of();
        }
        if (count > end - at) {
            throw new InvalidEventException("", "a record says that it has " + count + " extensions");
        }
        @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic entries
        Map.Entry<String, Object>[] entries = new Map.Entry[count];
        for (int i = 0; i < count; i++) {
            entries[i] = Map.entry(extensionName(), extensionValue());
        }
        return Map.ofEntries(entries);
    }

    private String extensionName() {
        int known = varint();
        if (known == 0) {
            return text();
        }
        if (known > RecordWriter.KNOWN_NAMES.size()) {
            throw new InvalidEventException("", "a record has an extension of the unknown number " + known);
        }
        return RecordWriter.KNOWN_NAMES.get(known - 1);
    }

    private Object extensionValue() {
        int kind = int8();
        return switch (kind) {
            case RecordWriter.VALUE_FALSE -> false;
            case RecordWriter.VALUE_TRUE -> true;
            case RecordWriter.VALUE_INTEGER -> int32();
            case RecordWriter.VALUE_STRING -> text();
            default -> throw new InvalidEventException("", "a record has an extension of the unknown kind " + kind);
        };
    }

    private Payload payload() {
        int kind = flags & RecordWriter.PAYLOAD_MASK;
        return switch (kind) {
            case RecordWriter.PAYLOAD_NONE -> Payload.NONE;
            case RecordWriter.PAYLOAD_JSON -> Payload.json(Arrays.copyOfRange(bytes, at, end));
            case RecordWriter.PAYLOAD_TEXT -> Payload.text(text(at, end));
            case RecordWriter.PAYLOAD_BINARY -> Payload.binary(Arrays.copyOfRange(bytes, at, end));
            default -> throw new InvalidEventException("", "a record has a payload of the unknown kind " + kind);
        };
    }

    private URI uri() {
        int start = textStart();
        return uris.of(bytes, start, at);
    }

    private String text() {
        int start = textStart();
        return text(start, at);
    }

    private String text(int start, int stop) {
        return new String(bytes, start, stop - start, StandardCharsets.UTF_8);
    }

    /// Moves behind a text and says where it starts.
    private int textStart() {
        int length = varint();
        require(length);
        int start = at;
        at += length;
        return start;
    }

    private int varint() {
        int value = 0;
        for (int shift = 0; shift < 32; shift += 7) {
            int next = int8();
            value |= (next & 0x7f) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new InvalidEventException("", "a record has a number of more than five bytes at " + at);
    }

    private int int8() {
        require(1);
        return bytes[at++] & 0xff;
    }

    private int int32() {
        require(4);
        int value = (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
        at += 4;
        return value;
    }

    private long int64() {
        return (long) int32() << 32 | (int32() & 0xffff_ffffL);
    }

    private void require(int more) {
        if (more < 0 || more > end - at) {
            throw new InvalidEventException("", "a record ends " + (end - at) + " bytes on, where " + more + " belong");
        }
    }

    /// An event that stands alone behind the number of its format, see [RecordWriter#single].
    DomainEvent single(byte[] stored) {
        if (stored.length == 0 || stored[0] != RecordWriter.FORMAT) {
            throw new InvalidEventException(
                    "",
                    "an event is stored in format " + (stored.length == 0 ? "none" : stored[0]) + ", expected "
                            + RecordWriter.FORMAT);
        }
        open(stored, 1, end(stored, 1, stored.length));
        return event();
    }
}
