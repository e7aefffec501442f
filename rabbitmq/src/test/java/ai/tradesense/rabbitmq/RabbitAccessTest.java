package ai.tradesense.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.rabbitmq.RabbitStreamSettings.Addresses;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import ai.tradesense.testkit.services.TestCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may use a RabbitMQ, and whether it is the one it should be: users and their rights, virtual hosts, TLS.
@Timeout(120)
class RabbitAccessTest {
    private static final String TRUST_STORE = "javax.net.ssl.trustStore";
    private static final String TRUST_STORE_PASSWORD = "javax.net.ssl.trustStorePassword";
    private static final String OWN = "^(tradesense\\\\.|amq\\\\.gen).*";
    private static final String OWN_AND_DEFAULT = "^(tradesense\\\\.|amq\\\\.gen|amq\\\\.default).*";

    @TempDir
    static Path folder;

    private static TestCertificate certificate;
    private static SecuredServer secured;

    @AutoClose
    private final VirtualHost virtualHost = RabbitServer.shared().virtualHost();

    @BeforeAll
    static void startSecured() throws IOException {
        certificate = TestCertificate.in(folder, "dns:localhost");
        secured = SecuredServer.with(certificate);
        secured.server().streams(); // waits until they are there
    }

    @AfterAll
    static void endSecured() {
        secured.close();
    }

    private static RabbitSettings settings(String url) {
        return RabbitSettings.of(url).withPartitions(2).withTimeout(Duration.ofSeconds(3));
    }

    /// A user who may do what is documented, or less.
    private String user(String configure, String write, String read) {
        String name = "user-" + UUID.randomUUID();
        RabbitServer server = virtualHost.server();
        server.administer("PUT", "/users/" + name, "{\"password\":\"secret\",\"tags\":\"\"}");
        server.administer(
                "PUT",
                "/permissions/" + virtualHost.name() + "/" + name,
                "{\"configure\":\"" + configure + "\",\"write\":\"" + write + "\",\"read\":\"" + read + "\"}");
        return virtualHost.url().replace("guest:guest", name + ":secret");
    }

    @Test
    void a_user_with_the_rights_that_are_documented_and_no_other_can_do_everything() {
        RabbitSettings own = settings(user(OWN, OWN_AND_DEFAULT, OWN));
        assertThat(RabbitTransport.check(own)).contains("RabbitMQ 3.", "no alarm", "rights", "not in use yet");
        try (RabbitTransport transport = RabbitTransport.open(own)) {
            transport.send(List.of(Reader.event("before", "account")));
            try (Reader reader = new Reader(transport, "readers")) {
                transport.send(List.of(Reader.event("after", "account")));
                reader.untilHas("after").untilDone();
                assertThat(reader.ids()).containsExactly("before", "after");
            }
        }
        assertThat(RabbitTransport.check(own)).contains("'tradesense' is in use");
    }

    @ParameterizedTest
    @CsvSource({
        "^amq\\\\.gen.*, ^(tradesense\\\\.|amq\\\\.gen|amq\\\\.default).*, ^(tradesense\\\\.|amq\\\\.gen).*, tradesense.",
        "^(tradesense\\\\.|amq\\\\.gen).*, ^(amq\\\\.gen|amq\\\\.default).*, ^(tradesense\\\\.|amq\\\\.gen).*, tradesense.",
        "^(tradesense\\\\.|amq\\\\.gen).*, ^(tradesense\\\\.|amq\\\\.gen).*, ^(tradesense\\\\.|amq\\\\.gen).*, amq.default",
        "^(tradesense\\\\.|amq\\\\.gen).*, ^(tradesense\\\\.|amq\\\\.gen|amq\\\\.default).*, ^amq\\\\.gen.*, tradesense."
    })
    void a_user_with_one_right_less_is_told_which_when_the_transport_is_opened_and_by_the_check(
            String configure, String write, String read, String missingAt) {
        RabbitSettings less = settings(user(configure, write, read));
        assertRefused(() -> RabbitTransport.check(less), Reason.NOT_PERMITTED, "ACCESS_REFUSED", missingAt);
        assertRefused(() -> RabbitTransport.open(less).close(), Reason.NOT_PERMITTED, "ACCESS_REFUSED", missingAt);
    }

    /// Names that the broker gives are needed when members listen to each other, and for nothing before.
    @ParameterizedTest
    @CsvSource({
        "^tradesense\\\\..*, ^(tradesense\\\\.|amq\\\\.gen|amq\\\\.default).*, ^(tradesense\\\\.|amq\\\\.gen).*",
        "^(tradesense\\\\.|amq\\\\.gen).*, ^(tradesense\\\\.|amq\\\\.default).*, ^(tradesense\\\\.|amq\\\\.gen).*",
        "^(tradesense\\\\.|amq\\\\.gen).*, ^(tradesense\\\\.|amq\\\\.gen|amq\\\\.default).*, ^tradesense\\\\..*"
    })
    void a_user_who_may_not_use_names_that_the_broker_gives_is_told_by_the_check(
            String configure, String write, String read) {
        RabbitSettings less = settings(user(configure, write, read));
        assertRefused(() -> RabbitTransport.check(less), Reason.NOT_PERMITTED, "ACCESS_REFUSED", "amq.gen");
    }

