package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Streams that stand beside each other in the order of their names, each with the positions of its events
/// within one run, see [StreamRuns]. An entry is the length of the name in bytes, the name, how many bytes
/// follow, how many events there are, and the distance of each from the one before, of the first from the begin
/// of the run. All numbers are unsigned LEB128.
///
/// @param first the name of the first stream
/// @param entries all of them
@SuppressWarnings("ArrayRecordComponent") // bytes for the database, never compared
record StreamChunk(byte[] first, byte[] entries) {
    /// A chunk is full when it has so many bytes; a single stream may need more.
    private static final int FULL_BYTES = 4_000;

    private static final long[] NOWHERE = {};

    /// What a stream is called in a run. A domain has no slash.
    static byte[] name(OrderKey stream) {
        return stream.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// A whole page as chunks, in the order of the names.
    static List<StreamChunk> of(StreamPage page) {
        record Named(byte[] name, OrderKey stream) {}
        List<Named> streams = new ArrayList<>();
        page.streams().forEach(stream -> streams.add(new Named(name(stream), stream)));
        streams.sort((one, other) -> Arrays.compareUnsigned(one.name, other.name));
        List<StreamChunk> chunks = new ArrayList<>();
        Bytes entries = new Bytes();
        byte[] first = null;
        for (Named each : streams) {
            if (first == null) {
                first = each.name;
            }
            write(entries, each.name, page.positions(each.stream), page.firstPosition());
            if (entries.size >= FULL_BYTES) {
                chunks.add(new StreamChunk(first, entries.take()));
                first = null;
            }
        }
        if (first != null) {
            chunks.add(new StreamChunk(first, entries.take()));
        }
        return chunks;
    }

    private static void write(Bytes entries, byte[] name, long[] positions, long runStart) {
        Bytes distances = new Bytes();
        distances.varint(positions.length);
        long before = runStart;
        for (long position : positions) {
            distances.varint((int) (position - before));
            before = position;
        }
        entries.varint(name.length);
        entries.bytes(name, name.length);
        entries.varint(distances.size);
        entries.bytes(distances.values, distances.size);
    }

    /// How many events a stream has here.
    static int count(byte[] entries, byte[] name) {
        Reader reader = new Reader(entries);
        return reader.find(name) ? reader.varint() : 0;
    }

    /// The positions of a stream's events, ascending.
    static long[] positions(byte[] entries, byte[] name, long runStart) {
        Reader reader = new Reader(entries);
        if (!reader.find(name)) {
            return NOWHERE;
        }
        long[] positions = new long[reader.varint()];
        long position = runStart;
        for (int i = 0; i < positions.length; i++) {
            position += reader.varint();
            positions[i] = position;
        }
        return positions;
    }

    private static final class Bytes {
        private byte[] values = new byte[64];
        private int size;

        void varint(int value) {
            int rest = value;
            reserve(5);
            while (rest > 0x7f) {
                values[size++] = (byte) (rest | 0x80);
                rest >>>= 7;
            }
            values[size++] = (byte) rest;
        }

        void bytes(byte[] source, int length) {
            reserve(length);
            System.arraycopy(source, 0, values, size, length);
            size += length;
        }

        byte[] take() {
            byte[] taken = Arrays.copyOf(values, size);
            size = 0;
            return taken;
        }

        private void reserve(int more) {
            if (more > values.length - size) {
                values = Arrays.copyOf(values, Math.max(values.length * 2, size + more));
            }
        }
    }

    private static final class Reader {
        private final byte[] source;
        private int at;

        Reader(byte[] source) {
            this.source = source;
        }

        /// Stands before the number of events of a stream; false if it is not there.
        boolean find(byte[] name) {
            while (at < source.length) {
                int length = varint();
                boolean isFound = Arrays.equals(name, 0, name.length, source, at, at + length);
                at += length;
                int skipped = varint();
                if (isFound) {
                    return true;
                }
                at += skipped;
            }
            return false;
        }

        int varint() {
            int value = 0;
            int shift = 0;
            int next = source[at++];
            while (next < 0) {
                value |= (next & 0x7f) << shift;
                shift += 7;
                next = source[at++];
            }
            return value | next << shift;
        }
    }
}
