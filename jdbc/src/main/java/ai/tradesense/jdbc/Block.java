package ai.tradesense.jdbc;

import ai.tradesense.events.InvalidEventException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;

/// Events that were appended together: one row of the log. Their positions follow each other, beginning with
/// the first.
///
/// The bytes are the format ([RecordWriter#FORMAT]), the time of recording as int64 seconds and int32
/// nanoseconds, and the records.
///
/// @param firstPosition the position of the first event
/// @param events how many there are
/// @param bytes header and records
@SuppressWarnings("ArrayRecordComponent") // bytes out of the database, never compared
record Block(long firstPosition, int events, byte[] bytes) {
    static final int HEADER_BYTES = 1 + Long.BYTES + Integer.BYTES;

    long lastPosition() {
        return firstPosition + events - 1;
    }

    /// Where the first record starts.
    ///
    /// @throws InvalidEventException if this is no block of a known format
    int start() {
        if (bytes.length < HEADER_BYTES || bytes[0] != RecordWriter.FORMAT) {
            throw new InvalidEventException(
                    "",
                    "the block at " + firstPosition + " has " + bytes.length + " bytes of format "
                            + (bytes.length == 0 ? "none" : bytes[0]) + ", expected format " + RecordWriter.FORMAT);
        }
        return HEADER_BYTES;
    }

    Instant recordedAt() {
        ByteBuffer header = ByteBuffer.wrap(bytes, 1, HEADER_BYTES - 1);
        return Instant.ofEpochSecond(header.getLong(), header.getInt());
    }

    /// Gathers the records of one block.
    static final class Builder {
        private byte[] bytes;
        private int size;
        private int events;

        Builder(int expectedBytes) {
            this.bytes = new byte[expectedBytes];
            clear();
        }

        int events() {
            return events;
        }

        int size() {
            return size;
        }

        void add(byte[] source, int start, int end) {
            int length = end - start;
            if (length > bytes.length - size) {
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + length));
            }
            System.arraycopy(source, start, bytes, size, length);
            size += length;
            events++;
        }

        byte[] toBytes(Instant recordedAt) {
            ByteBuffer.wrap(bytes)
                    .put(RecordWriter.FORMAT)
                    .putLong(recordedAt.getEpochSecond())
                    .putInt(recordedAt.getNano());
            return Arrays.copyOf(bytes, size);
        }

        void clear() {
            size = HEADER_BYTES;
            events = 0;
        }
    }
}
