package ai.tradesense.server;

import static ai.tradesense.server.TestServer.BATCH;
import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.server.TestServer.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PublishLimitsTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(
                "--tradesense.limits.max-publishes-in-flight=2",
                "--tradesense.limits.max-buffered-bytes=200000",
                "--tradesense.limits.max-request-bytes=150000",
                "--tradesense.limits.max-payload-bytes=1000",
                "--tradesense.limits.max-batch-events=3");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /// A call that has begun to send a body and does not go on.
    private static Socket unfinished(int announcedBytes) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.getOutputStream()
                .write(("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + STRUCTURED
                                + "\r\nContent-Length: " + announcedBytes + "\r\n\r\n{")
                        .getBytes(US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    private static Answer publish() {
        return server.publish(STRUCTURED, Samples.order(unique("limited"), unique("A")));
    }

    @Test
    void who_comes_when_too_many_publish_is_told_to_come_back() throws Exception {
        try (Socket _ = unfinished(100);
                Socket _ = unfinished(100)) {
            await().until(() -> publish().status() == 429);
            Answer refused = publish();
            assertThat(refused.header("Retry-After")).isEqualTo("1");
            assertThat(refused.json().get("type").asString()).isEqualTo("urn:tradesense:problem:too-many-requests");
            assertThat(refused.json().get("detail").asString()).contains("tradesense.limits.max-publishes-in-flight");
            assertThat(server.get("/api/v1/status").status()).isEqualTo(200);
        }
        await().until(() -> publish().status() == 202);
    }

    @Test
    void bodies_together_take_so_much_memory_and_no_more() throws Exception {
        await().until(() -> publish().status() == 202);
        String large = "[" + " ".repeat(140_000) + "]";
        try (Socket _ = unfinished(140_000)) {
            await().untilAsserted(() -> {
                Answer refused = server.publish(BATCH, large);
                assertThat(refused.status()).isEqualTo(429);
                assertThat(refused.json().get("detail").asString()).contains("tradesense.limits.max-buffered-bytes");
            });
        }
        await().until(() -> server.publish(BATCH, large).status() == 202);
    }

    @Test
    void the_limits_are_those_of_the_configuration() {
        await().until(() -> publish().status() == 202);
        String event = Samples.order(unique("limited"), unique("A"));
        assertThat(server.publish(STRUCTURED, event.replace("EURUSD", "E".repeat(1_000)))
                        .status())
                .isEqualTo(413);
        assertThat(server.publish(BATCH, "[" + String.join(",", event, event, event, event) + "]")
                        .status())
                .isEqualTo(413);
        assertThat(server.publish(BATCH, " ".repeat(150_001)).status()).isEqualTo(413);
    }
}
