package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RabbitServerConfigurationTest {
    private static RabbitServer rabbit;

    @BeforeAll
    static void startRabbit() {
        rabbit = RabbitServer.with();
    }

    @AfterAll
    static void closeRabbit() {
        rabbit.close();
    }

    @Test
    void on_rabbitmq_events_are_recorded_and_health_follows_the_broker() {
        try (VirtualHost virtualHost = rabbit.virtualHost();
                TestServer server = TestServer.start(
                        "--tradesense.transport=rabbitmq", "--tradesense.rabbitmq.url=" + virtualHost.url())) {
            String account = unique("rabbitmq");
            server.publish(STRUCTURED, Samples.order(unique("rabbitmq"), account));
            await().untilAsserted(() -> assertThat(server.get("/api/v1/events?subject=" + account)
                            .json()
                            .at("/events"))
                    .hasSize(1));
            assertThat(server.get("/api/v1/status").json().at("/transport/name").asString())
                    .isEqualTo("rabbitmq");

            rabbit.kill();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(server.get("/actuator/health").status()).isEqualTo(503));
            rabbit.start();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(server.get("/actuator/health").status()).isEqualTo(200));
        }
    }

    @Test
    void in_stream_mode_events_go_through_streams() {
        rabbit.streams(); // waits until they are there
        try (VirtualHost virtualHost = rabbit.virtualHost();
                TestServer server = TestServer.start(
                        "--tradesense.transport=rabbitmq",
                        "--tradesense.rabbitmq.mode=stream",
                        "--tradesense.rabbitmq.stream.url=" + virtualHost.streamUrl())) {
            String account = unique("streams");
            server.publish(STRUCTURED, Samples.order(unique("streams"), account));
            await().untilAsserted(() -> assertThat(server.get("/api/v1/events?subject=" + account)
                            .json()
                            .at("/events"))
                    .hasSize(1));
            assertThat(server.get("/api/v1/status").json().at("/transport/name").asString())
                    .isEqualTo("rabbitmq");
            assertThat(rabbit.administer("GET", "/queues/" + virtualHost.name(), ""))
                    .contains("\"tradesense.group.");
        }
    }

    @Test
    void what_streams_cannot_be_told_is_refused_with_its_key() {
        Map<String, String> wrong = Map.of(
                "mode=streams", "tradesense.rabbitmq.mode is 'streams'",
                "stream.addresses=mine", "expected advertised or configured",
                "stream.segment-bytes=1", "the size of a segment in bytes is 1",
                "stream.url=amqp://user:secret@host", "rabbitmq-stream://host:5552");
        wrong.forEach((setting, words) -> assertThatThrownBy(
                        () -> TestServer.start("--tradesense.transport=rabbitmq", "--tradesense.rabbitmq." + setting)
                                .close())
                .satisfies(failure -> assertThat(StartupReport.sentence(failure))
                        .contains("tradesense.rabbitmq", words)
                        .doesNotContain("secret")));
    }

    @Test
    void without_rabbitmq_the_server_does_not_start_and_says_where_it_looked() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        assertThatThrownBy(() -> TestServer.start(
                                "--tradesense.transport=rabbitmq", "--tradesense.rabbitmq.url=amqp://127.0.0.1:" + port)
                        .close())
                .satisfies(failure ->
                        assertThat(StartupReport.sentence(failure)).contains("127.0.0.1:" + port, "cannot be reached"));
    }

    @Test
    void a_malformed_url_is_refused_without_its_password() {
        for (String url : new String[] {"http://user:secret@host", "amqp://user:sec ret@"}) {
            assertThatThrownBy(() -> TestServer.start(
                                    "--tradesense.transport=rabbitmq", "--tradesense.rabbitmq.url=" + url)
                            .close())
                    .satisfies(failure -> assertThat(StartupReport.sentence(failure))
                            .contains("tradesense.rabbitmq")
                            .doesNotContain("sec"));
        }
    }
}
