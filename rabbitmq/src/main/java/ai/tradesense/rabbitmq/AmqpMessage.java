package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.events.InvalidEventException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A message in the form that streams keep it in: AMQP 1.0 (OASIS, part 1 "types" and part 3.2 "message format").
/// Of a message this knows what events need: the content type, the application properties, and the body as bytes.
/// Any other section is passed over.
///
/// @param contentType null if the message does not say
/// @param properties the application's, as [String], [Boolean], [Number] or [Date]; others are left out
/// @param body the bytes of its data sections, or of a value that is text or bytes
@SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
record AmqpMessage(@Nullable String contentType, Map<String, Object> properties, byte[] body) {
    private static final int DESCRIBED = 0x00;
    private static final int SMALL_ULONG = 0x53;
    private static final int PROPERTIES = 0x73;
    private static final int APPLICATION_PROPERTIES = 0x74;
    private static final int DATA = 0x75;
    private static final int SEQUENCE = 0x76;
    private static final int VALUE = 0x77;
    private static final int CONTENT_TYPE = 6; // its place among the properties
    private static final int SHORT = 255;
    private static final byte NULL = 0x40;
    private static final int MAX_DEPTH = 16;

    // Writing.

    /// The bytes of a message.
    byte[] encode() {
        byte[] type = contentType == null ? null : contentType.getBytes(US_ASCII);
        byte[][] texts = new byte[properties.size() * 2][];
        int mapSize = 4; // the count
        int at = 0;
        for (Map.Entry<String, Object> each : properties.entrySet()) {
            texts[at] = each.getKey().getBytes(UTF_8);
            mapSize += sizeOf(texts[at++]);
            if (each.getValue() instanceof String text) {
                texts[at] = text.getBytes(UTF_8);
                mapSize += sizeOf(texts[at]);
            } else {
                mapSize += each.getValue() instanceof Integer ? 5 : 1;
            }
            at++;
        }
        int size = (type == null ? 0 : 3 + 9 + CONTENT_TYPE + sizeOf(type))
                + (properties.isEmpty() ? 0 : 3 + 5 + mapSize)
                + 3
                + sizeOf(body);
        ByteBuffer to = ByteBuffer.allocate(size);
        if (type != null) {
            section(to, PROPERTIES)
                    .put((byte) 0xd0)
                    .putInt(4 + CONTENT_TYPE + sizeOf(type))
                    .putInt(CONTENT_TYPE + 1);
            for (int before = 0; before < CONTENT_TYPE; before++) {
                to.put(NULL);
            }
            put(to, 0xa3, type);
        }
        if (!properties.isEmpty()) {
            section(to, APPLICATION_PROPERTIES).put((byte) 0xd1).putInt(mapSize).putInt(texts.length);
            at = 0;
            for (Object value : properties.values()) {
                put(to, 0xa1, texts[at++]);
                putValue(to, value, texts[at++]);
            }
        }
        put(section(to, DATA), 0xa0, body);
        return to.array();
    }

    private static int sizeOf(byte[] bytes) {
        return bytes.length + (bytes.length <= SHORT ? 2 : 5);
    }

    private static ByteBuffer section(ByteBuffer to, int code) {
        return to.put((byte) DESCRIBED).put((byte) SMALL_ULONG).put((byte) code);
    }

    private static void putValue(ByteBuffer to, Object value, byte @Nullable [] text) {
        switch (value) {
            case Boolean flag -> to.put((byte) (flag ? 0x41 : 0x42));
            case Integer number -> to.put((byte) 0x71).putInt(number);
            default -> {
                if (text == null) {
                    throw new IllegalArgumentException(
                            "a property is a " + value.getClass().getSimpleName()
                                    + ", expected text, a number of 32 bits, or true or false");
                }
                put(to, 0xa1, text);
            }
        }
    }

    /// Bytes of variable length: the code of the short form, of which the long one is 16 more.
    private static void put(ByteBuffer to, int code, byte[] bytes) {
        if (bytes.length <= SHORT) {
            to.put((byte) code).put((byte) bytes.length);
        } else {
            to.put((byte) (code + 0x10)).putInt(bytes.length);
        }
        to.put(bytes);
    }

    // Reading.

    /// Reads a message.
    ///
    /// @throws InvalidEventException if the bytes are none
    static AmqpMessage decode(byte[] bytes) {
        try {
            return sections(ByteBuffer.wrap(bytes));
        } catch (InvalidEventException known) {
            throw known;
        } catch (BufferUnderflowException | IllegalArgumentException | DateTimeException broken) {
            throw new InvalidEventException("", "is no AMQP 1.0 message: it ends within a value", broken);
        }
    }

    private static AmqpMessage sections(ByteBuffer from) {
        String contentType = null;
        Map<String, Object> properties = Map.of();
        byte[] body = new byte[0];
        while (from.hasRemaining()) {
            switch (descriptor(from)) {
                case PROPERTIES -> contentType = contentType(from);
                case APPLICATION_PROPERTIES -> properties = map(from);
                case DATA -> body = joined(body, bytes(value(from, 0)));
                case VALUE -> body = bytes(value(from, 0));
                case SEQUENCE -> throw new InvalidEventException("", "the body is a list, expected data");
                default -> {
                    Object _ = value(from, 0);
                }
            }
        }
        return new AmqpMessage(contentType, properties, body);
    }

