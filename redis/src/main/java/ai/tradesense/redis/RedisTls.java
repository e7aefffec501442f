package ai.tradesense.redis;

import io.lettuce.core.SslOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a `rediss://` connection is made with: files in PEM form, as Redis itself has them.
///
/// @param trusted certificates that the server's has to be signed by; null leaves that to what the JVM trusts
/// @param certificate what this client shows to a server that asks for one; null shows nothing
/// @param key the private key of that, PKCS #8 without a password
public record RedisTls(
        @Nullable Path trusted,
        @Nullable Path certificate,
        @Nullable Path key) {
    /// What the JVM trusts, and no certificate of its own.
    public static final RedisTls DEFAULT = new RedisTls(null, null, null);

    public RedisTls {
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("a certificate of the client and its key are expected together");
        }
        requireReadable("trusted certificates", trusted);
        requireReadable("certificate of the client", certificate);
        requireReadable("key of the client", key);
    }

    private static void requireReadable(String what, @Nullable Path file) {
        if (file != null && !Files.isReadable(file)) {
            throw new IllegalArgumentException("the file of the " + what + ", " + file + ", cannot be read");
        }
    }

    SslOptions options() {
        SslOptions.Builder options = SslOptions.builder().jdkSslProvider();
        if (trusted != null) {
            options.trustManager(trusted.toFile());
        }
        if (certificate != null && key != null) {
            options.keyManager(certificate.toFile(), key.toFile(), new char[0]);
        }
        return options.build();
    }
}
