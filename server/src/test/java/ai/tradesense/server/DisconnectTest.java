package ai.tradesense.server;

import static ai.tradesense.server.TestServer.BATCH;
import static ai.tradesense.server.TestServer.unique;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/// Callers go away whenever they like, which is no failure of the server.
class DisconnectTest {
    private static final String PROBLEMS = "ai.tradesense.server.http.Problems";

    private final TestServer server = TestServer.shared();
    private final LoggingSystem logging = LoggingSystem.get(DisconnectTest.class.getClassLoader());
    private final PrintStream console = System.out;
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();

    @BeforeEach
    void listen() {
        System.setOut(new PrintStream(logged, true, UTF_8));
        logging.setLogLevel(PROBLEMS, LogLevel.DEBUG);
    }

    @AfterEach
    void listenNoMore() {
        logging.setLogLevel(PROBLEMS, null);
        System.setOut(console);
    }

    @Test
    void a_caller_that_goes_away_in_the_middle_of_its_answer_is_no_error() throws IOException {
        String subject = unique("large");
        List<String> events = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            events.add(Samples.order(unique("large"), subject)
                    .replaceFirst("\\{", "{\"note\":\"" + "x".repeat(10_000) + "\","));
        }
        assertThat(server.publish(BATCH, events.toString()).status()).isEqualTo(202);

        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4_096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            socket.getOutputStream()
                    .write(("GET /api/v1/events?limit=500&subject=" + subject + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            socket.setSoLinger(true, 0); // a reset, and no end in good order
        }

        await().until(() -> logged.toString(UTF_8).contains("GET /api/v1/events"));
        assertThat(logged.toString(UTF_8))
                .contains("GET /api/v1/events ended early")
                .doesNotContain("ERROR");
    }
}
