package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.retry.PermanentException;
import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Stored events are given to a worker once more, over HTTP.
class ReplayTest {
    private static final TestServer server = TestServer.shared();

    private final String worker = unique("replayed");
    private final String subject = worker + "-account";
    private final List<String> replayed = new CopyOnWriteArrayList<>();
    private volatile boolean broken;

    @TempDir
    Path data;

    private void register(TestServer where) {
        where.tradesense()
                .register(Worker.named(worker)
                        .on("Trading.*", (event, context) -> {
                            if (context.isReplay()) {
                                if (broken) {
                                    throw new PermanentException("no account " + event.subject());
                                }
                                replayed.add(event.id());
                            }
                        })
                        .startFrom(StartFrom.END)
                        .replayable()
                        .build());
    }

    @AfterEach
    void deregister() {
        server.tradesense().workers().deregister(worker);
    }

    private List<String> publish(TestServer where, int events) {
        List<String> ids = IntStream.range(0, events)
                .mapToObj(number -> worker + "#" + number)
                .toList();
        ids.forEach(id -> where.publish(STRUCTURED, Samples.order(id, subject)));
        return ids;
    }

    private Answer order(TestServer where, String selection, String more) {
        return where.postJson(
                "/api/v1/operations",
                "{\"kind\":\"replay\",\"selection\":{\"worker\":\"" + worker + "\"" + selection + "}" + more + "}");
    }

    private String ours() {
        return ",\"subject\":\"" + subject + "\"";
    }

    private static JsonNode operation(TestServer where, JsonNode operation) {
        return where.get("/api/v1/operations/" + operation.get("id").asString()).json();
    }