    private static int descriptor(ByteBuffer from) {
        if (from.get() != DESCRIBED) {
            throw new InvalidEventException("", "is no AMQP 1.0 message: a section has no descriptor");
        }
        return value(from, 0) instanceof Number code ? code.intValue() : -1;
    }

    private static @Nullable String contentType(ByteBuffer from) {
        int count = begin(from, 0xc0);
        Object found = null;
        for (int at = 0; at < count; at++) {
            Object value = value(from, 0);
            found = at == CONTENT_TYPE ? value : found;
        }
        return found instanceof String text ? text : null;
    }

    private static Map<String, Object> map(ByteBuffer from) {
        int count = begin(from, 0xc1);
        Map<String, Object> map = new LinkedHashMap<>(Math.min(Math.max(count, 0), 32));
        for (int at = 0; at + 1 < count; at += 2) {
            Object key = value(from, 0);
            Object value = value(from, 0);
            if (key instanceof String name && value != null) {
                map.put(name, value);
            }
        }
        return map;
    }

    /// How many values a list or map has, whose short form has this code.
    private static int begin(ByteBuffer from, int code) {
        int found = from.get() & 0xFF;
        if (found == 0x45) {
            return 0;
        }
        if (found == code) {
            from.get();
            return from.get() & 0xFF;
        }
        if (found == code + 0x10) {
            from.getInt();
            return from.getInt();
        }
        throw new InvalidEventException("", "is no AMQP 1.0 message: a section is of the form " + found);
    }

    private static byte[] bytes(@Nullable Object value) {
        return switch (value) {
            case byte[] data -> data;
            case String text -> text.getBytes(UTF_8);
            case null -> new byte[0];
            default ->
                throw new InvalidEventException(
                        "", "the body is a " + value.getClass().getSimpleName() + ", expected data");
        };
    }

    private static byte[] joined(byte[] first, byte[] second) {
        if (first.length == 0) {
            return second;
        }
        byte[] all = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /// The next value; null if it is none, or of a kind that nothing here needs.
    private static @Nullable Object value(ByteBuffer from, int depth) {
        if (depth > MAX_DEPTH) {
            throw new InvalidEventException("", "is nested deeper than " + MAX_DEPTH);
        }
        int code = from.get() & 0xFF;
        return switch (code) {
            case DESCRIBED -> {
                Object _ = value(from, depth + 1);
                yield value(from, depth + 1);
            }
            case 0x41 -> true;
            case 0x42 -> false;
            case 0x56 -> from.get() != 0;
            case 0x43, 0x44 -> 0L;
            case 0x50, 0x52, SMALL_ULONG -> (long) (from.get() & 0xFF);
            case 0x51, 0x54, 0x55 -> (long) from.get();
            case 0x60 -> (long) (from.getShort() & 0xFFFF);
            case 0x61 -> (long) from.getShort();
            case 0x70 -> from.getInt() & 0xFFFF_FFFFL;
            case 0x71 -> (long) from.getInt();
            case 0x72 -> (double) from.getFloat();
            case 0x80, 0x81 -> from.getLong();
            case 0x82 -> from.getDouble();
            case 0x83 -> Date.from(Instant.ofEpochMilli(from.getLong()));
            case 0x98 -> new UUID(from.getLong(), from.getLong()).toString();
            case 0xa0 -> take(from, from.get() & 0xFF);
            case 0xb0 -> take(from, from.getInt());
            case 0xa1, 0xa3 -> text(from, from.get() & 0xFF);
            case 0xb1, 0xb3 -> text(from, from.getInt());
            default -> pass(from, code);
        };
    }

    private static String text(ByteBuffer from, int length) {
        requireLength(from, length);
        int start = from.position();
        from.position(start + length);
        return new String(from.array(), from.arrayOffset() + start, length, UTF_8);
    }

    private static void requireLength(ByteBuffer from, int length) {
        if (length < 0 || length > from.remaining()) {
            throw new BufferUnderflowException();
        }
    }

    private static byte[] take(ByteBuffer from, int length) {
        requireLength(from, length);
        byte[] taken = new byte[length];
        from.get(taken);
        return taken;
    }

    /// The upper half of a code says how long the value is.
    private static @Nullable Object pass(ByteBuffer from, int code) {
        int length = switch (code >> 4) {
            case 0x4 -> 0;
            case 0x5 -> 1;
            case 0x6 -> 2;
            case 0x7 -> 4;
            case 0x8 -> 8;
            case 0x9 -> 16;
            case 0xc, 0xe -> from.get() & 0xFF;
            case 0xd, 0xf -> from.getInt();
            default -> throw new InvalidEventException("", "is no AMQP 1.0 message: no value has code " + code);
        };
        byte[] _ = take(from, length);
        return null;
    }
}
