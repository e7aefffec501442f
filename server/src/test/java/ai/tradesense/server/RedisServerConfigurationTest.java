package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.testkit.services.RedisServer.Fsync;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RedisServerConfigurationTest {
    @Test
    void on_redis_events_are_recorded_and_health_follows_the_broker() {
        try (RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
                TestServer server =
                        TestServer.start("--tradesense.transport=redis", "--tradesense.redis.url=" + redis.url())) {
            String account = unique("redis");
            server.publish(STRUCTURED, Samples.order(unique("redis"), account));
            await().untilAsserted(() -> assertThat(server.get("/api/v1/events?subject=" + account)
                            .json()
                            .at("/events"))
                    .hasSize(1));
            assertThat(server.get("/api/v1/status").json().at("/transport/name").asString())
                    .isEqualTo("redis");

            redis.kill();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(server.get("/actuator/health").status()).isEqualTo(503));
            redis.start();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(server.get("/actuator/health").status()).isEqualTo(200));
        }
    }

    @Test
    void without_redis_the_server_does_not_start_and_says_where_it_looked() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        assertThatThrownBy(() -> TestServer.start(
                                "--tradesense.transport=redis", "--tradesense.redis.url=redis://127.0.0.1:" + port)
                        .close())
                .satisfies(failure ->
                        assertThat(StartupReport.sentence(failure)).contains("127.0.0.1:" + port, "cannot be reached"));
    }

    @Test
    void a_malformed_url_is_refused_without_its_password() {
        for (String url : new String[] {"http://user:secret@host", "redis://user:sec ret@"}) {
            assertThatThrownBy(() -> TestServer.start("--tradesense.transport=redis", "--tradesense.redis.url=" + url)
                            .close())
                    .satisfies(failure -> assertThat(StartupReport.sentence(failure))
                            .contains("tradesense.redis.url")
                            .doesNotContain("sec"));
        }
    }

    @Test
    void settings_that_cannot_be_are_refused_with_what_was_expected() {
        for (String[] wrong : new String[][] {
            {"replicas=-1", "number of replicas is -1, expected 0 to 100"},
            {"partitions=5000", "number of partitions is 5000, expected 1 to 1024"},
            {"prefix={a}", "expected a name without braces"},
            {"tls.trusted=/nowhere.pem", "/nowhere.pem, cannot be read"},
            {"tls.certificate=pom.xml", "a certificate of the client and its key are expected together"}
        }) {
            assertThatThrownBy(() -> TestServer.start("--tradesense.transport=redis", "--tradesense.redis." + wrong[0])
                            .close())
                    .satisfies(failure ->
                            assertThat(StartupReport.sentence(failure)).contains("tradesense.redis", wrong[1]));
        }
    }
}