    private static void assertRefused(Runnable asking, Reason reason, String... words) {
        assertThatThrownBy(asking::run).isInstanceOfSatisfying(RabbitTransportException.class, failure -> {
            assertThat(failure.reason()).as(failure.getMessage()).isEqualTo(reason);
            assertThat(failure).hasMessageContainingAll(words);
        });
    }

    @Test
    void virtual_hosts_know_nothing_of_each_other_and_one_that_is_not_there_is_named() {
        try (VirtualHost other = virtualHost.server().virtualHost();
                RabbitTransport here = RabbitTransport.open(settings(virtualHost.url()));
                RabbitTransport there =
                        RabbitTransport.open(settings(other.url()).withPartitions(3));
                Reader reader = new Reader(here, "readers")) {
            there.send(List.of(Reader.event("there", "account")));
            here.send(List.of(Reader.event("here", "account")));
            reader.untilHas("here").untilDone();
            assertThat(reader.ids()).containsExactly("here");
        }
        String missing = virtualHost.url().replace(virtualHost.name(), "not-there");
        assertRefused(() -> RabbitTransport.open(settings(missing)).close(), Reason.NOT_PERMITTED, "not-there");
        assertRefused(() -> RabbitTransport.check(settings(missing)), Reason.NOT_PERMITTED, "not-there");
    }

    @Test
    void with_tls_the_certificate_and_the_host_name_are_checked_and_events_flow()
            throws IOException, GeneralSecurityException {
        SSLContext usual = SSLContext.getDefault();
        try {
            assertRefused(
                    () -> RabbitTransport.open(settings(secured.url("localhost")))
                            .close(),
                    Reason.NOT_TRUSTED,
                    "localhost:" + secured.port,
                    "certificate");

            SSLContext.setDefault(trusting(certificate));
            try (RabbitTransport transport = RabbitTransport.open(settings(secured.url("localhost")));
                    Reader reader = new Reader(transport, "readers")) {
                transport.send(List.of(Reader.event("secret", "account")));
                reader.untilHas("secret").untilDone();
            }
            assertThat(RabbitTransport.check(settings(secured.url("localhost"))))
                    .contains("localhost:" + secured.port);

            assertRefused(
                    () -> RabbitTransport.open(settings(secured.url("127.0.0.1")))
                            .close(),
                    Reason.NOT_TRUSTED,
                    "127.0.0.1:" + secured.port,
                    "certificate",
                    "No subject alternative names");
        } finally {
            SSLContext.setDefault(usual);
        }
    }

    /// What the JDK trusts is looked up when a transport is made.
    @Test
    void with_tls_the_certificate_and_the_host_name_are_checked_for_streams_too() {
        try {
            assertRefused(
                    () -> RabbitStreamTransport.open(secured.streamSettings("localhost"))
                            .close(),
                    Reason.NOT_TRUSTED,
                    "localhost:" + secured.streamPort,
                    "certificate");

            System.setProperty(TRUST_STORE, certificate.trustStore().toString());
            System.setProperty(TRUST_STORE_PASSWORD, TestCertificate.PASSWORD);
            try (RabbitStreamTransport transport = RabbitStreamTransport.open(secured.streamSettings("localhost"));
                    Reader reader = new Reader(transport, "readers")) {
                transport.send(List.of(Reader.event("secret", "account")));
                reader.untilHas("secret").untilDone();
            }

            assertRefused(
                    () -> RabbitStreamTransport.open(secured.streamSettings("127.0.0.1"))
                            .close(),
                    Reason.NOT_TRUSTED,
                    "127.0.0.1:" + secured.streamPort,
                    "certificate",
                    "No subject alternative names");
        } finally {
            System.clearProperty(TRUST_STORE);
            System.clearProperty(TRUST_STORE_PASSWORD);
        }
    }

    private static SSLContext trusting(TestCertificate certificate) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        try (InputStream stored = Files.newInputStream(certificate.trustStore())) {
            trusted.load(stored, TestCertificate.PASSWORD.toCharArray());
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    /// A broker that speaks TLS beside what it speaks otherwise.
    private record SecuredServer(RabbitServer server, int port, int streamPort) implements AutoCloseable {
        static SecuredServer with(TestCertificate certificate) throws IOException {
            int port = freePort();
            int streamPort = freePort();
            return new SecuredServer(
                    RabbitServer.with(
                            "listeners.ssl.1 = 127.0.0.1:" + port,
                            "stream.listeners.ssl.1 = 127.0.0.1:" + streamPort,
                            "ssl_options.cacertfile = " + certificate.certificate(),
                            "ssl_options.certfile = " + certificate.certificate(),
                            "ssl_options.keyfile = " + certificate.key(),
                            "ssl_options.verify = verify_none",
                            "ssl_options.fail_if_no_peer_cert = false"),
                    port,
                    streamPort);
        }

        private static int freePort() throws IOException {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            }
        }

        /// The address that it advertises is another one.
        RabbitStreamSettings streamSettings(String host) {
            return RabbitStreamSettings.of("rabbitmq-stream+tls://guest:guest@" + host + ":" + streamPort)
                    .withPartitions(2)
                    .withTimeout(Duration.ofSeconds(3))
                    .withAddresses(Addresses.CONFIGURED);
        }

        String url(String host) {
            return "amqps://guest:guest@" + host + ":" + port;
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
