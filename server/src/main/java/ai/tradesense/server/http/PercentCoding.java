package ai.tradesense.server.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Percent-decoding (RFC 3986, section 2.1) of UTF-8 that accepts nothing broken: no cut-off or non-hexadecimal
/// sequence, no invalid UTF-8 such as an overlong form.
public final class PercentCoding {
    private PercentCoding() {}

    /// Decodes printable ASCII in which `%xy` stands for a byte.
    ///
    /// @throws IllegalArgumentException saying what is wrong
    public static String decode(String encoded) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
        int i = 0;
        while (i < encoded.length()) {
            char c = encoded.charAt(i);
            if (c < ' ' || c > '~') {
                throw new IllegalArgumentException(
                        "has a character outside printable ASCII, which has to be percent-encoded as UTF-8");
            }
            if (c == '%') {
                bytes.write(octet(encoded, i));
                i += 3;
            } else {
                bytes.write(c);
                i++;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException invalid) {
            throw new IllegalArgumentException("is percent-encoded, but not as valid UTF-8", invalid);
        }
    }

    private static int octet(String encoded, int at) {
        int high = at + 2 < encoded.length() ? Character.digit(encoded.charAt(at + 1), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(encoded.charAt(at + 2), 16);
        if (low < 0) {
            throw new IllegalArgumentException("has '"
                    + encoded.substring(at, Math.min(at + 3, encoded.length()))
                    + "', where % and two hexadecimal digits belong");
        }
        return high << 4 | low;
    }
}
