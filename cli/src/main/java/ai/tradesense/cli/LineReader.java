package ai.tradesense.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads lines as bytes, so that what is no text does not spoil what follows, and never keeps more of a line than a
/// limit. Lines end with LF or CR LF. Not for use by several threads.
final class LineReader {
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final int maxBytes;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private int position;
    private int end;
    private long number;
    private long bytesRead;

    LineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /// A line without its end.
    ///
    /// @param number from 1
    /// @param bytes its content; empty if it was longer than the limit
    /// @param length how long it was, in bytes
    @SuppressWarnings("ArrayRecordComponent") // handed over and never compared
    record Line(long number, byte[] bytes, long length) {
        boolean isTooLong() {
            return length > bytes.length;
        }
    }

    /// The next line; null at the end. A last line without a line end counts.
    @Nullable
    Line next() throws IOException {
        begun.reset();
        long length = 0;
        boolean ended = false;
        boolean any = false;
        while (!ended) {
            if (position == end && !fill()) {
                break;
            }
            any = true;
            int from = position;
            while (position < end && buffer[position] != '\n') {
                position++;
            }
            int piece = position - from;
            if (length + piece <= maxBytes) {
                begun.write(buffer, from, piece);
            }
            length += piece;
            if (position < end) {
                position++;
                ended = true;
            }
        }
        if (!any) {
            return null;
        }
        number++;
        if (length > maxBytes) {
            return new Line(number, new byte[0], length);
        }
        byte[] bytes = withoutCarriageReturn(begun.toByteArray());
        return new Line(number, bytes, bytes.length);
    }

    /// How many bytes were read so far, ahead of the lines given out by at most a buffer.
    long bytesRead() {
        return bytesRead;
    }

    private static byte[] withoutCarriageReturn(byte[] line) {
        boolean carriageReturn = line.length > 0 && line[line.length - 1] == '\r';
        return carriageReturn ? Arrays.copyOf(line, line.length - 1) : line;
    }

    private boolean fill() throws IOException {
        position = 0;
        end = Math.max(0, in.read(buffer));
        bytesRead += end;
        return end > 0;
    }
}
