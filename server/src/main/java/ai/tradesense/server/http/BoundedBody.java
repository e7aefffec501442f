package ai.tradesense.server.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Reads the body of a request up to a limit, holding no more than that.
public final class BoundedBody {
    private static final int FIRST_CHUNK = 64 * 1024;

    private BoundedBody() {}

    /// Reads a body.
    ///
    /// @param limitName what the configuration calls the limit
    /// @throws ProblemException if it is longer than `maxBytes`, found out before it has been read where the
    ///     caller says how long it is
    /// @throws IOException if the caller goes away
    public static byte[] read(
            HttpServletRequest request, int maxBytes, String limitName, PublishGate.Admission admission)
            throws IOException {
        long announced = request.getContentLengthLong();
        if (announced > maxBytes) {
            throw tooLarge(announced + " bytes", maxBytes, limitName);
        }
        int size = (int) Math.min(announced >= 0 ? announced : maxBytes, FIRST_CHUNK);
        admission.reserve(size);
        byte[] body = new byte[size];
        InputStream input = request.getInputStream();
        int length = 0;
        while (true) {
            length += input.readNBytes(body, length, body.length - length);
            if (length < body.length) {
                return Arrays.copyOf(body, length);
            }
            int next = input.read();
            if (next < 0) {
                return body;
            }
            if (length == maxBytes) {
                throw tooLarge("more", maxBytes, limitName);
            }
            int larger = (int) Math.min(maxBytes, Math.max(FIRST_CHUNK, body.length * 2L));
            admission.reserve(larger - body.length);
            body = Arrays.copyOf(body, larger);
            body[length++] = (byte) next;
        }
    }

    private static ProblemException tooLarge(String found, int maxBytes, String limitName) {
        return new ProblemException(
                ProblemKind.TOO_LARGE,
                "The body has " + found + ", at most " + maxBytes + " bytes are allowed (" + limitName + ").");
    }
}
