package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// What Redis does for us in one step. The files say what goes in and comes out.
@SuppressWarnings("ImmutableEnumChecker") // the bytes are handed to the client, which does not write to them
enum Script {
    APPEND,
    JOIN,
    ACQUIRE,
    TEND,
    LAG,
    RIGHTS;

    private final byte[] source;
    private final byte[] digest;

    Script() {
        String text = read(name().toLowerCase(Locale.ROOT) + ".lua");
        this.source =
                text.replace("-- include history.lua\n", read("history.lua")).getBytes(UTF_8);
        try {
            this.digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(source))
                    .getBytes(UTF_8);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this JVM has no SHA-1, by which Redis names scripts", missing);
        }
    }

    private static String read(String file) {
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the script " + file + " is missing from the program");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    byte[] source() {
        return source;
    }

    /// The name under which Redis keeps it.
    byte[] digest() {
        return digest;
    }
}
