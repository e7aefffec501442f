package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.redis.RedisTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.RedisServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `rediss://` to the real server, with certificates that the JDK's own tool makes.
class RedisTlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    /// A certificate that has signed itself, and its key.
    private record Identity(Path certificate, Path key) {
        static Identity of(Path folder, String name, String hosts) throws Exception {
            Path store = folder.resolve(name + ".p12");
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            name,
                            "-keyalg",
                            "EC",
                            "-groupname",
                            "secp256r1",
                            "-dname",
                            "CN=" + name,
                            "-ext",
                            "san=" + hosts,
                            "-validity",
                            "10",
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            new String(PASSWORD),
                            "-keystore",
                            store.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
            assertThat(keytool.waitFor()).as(said).isZero();
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, PASSWORD);
            }
            return new Identity(
                    write(
                            folder,
                            name + ".crt",
                            "CERTIFICATE",
                            keys.getCertificate(name).getEncoded()),
                    write(
                            folder,
                            name + ".key",
                            "PRIVATE KEY",
                            keys.getKey(name, PASSWORD).getEncoded()));
        }

        private static Path write(Path folder, String file, String what, byte[] bytes) throws IOException {
            String pem = "-----BEGIN " + what + "-----\n"
                    + Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(bytes)
                    + "\n-----END " + what + "-----\n";
            return Files.writeString(folder.resolve(file), pem);
        }
    }

    @TempDir
    private static Path folder;

    @SuppressWarnings("NullAway.Init") // made before all
    private static Identity server;

    private static Identity elsewhere;
    private static Identity client;

    private final int port = freePort();

    @BeforeAll
    static void makeCertificates() throws Exception {
        server = Identity.of(folder, "server", "ip:127.0.0.1,dns:localhost");
        elsewhere = Identity.of(folder, "elsewhere", "dns:redis.example.com");
        client = Identity.of(folder, "client", "dns:client");
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private RedisServer start(Identity identity, String asksClients) {
        return RedisServer.with(
                "--tls-port",
                Integer.toString(port),
                "--tls-cert-file",
                identity.certificate.toString(),
                "--tls-key-file",
                identity.key.toString(),
                "--tls-ca-cert-file",
                client.certificate.toString(),
                "--tls-auth-clients",
                asksClients);
    }

    private RedisSettings settings(RedisTls tls) {
        return RedisSettings.of("rediss://127.0.0.1:" + port)
                .withTimeout(Duration.ofSeconds(2))
                .withTls(tls);
    }

    private static RedisTls trusting(Identity identity) {
        return new RedisTls(identity.certificate, null, null);
    }

    private static void assertRefused(RedisSettings settings, Reason reason, String... words) {
        assertThatThrownBy(() -> RedisTransport.open(settings).close())
                .isInstanceOfSatisfying(RedisTransportException.class, failure -> {
                    assertThat(failure).hasMessageContainingAll(words);
                    assertThat(failure.reason()).isEqualTo(reason);
                });
    }

    private static void assertFlows(RedisSettings settings) {
        try (RedisTransport transport = RedisTransport.open(settings);
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("event", 100));
            reader.untilHas("event99").untilDone();
        }
    }

    @Test
    void events_flow_over_tls_and_a_certificate_that_nobody_vouches_for_is_refused() {
        try (RedisServer redis = start(server, "no")) {
            assertFlows(settings(trusting(server)));
            assertRefused(settings(RedisTls.DEFAULT), Reason.NOT_TRUSTED, "127.0.0.1:" + port, "certification path");
            assertRefused(settings(trusting(elsewhere)), Reason.NOT_TRUSTED, "not trusted");
            assertThat(redis.port()).isNotEqualTo(port);
        }
    }

    @Test
    void the_certificate_of_another_host_is_refused() {
        try (RedisServer redis = start(elsewhere, "no")) {
            assertThat(redis.port()).isNotEqualTo(port);
            assertRefused(settings(trusting(elsewhere)), Reason.NOT_TRUSTED, "127.0.0.1");
        }
    }

    @Test
    void a_server_that_asks_for_a_certificate_gets_one_or_refuses() {
        try (RedisServer redis = start(server, "yes")) {
            assertThat(redis.port()).isNotEqualTo(port);
            assertFlows(settings(new RedisTls(server.certificate, client.certificate, client.key)));
            assertRefused(settings(trusting(server)), Reason.NOT_TRUSTED, "certificate");
            assertRefused(
                    settings(new RedisTls(server.certificate, elsewhere.certificate, elsewhere.key)),
                    Reason.NOT_TRUSTED,
                    "does not trust this client");
        }
    }

    @Test
    void tls_where_there_is_none_and_none_where_there_is_are_refused() throws IOException {
        try (ServerSocket plain = new ServerSocket(port)) {
            Thread.ofPlatform().daemon(true).start(() -> answerInPlainText(plain));
            assertRefused(settings(trusting(server)), Reason.NOT_TRUSTED, "127.0.0.1:" + port, "speaks no TLS");
        }
        try (RedisServer redis = start(server, "no")) {
            assertThat(redis.port()).isNotEqualTo(port);
            RedisSettings withoutTls =
                    RedisSettings.of("redis://127.0.0.1:" + port).withTimeout(Duration.ofSeconds(2));
            assertRefused(withoutTls, Reason.UNREACHABLE, "127.0.0.1:" + port);
        }
    }

    /// As Redis does when it comes upon the end of a line.
    private static void answerInPlainText(ServerSocket server) {
        try (Socket client = server.accept()) {
            client.getInputStream().read();
            client.getOutputStream().write("-ERR Protocol error\r\n".getBytes(US_ASCII));
            client.getInputStream().readAllBytes();
        } catch (IOException gone) {
            // As the client does when it has read that.
        }
    }

    @Test
    void files_that_are_not_there_are_named() {
        Path missing = folder.resolve("missing.crt");
        assertThatThrownBy(() -> new RedisTls(missing, null, null)).hasMessageContaining(missing.toString());
        assertThatThrownBy(() -> new RedisTls(null, client.certificate, null)).hasMessageContaining("its key");
    }
}
