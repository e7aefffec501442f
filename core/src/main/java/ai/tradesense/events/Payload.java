package ai.tradesense.events;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The data of an event, in the form in which it arrived. Conversions happen when they are asked for, so that
/// data that nobody looks at is neither decoded nor encoded, and so that no step rounds a number: JSON stays
/// the bytes it was.
///
/// Immutable as far as the holder of an array leaves it alone: arrays are handed over, not copied.
public sealed interface Payload {
    /// No data at all.
    Payload NONE = new None();

    /// JSON text in UTF-8, taken as it is; whoever reads it from outside has checked that it is one JSON value.
    static Payload json(byte[] utf8) {
        return new Json(utf8);
    }

    /// An object that is encoded as JSON when its bytes are asked for, usually a record of the catalogue.
    static Payload value(Object value) {
        return new Value(value);
    }

    /// An object as JSON in UTF-8.
    ///
    /// @throws InvalidEventException under `/data` if it cannot be written as JSON
    static byte[] encode(Object value) {
        return DataMapper.write(value);
    }

    /// Text of a content type other than JSON.
    static Payload text(String text) {
        return new Text(text);
    }

    /// Bytes of a content type other than JSON.
    static Payload binary(byte[] bytes) {
        return new Binary(bytes);
    }

    /// The data as an object of `type`; the object itself where it was handed over in this process.
    ///
    /// @throws InvalidEventException under `/data` if the data does not fit
    <T> T as(Class<T> type);

    /// No data.
    final class None implements Payload {
        private None() {}

        @Override
        public <T> T as(Class<T> type) {
            throw new InvalidEventException("/data", "is missing, expected a " + type.getSimpleName());
        }

        @Override
        public String toString() {
            return "no data";
        }
    }

    /// JSON as bytes.
    final class Json implements Payload {
        private final byte[] utf8;

        private Json(byte[] utf8) {
            this.utf8 = utf8;
        }

        /// The JSON text in UTF-8. Not a copy.
        public byte[] utf8() {
            return utf8;
        }

        @Override
        public <T> T as(Class<T> type) {
            return DataMapper.read(utf8, type);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Json json && Arrays.equals(json.utf8, utf8);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(utf8);
        }

        @Override
        public String toString() {
            return utf8.length + " bytes of JSON";
        }
    }

    /// An object not yet encoded.
    final class Value implements Payload {
        private final Object value;
        private volatile byte @Nullable [] utf8; // a race encodes twice, to the same bytes

        private Value(Object value) {
            this.value = value;
        }

        /// The object.
        public Object value() {
            return value;
        }

        /// The object as JSON in UTF-8, encoded once. Not a copy.
        ///
        /// @throws InvalidEventException at `/data` if the object cannot be written as JSON
        public byte[] utf8() {
            byte[] encoded = utf8;
            if (encoded == null) {
                encoded = DataMapper.write(value);
                utf8 = encoded;
            }
            return encoded;
        }

        @Override
        public <T> T as(Class<T> type) {
            return type.isInstance(value) ? type.cast(value) : DataMapper.read(utf8(), type);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Value that && that.value.equals(value);
        }

        @Override
        public int hashCode() {
            return value.hashCode();
        }

        @Override
        public String toString() {
            return value.toString();
        }
    }

    /// Text that is not JSON.
    record Text(String text) implements Payload {
        @Override
        public <T> T as(Class<T> type) {
            if (type == String.class) {
                return type.cast(text);
            }
            throw new InvalidEventException("/data", "is text, expected a " + type.getSimpleName());
        }
    }

    /// Bytes that are not JSON.
    final class Binary implements Payload {
        private final byte[] bytes;

        private Binary(byte[] bytes) {
            this.bytes = bytes;
        }

        /// The bytes. Not a copy.
        public byte[] bytes() {
            return bytes;
        }

        @Override
        public <T> T as(Class<T> type) {
            if (type == byte[].class) {
                return type.cast(bytes);
            }
            throw new InvalidEventException("/data", "is binary, expected a " + type.getSimpleName());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Binary binary && Arrays.equals(binary.bytes, bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return bytes.length + " bytes";
        }
    }
}
