package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.testkit.services.KafkaBroker;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaServerConfigurationTest {
    @TempDir
    Path folder;

    @Test
    void on_kafka_events_are_recorded_and_health_follows_the_broker() {
        try (KafkaBroker kafka = KafkaBroker.started();
                TestServer server = TestServer.start(
                        "--tradesense.transport=kafka",
                        "--tradesense.kafka.servers=" + kafka.servers(),
                        "--tradesense.kafka.partitions=2",
                        "--tradesense.kafka.timeout=4s")) {
            String account = unique("kafka");
            server.publish(STRUCTURED, Samples.order(unique("kafka"), account));
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(server.get("/api/v1/events?subject=" + account)
                                    .json()
                                    .at("/events"))
                            .hasSize(1));
            assertThat(server.get("/api/v1/status").json().at("/transport/name").asString())
                    .isEqualTo("kafka");

            kafka.kill();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(server.get("/actuator/health").status()).isEqualTo(503));
            kafka.start();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(server.get("/actuator/health").status()).isEqualTo(200));
        }
    }

    @Test
    void without_kafka_the_server_does_not_start_and_says_where_it_looked() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        assertRefused("127.0.0.1:" + port, "--tradesense.kafka.servers=127.0.0.1:" + port);
    }

    @Test
    void settings_that_cannot_be_are_refused_and_named() throws IOException {
        assertRefused("the number of partitions is 5000", "--tradesense.kafka.partitions=5000");
        assertRefused("no-such-file", "--tradesense.kafka.client-file=" + folder.resolve("no-such-file"));

        Path properties = Files.writeString(folder.resolve("client.properties"), "acks=1\n");
        assertRefused("acks", "--tradesense.kafka.client-file=" + properties);

        Files.writeString(properties, "security.protocol=SASL_PLAINTEXT\nsasl.jaas.config=of the wrong form, secret\n");
        assertThatThrownBy(() -> start("--tradesense.kafka.client-file=" + properties))
                .satisfies(
                        failure -> assertThat(StartupReport.sentence(failure)).doesNotContain("secret"));
    }

    @Test
    void a_payload_limit_above_what_kafka_carries_is_refused_by_its_key() {
        assertThatThrownBy(() -> TestServer.start(
                                "--tradesense.transport=kafka",
                                "--tradesense.kafka.servers=" + KafkaBroker.sharedServers(),
                                "--tradesense.limits.max-payload-bytes=2000000")
                        .close())
                .satisfies(failure -> assertThat(StartupReport.sentence(failure))
                        .startsWith("tradesense.limits.max-payload-bytes is '2000000' in the configuration; expected"
                                + " at most "));
    }

    private static void assertRefused(String words, String setting) {
        assertThatThrownBy(() -> start(setting))
                .satisfies(
                        failure -> assertThat(StartupReport.sentence(failure)).contains(words));
    }

    private static void start(String setting) {
        TestServer.start("--tradesense.transport=kafka", "--tradesense.kafka.timeout=1s", setting)
                .close();
    }
}
