package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import ai.tradesense.worker.Worker;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

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
    void in_stream_mode_events_go_through_streams_and_are_replayed_from_a_position_or_a_time() {
        rabbit.streams(); // waits until they are there
        try (VirtualHost virtualHost = rabbit.virtualHost();
                TestServer server = TestServer.start(
                        "--tradesense.transport=rabbitmq",
                        "--tradesense.rabbitmq.mode=stream",
                        "--tradesense.rabbitmq.stream.url=" + virtualHost.streamUrl())) {
            String account = unique("streams");
            List<String> live = new CopyOnWriteArrayList<>();
            List<String> replayed = new CopyOnWriteArrayList<>();
            server.tradesense()
                    .register(Worker.named("sums")
                            .on("Trading.*", (event, context) -> (context.isReplay() ? replayed : live).add(event.id()))
                            .replayable()
                            .build());
            for (String id : List.of("one", "two", "three")) {
                server.publish(STRUCTURED, Samples.order(id, account));
                await().until(() -> live.contains(id) && stored(server, account).size() == live.size());
            }
            assertThat(server.get("/api/v1/status").json().at("/transport/name").asString())
                    .isEqualTo("rabbitmq");
            assertThat(rabbit.administer("GET", "/queues/" + virtualHost.name(), ""))
                    .contains("\"tradesense.group.");

            JsonNode second = server.get("/api/v1/events/two").json();
            long position = second.get("position").asLong();
            replay(server, "\"after\":" + position);
            await().until(() -> replayed.equals(List.of("three")));
            replay(server, "\"from\":" + second.at("/event/time") + ",\"upTo\":" + position);
            await().until(() -> replayed.equals(List.of("three", "one", "two")));

            assertThat(live).containsExactly("one", "two", "three");
        }
    }

    private static JsonNode stored(TestServer server, String account) {
        return server.get("/api/v1/events?subject=" + account).json().at("/events");
    }

    private static void replay(TestServer server, String selection) {
        Answer accepted = server.postJson(
                "/api/v1/operations",
                "{\"kind\":\"replay\",\"reason\":\"new sums\",\"selection\":{\"worker\":\"sums\"," + selection + "}}");
        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
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
