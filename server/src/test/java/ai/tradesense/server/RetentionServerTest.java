package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.testkit.services.PostgresServer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// How long events are kept, and legal holds, over HTTP.
class RetentionServerTest {
    private static final String RETENTION = "/api/v1/retention";
    private static final String HOLDS = "/api/v1/legal-holds";

    @TempDir
    Path folder;

    private static Answer delete(TestServer server, String path) {
        return server.send(HttpRequest.newBuilder(server.uri(path)).DELETE());
    }

    private static void publish(TestServer server, String subject) {
        assertThat(server.publish(STRUCTURED, Samples.order(TestServer.unique("kept"), subject))
                        .status())
                .isEqualTo(202);
    }

    private static JsonNode ended(TestServer server, String by) {
        await().until(() ->
                by.equals(server.get(RETENTION).json().at("/last/orderedBy").asString("")));
        return server.get(RETENTION).json();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgresql"})
    void what_is_old_enough_goes_when_it_is_told_to_and_what_is_held_when_that_is_lifted(String database) {
        String url = database.equals("sqlite") ? "jdbc:sqlite:" + folder.resolve("log.db") : PostgresServer.sharedUrl();
        try (TestServer server = TestServer.start(
                "--tradesense.store.url=" + url,
                "--tradesense.retention.Trading=1ms",
                "--tradesense.retention.Risk=forever",
                "--tradesense.retention.every=1000h")) {
            ended(server, "retention"); // that of the start
            publish(server, "held");
            publish(server, "free");
            Answer placed = server.postJson(HOLDS, "{\"subject\":\"held\",\"reason\":\"case 7\"}");
            assertThat(placed.status()).as(placed.text()).isEqualTo(201);
            String hold = placed.json().get("id").asString();

            await().until(() ->
                    server.post(RETENTION + "/dry-run").json().get("events").asInt() == 1);
            JsonNode dryRun = server.post(RETENTION + "/dry-run").json();
            assertThat(dryRun.at("/removable/0/domain").asString()).isEqualTo("Trading");
            assertThat(dryRun.at("/held/0/hold").asString()).isEqualTo(hold);

            Answer run = server.send(HttpRequest.newBuilder(server.uri(RETENTION + "/run"))
                    .header("Tradesense-Actor", "ines")
                    .POST(BodyPublishers.noBody()));
            assertThat(run.status()).isEqualTo(202);
            JsonNode status = ended(server, "ines");
            assertThat(status.get("removed").asInt()).isEqualTo(1);
            assertThat(status.at("/policy/domains/Trading").asString()).isEqualTo("PT0.001S");
            assertThat(status.at("/policy/domains/Risk").isNull()).isTrue();
            assertThat(status.at("/records/0/kind").asString()).isEqualTo("removed");
            assertThat(status.at("/records/0/by").asString()).isEqualTo("ines");
            assertThat(server.get("/api/v1/events?subject=free").json().get("events"))
                    .isEmpty();
            assertThat(server.get("/api/v1/events?subject=held").json().get("events"))
                    .hasSize(1);
            JsonNode history = server.get("/api/v1/streams/free?domain=Trading").json();
            assertThat(history.get("version").asInt()).isEqualTo(1);
            assertThat(history.get("begins").asInt()).isEqualTo(2);

            assertThat(delete(server, HOLDS + "/" + hold + "?reason=closed").status())
                    .isEqualTo(200);
            assertThat(delete(server, HOLDS + "/" + hold + "?reason=closed").status())
                    .isEqualTo(409);
            assertThat(server.get(HOLDS).json().get("holds")).isEmpty();
            assertThat(server.get(HOLDS + "?state=all")
                            .json()
                            .at("/holds/0/lifted/reason")
                            .asString())
                    .isEqualTo("closed");
            server.post(RETENTION + "/run");
            await().until(() -> server.get(RETENTION).json().get("removed").asInt() == 2);
            assertThat(server.post("/api/v1/store/verify").text()).contains("\"fault\":null", "\"removed\":2");
        }
    }

    @Test
    void a_hold_that_makes_no_sense_is_refused_with_its_place_and_nothing_is_held() {
        TestServer server = TestServer.shared();
        record Wrong(String body, String pointer) {}
        for (Wrong wrong : List.of(
                new Wrong("{\"reason\":\"x\"}", ""),
                new Wrong("{\"subject\":\"a\"}", "/reason"),
                new Wrong("{\"subject\":\" \",\"reason\":\"x\"}", "/subject"),
                new Wrong("{\"subjct\":\"a\",\"reason\":\"x\"}", "/subjct"),
                new Wrong("{\"from\":\"yesterday\",\"reason\":\"x\"}", "/from"),
                new Wrong("{\"domain\":7,\"reason\":\"x\"}", "/domain"),
                new Wrong("{\"domain\":\"trading\",\"reason\":\"x\"}", "/domain"),
                new Wrong(
                        "{\"from\":\"2026-02-01T00:00:00Z\",\"to\":\"2026-01-01T00:00:00Z\",\"reason\":\"x\"}",
                        "/to"))) {
            Answer refused = server.postJson(HOLDS, wrong.body);
            assertThat(refused.status()).as(wrong.body).isEqualTo(422);
            assertThat(refused.json().get("type").asString()).isEqualTo("urn:tradesense:problem:invalid-hold");
            assertThat(refused.json().at("/errors/0/pointer").asString()).isEqualTo(wrong.pointer);
        }
        assertThat(server.postJson(HOLDS, "[]").status()).isEqualTo(400);
        assertThat(server.post(HOLDS, "text/plain", "{}").status()).isEqualTo(415);
        assertThat(delete(server, HOLDS + "/1").status()).isEqualTo(400);
        assertThat(delete(server, HOLDS + "/999?reason=x").status()).isEqualTo(404);
        assertThat(delete(server, HOLDS + "/one?reason=x").status()).isEqualTo(404);
        assertThat(server.get(HOLDS + "?state=some").status()).isEqualTo(400);
        assertThat(server.get(HOLDS).json().get("holds")).isEmpty();
        assertThat(delete(server, RETENTION + "/readers?kind=group").status()).isEqualTo(400);
        assertThat(delete(server, RETENTION + "/readers?kind=some&name=x").status())
                .isEqualTo(400);
        assertThat(delete(server, RETENTION + "/readers?kind=group&name=nobody").status())
                .isEqualTo(404);
    }

    @Test
    void without_a_policy_or_a_log_there_is_nothing_to_run() {
        Answer refused = TestServer.shared().post(RETENTION + "/run");
        assertThat(refused.status()).isEqualTo(501);
        assertThat(refused.json().get("detail").asString()).contains("tradesense.retention");
        assertThat(TestServer.shared()
                        .get(RETENTION)
                        .json()
                        .at("/policy/default")
                        .isNull())
                .isTrue();
        try (TestServer server = TestServer.start("--tradesense.transport=memory")) {
            assertThat(server.get(RETENTION).status()).isEqualTo(501);
            assertThat(server.postJson(HOLDS, "{\"subject\":\"a\",\"reason\":\"x\"}")
                            .status())
                    .isEqualTo(501);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--tradesense.retention.Tradng=365d",
                "--tradesense.retention.Trading=soon",
                "--tradesense.retention.Trading=-1d",
                "--tradesense.retention.batch-events=1000000"
            })
    void a_policy_that_cannot_be_meant_is_refused_at_the_start(String setting) {
        assertThatThrownBy(() -> TestServer.start(setting).close()).hasStackTraceContaining("tradesense.retention");
    }

    @Test
    void a_page_of_another_origin_changes_nothing() {
        TestServer server = TestServer.shared();
        for (String path : List.of(RETENTION + "/run", RETENTION + "/dry-run", HOLDS)) {
            assertThat(server.send(HttpRequest.newBuilder(server.uri(path))
                                    .header("Origin", "https://example.com")
                                    .POST(BodyPublishers.noBody()))
                            .status())
                    .as(path)
                    .isEqualTo(403);
        }
        assertThat(server.send(HttpRequest.newBuilder(server.uri(HOLDS + "/1?reason=x"))
                                .header("Origin", "https://example.com")
                                .DELETE())
                        .status())
                .isEqualTo(403);
    }
}