    private static JsonNode ended(TestServer where, Answer accepted) {
        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        JsonNode ordered = accepted.json();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !operation(where, ordered).get("state").asString().equals("RUNNING"));
        return operation(where, ordered);
    }

    @Test
    void a_dry_run_says_what_would_be_replayed_and_then_it_is() {
        register(server);
        List<String> ids = publish(server, 4);
        assertThat(server.get("/api/v1/workers/" + worker)
                        .json()
                        .get("replayable")
                        .asBoolean())
                .isTrue();

        JsonNode preview = order(server, ours(), ",\"dryRun\":true").json();

        assertThat(preview.get("state").asString()).isEqualTo("DRY_RUN");
        assertThat(preview.get("total").asInt()).isEqualTo(4);
        assertThat(preview.at("/groups/0/type").asString()).isEqualTo(Samples.TYPE);
        long last = preview.at("/selection/upTo").asLong();
        assertThat(last).isPositive();
        assertThat(replayed).isEmpty();
        publish(server, 5);
        JsonNode done = ended(server, order(server, ours() + ",\"upTo\":" + last, ",\"reason\":\"a new sum\""));
        assertThat(done.get("state").asString()).isEqualTo("COMPLETED");
        assertThat(done.at("/progress/succeeded").asInt()).isEqualTo(4);
        assertThat(done.at("/selection/worker").asString()).isEqualTo(worker);
        assertThat(done.at("/selection/upTo").asLong()).isEqualTo(last);
        assertThat(done.at("/steps/0/text").asString())
                .isEqualTo("ordered: replay of 4 events up to position " + last + " to " + worker
                        + ", because: a new sum");
        assertThat(replayed).isEqualTo(ids);
        assertThat(server.get("/api/v1/operations?limit=1")
                        .json()
                        .at("/operations/0/kind")
                        .asString())
                .isEqualTo("replay");
    }

    @Test
    void what_fails_stops_the_replay_and_is_a_dead_letter_of_it_until_it_is_retried() {
        register(server);
        publish(server, 3);
        broken = true;

        JsonNode stopped = ended(server, order(server, ours(), ""));

        assertThat(stopped.get("state").asString()).isEqualTo("STOPPED");
        assertThat(stopped.at("/progress/failed").asInt()).isEqualTo(1);
        assertThat(stopped.at("/progress/pending").asInt()).isEqualTo(2);
        assertThat(stopped.at("/notes/0/note").asString()).contains("no account");
        JsonNode letters =
                server.get("/api/v1/dead-letters?worker=" + worker).json().get("deadLetters");
        assertThat(letters).hasSize(1);
        assertThat(letters.at("/0/replayedBy").asString())
                .isEqualTo(stopped.get("id").asString());
        broken = false;
        JsonNode retried = ended(
                server,
                server.postJson(
                        "/api/v1/operations", "{\"kind\":\"retry\",\"selection\":{\"worker\":\"" + worker + "\"}}"));
        assertThat(retried.at("/progress/succeeded").asInt()).isEqualTo(1);
        assertThat(replayed).containsExactly(worker + "#0");
    }

    @Test
    void a_replay_of_a_paused_worker_waits_and_can_be_cancelled() {
        register(server);
        publish(server, 3);
        server.tradesense().workers().pause(worker);
        JsonNode replay = order(server, ours(), "").json();
        await().until(() -> operation(server, replay).at("/progress/inProgress").asInt() == 1);

        assertThat(operation(server, replay).at("/waitingFor/0/state").asString())
                .isEqualTo("PAUSED");
        server.post("/api/v1/operations/" + replay.get("id").asString() + "/cancel");
        server.tradesense().workers().resume(worker);

        await().until(() -> operation(server, replay).at("/progress/succeeded").asInt() == 1);
        assertThat(operation(server, replay).get("state").asString()).isEqualTo("CANCELLED");
        assertThat(replayed).hasSize(1);
    }

    @Test
    void a_replay_goes_on_where_it_was_after_a_restart_when_its_worker_is_there_again() {
        JsonNode replay;
        List<String> ids;
        try (TestServer first = TestServer.on(data)) {
            register(first);
            ids = publish(first, 60);
            replay = order(first, "", ",\"canary\":[],\"rate\":20").json(); // takes 3 s
            await().until(() -> replayed.size() >= 10);
        }
        int before = replayed.size();
        assertThat(before).isLessThan(60);
        try (TestServer second = TestServer.on(data)) {
            JsonNode waiting = operation(second, replay);
            assertThat(waiting.get("state").asString()).isEqualTo("RUNNING");
            if (waiting.at("/progress/inProgress").asInt() == 0) {
                assertThat(waiting.at("/waitingFor/0/reason").asString()).contains("not registered in this process");
            }
            register(second);
            await().atMost(Duration.ofSeconds(60))
                    .until(() ->
                            operation(second, replay).get("state").asString().equals("COMPLETED"));
            assertThat(operation(second, replay).at("/progress/succeeded").asInt())
                    .isEqualTo(60);
        }
        assertThat(replayed).isEqualTo(ids);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                                   | /selection/worker",
                "{\"worker\":\"\"}                                    | /selection/worker",
                "{\"worker\":\"nobody\"}                              | /selection/worker",
                "{\"worker\":\"WORKER\",\"ids\":[1]}                  | /selection/ids",
                "{\"worker\":\"WORKER\",\"cause\":\"c0ffee\"}         | /selection/cause",
                "{\"worker\":\"WORKER\",\"type\":\"no type\"}         | /selection/type",
                "{\"worker\":\"WORKER\",\"from\":\"today\"}           | /selection/from",
                "{\"worker\":\"WORKER\",\"from\":\"2026-01-02T00:00:00Z\",\"to\":\"2026-01-01T00:00:00Z\"} | /selection/to",
                "{\"worker\":\"WORKER\",\"after\":-1}                 | /selection/after",
                "{\"worker\":\"WORKER\",\"after\":\"1\"}              | /selection/after",
                "{\"worker\":\"WORKER\",\"after\":5,\"upTo\":5}       | /selection/upTo",
                "{\"worker\":\"WORKER\",\"subject\":\"nobody at all\"} | /selection"
            })
    void a_replay_that_makes_no_sense_is_refused_with_the_place(String selection, String pointer) {
        register(server);

        Answer refused = server.postJson(
                "/api/v1/operations",
                "{\"kind\":\"replay\",\"selection\":" + selection.replace("WORKER", worker) + "}");

        assertThat(refused.status()).as(refused.text()).isEqualTo(422);
        assertThat(refused.json().get("type").asString()).isEqualTo("urn:tradesense:problem:invalid-operation");
        assertThat(refused.json().at("/errors/0/pointer").asString()).isEqualTo(pointer);
        assertThat(replayed).isEmpty();
    }

    @Test
    void a_worker_that_does_not_say_that_it_may_be_replayed_is_not() {
        server.tradesense()
                .register(Worker.named(worker)
                        .on("Trading.*", (_, _) -> {})
                        .startFrom(StartFrom.END)
                        .build());
        publish(server, 1);

        Answer refused = order(server, "", "");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().at("/errors/0/pointer").asString()).isEqualTo("/selection/worker");
        assertThat(refused.json().get("detail").asString()).contains("may be replayed");
    }
}
