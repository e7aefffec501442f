package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.worker.Worker;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Operations on dead letters over HTTP, on a real server with a real worker.
@Timeout(120)
class OperationsTest {
    private final TestServer server = TestServer.shared();
    private final String worker = unique("mending");
    private final List<DomainEvent> handled = new CopyOnWriteArrayList<>();
    private volatile boolean broken = true;

    @BeforeEach
    void register() {
        server.tradesense()
                .register(Worker.named(worker)
                        .on(Samples.TYPE, (event, context) -> {
                            if (broken && event.subject().startsWith(worker)) {
                                throw new PermanentException("no account " + event.subject());
                            }
                            handled.add(event);
                        })
                        .startFrom(StartFrom.END)
                        .build());
    }

    @AfterEach
    void deregister() {
        server.tradesense().workers().deregister(worker);
    }

    /// Lets events fail, each of its own subject.
    private void dead(int count) {
        for (int i = 0; i < count; i++) {
            server.publish(STRUCTURED, Samples.order(unique("failing"), worker + "-" + i));
        }
        await().until(() -> letters("").size() == count);
    }

    private JsonNode letters(String filter) {
        return server.get("/api/v1/dead-letters?worker=" + worker + filter)
                .json()
                .get("deadLetters");
    }

    private Answer order(String kind, String more) {
        return server.postJson(
                "/api/v1/operations",
                "{\"kind\":\"" + kind + "\",\"selection\":{\"worker\":\"" + worker + "\"}" + more + "}");
    }

    private JsonNode operation(JsonNode operation) {
        return server.get("/api/v1/operations/" + operation.get("id").asString())
                .json();
    }

    private JsonNode ended(Answer accepted) {
        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        JsonNode operation = accepted.json();
        await().until(() -> !operation(operation).get("state").asString().equals("RUNNING"));
        return operation(operation);
    }

    @Test
    void dead_letters_are_grouped_and_found_by_their_cause() {
        dead(3);

        JsonNode groups = server.get("/api/v1/dead-letters/groups?worker=" + worker)
                .json()
                .get("groups");

        assertThat(groups).hasSize(1);
        JsonNode group = groups.get(0);
        assertThat(group.get("count").asInt()).isEqualTo(3);
        assertThat(group.get("type").asString()).isEqualTo(Samples.TYPE);
        assertThat(group.at("/failure/exception").asString()).isEqualTo(PermanentException.class.getName());
        String cause = group.get("cause").asString();
        assertThat(letters("&cause=" + cause)).hasSize(3);
        assertThat(letters("&cause=0000000000000000")).isEmpty();
        assertThat(letters("&text=NO%20ACCOUNT%20" + worker + "-1")).hasSize(1);
        assertThat(letters("&state=quarantined")).isEmpty();
        assertThat(letters("&to=2020-01-01T00:00:00Z")).isEmpty();
        assertThat(server.get("/api/v1/dead-letters?state=gone").status()).isEqualTo(400);
    }

    @Test
    void dead_letters_are_found_and_mended_by_patterns_of_their_types() {
        dead(2);

        assertThat(letters("&type=Trading.Order.*")).hasSize(2);
        assertThat(letters("&type=Risk.*,*.Order.Placed.v1")).hasSize(2);
        assertThat(letters("&type=Risk.*&type=Auth.*")).isEmpty();
        assertThat(server.get("/api/v1/dead-letters/groups?worker=" + worker + "&type=Trading.*")
                        .json()
                        .get("groups"))
                .hasSize(1);
        assertThat(ended(orderOfTypes("Risk.*")).at("/progress/total").asInt()).isZero();
        JsonNode discarded = ended(orderOfTypes("Trading.*,Risk.*"));
        assertThat(discarded.at("/progress/succeeded").asInt()).isEqualTo(2);
        assertThat(discarded.at("/selection/type").asString()).isEqualTo("Risk.*,Trading.*");
        assertThat(letters("")).isEmpty();
    }

    private Answer orderOfTypes(String types) {
        return server.postJson(
                "/api/v1/operations",
                "{\"kind\":\"discard\",\"selection\":{\"worker\":\"" + worker + "\",\"type\":\"" + types + "\"}}");
    }

    @Test
    void the_last_page_says_that_it_is_the_last_also_when_it_is_full() {
        dead(2);
        String path = "/api/v1/dead-letters?worker=" + worker + "&limit=";

        JsonNode first = server.get(path + "1").json();
        JsonNode second = server.get(path + "1&before=" + first.get("next")).json();

        assertThat(second.get("deadLetters")).hasSize(1);
        assertThat(second.get("next").isNull()).isTrue();
        assertThat(server.get(path + "2").json().get("next").isNull()).isTrue();
    }

    @Test
    void a_dry_run_says_what_a_retry_would_do_and_then_the_retry_does_it() {
        dead(3);
        broken = false;

        Answer preview = order("retry", ",\"dryRun\":true");

        assertThat(preview.status()).isEqualTo(202);
        assertThat(preview.json().get("state").asString()).isEqualTo("DRY_RUN");
        assertThat(preview.json().get("total").asInt()).isEqualTo(3);
        assertThat(preview.json().at("/groups/0/count").asInt()).isEqualTo(3);
        assertThat(letters("")).hasSize(3);
        JsonNode done = ended(order("retry", ",\"reason\":\"account opened\""));
        assertThat(done.get("state").asString()).isEqualTo("COMPLETED");
        assertThat(done.at("/progress/succeeded").asInt()).isEqualTo(3);
        assertThat(done.get("actor").asString()).isEqualTo("local operator");
        assertThat(done.at("/steps/0/text").asString())
                .isEqualTo("ordered: retry of 3 events, because: account opened");
        assertThat(letters("")).isEmpty();
        assertThat(handled).hasSize(3);
    }

    @Test
    void a_retry_stops_when_an_event_fails_again_and_says_why() {
        dead(3);

        JsonNode stopped = ended(order("retry", ""));

        assertThat(stopped.get("state").asString()).isEqualTo("STOPPED");
        assertThat(stopped.at("/progress/failed").asInt()).isEqualTo(1);
        assertThat(stopped.at("/progress/pending").asInt()).isEqualTo(2);
        assertThat(stopped.at("/notes/0/note").asString()).contains("no account");
        assertThat(letters("")).hasSize(3);
    }

    @Test
    void a_retry_of_a_paused_worker_waits_and_can_be_cancelled() {
        dead(2);
        server.tradesense().workers().pause(worker);
        broken = false;
        JsonNode retry = order("retry", "").json();
        await().until(() -> operation(retry).at("/progress/inProgress").asInt() == 1);

        assertThat(operation(retry).at("/waitingFor/0/worker").asString()).isEqualTo(worker);
        assertThat(operation(retry).at("/waitingFor/0/state").asString()).isEqualTo("PAUSED");
        Answer cancelled = server.post("/api/v1/operations/" + retry.get("id").asString() + "/cancel");
        assertThat(cancelled.status()).isEqualTo(200);
        assertThat(cancelled.json().get("state").asString()).isEqualTo("CANCELLED");

        server.tradesense().workers().resume(worker);
        await().until(() -> operation(retry).at("/progress/succeeded").asInt() == 1);
        assertThat(letters("")).hasSize(1);
    }

    @Test
    void what_is_discarded_is_kept_and_can_be_restored() {
        dead(2);

        assertThat(ended(order("discard", "")).at("/progress/succeeded").asInt())
                .isEqualTo(2);
        assertThat(letters("")).isEmpty();
        assertThat(letters("&state=discarded")).hasSize(2);
        assertThat(letters("&state=discarded").at("/0/state").asString()).isEqualTo("DISCARDED");
        assertThat(ended(order("restore", "")).at("/progress/succeeded").asInt())
                .isEqualTo(2);
        assertThat(letters("")).hasSize(2);
        JsonNode log = server.get("/api/v1/operations?limit=2").json();
        assertThat(log.at("/operations/0/kind").asString()).isEqualTo("restore");
        assertThat(log.at("/operations/1/kind").asString()).isEqualTo("discard");
        assertThat(log.at("/operations/0/selection/worker").asString()).isEqualTo(worker);
    }

    @Test
    void the_same_request_id_is_the_same_operation() {
        String more = ",\"requestId\":\"" + unique("click") + "\"";

        JsonNode first = order("retry", more).json();

        assertThat(order("retry", more).json().get("id")).isEqualTo(first.get("id"));
        assertThat(order("discard", more).status()).isEqualTo(409);
    }

    @Test
    void a_correction_is_processed_instead_of_the_event() {
        dead(1);
        JsonNode letter = letters("").get(0);
        String path = "/api/v1/dead-letters/" + letter.get("id").asString() + "/edit";
        String id = letter.get("eventId").asString();
        String correction = Samples.order("any", worker + "-0").replaceFirst("\\{", "{\"corrects\":\"" + id + "\",");
        broken = false;

        Answer misspelled = server.post(path, STRUCTURED, correction.replace("\"quantity\"", "\"quantitty\""));
        assertThat(misspelled.status()).as(misspelled.text()).isEqualTo(422);
        assertThat(misspelled.json().get("type").asString()).isEqualTo("urn:tradesense:problem:invalid-data");
        assertThat(misspelled.json().at("/errors/0/pointer").asString()).startsWith("/data");
        Answer elsewhere = server.post(path, STRUCTURED, correction.replace(worker + "-0", "other"));
        assertThat(elsewhere.status()).isEqualTo(422);
        assertThat(elsewhere.json().at("/errors/0/pointer").asString()).isEqualTo("/subject");
        Answer nameless = server.post(path, STRUCTURED, Samples.order("any", worker + "-0"));
        assertThat(nameless.json().at("/errors/0/pointer").asString()).isEqualTo("/corrects");
        assertThat(server.post(path, "application/json", correction).status()).isEqualTo(415);
        assertThat(server.post(path, STRUCTURED, "{").status()).isEqualTo(400);
        Answer verbose = server.post(path + "?reason=" + "x".repeat(1_001), STRUCTURED, correction);
        assertThat(verbose.status()).as(verbose.text()).isEqualTo(400);
        assertThat(verbose.json().at("/errors/0/parameter").asString()).isEqualTo("reason");
        assertThat(letters("")).hasSize(1);

        JsonNode done = ended(server.post(path + "?reason=typo", STRUCTURED, correction));
        assertThat(done.get("kind").asString()).isEqualTo("edit");
        assertThat(done.get("reason").asString()).isEqualTo("typo");
        assertThat(done.at("/progress/succeeded").asInt()).isEqualTo(1);
        assertThat(handled.getFirst().causationId()).isEqualTo(id);
        assertThat(server.post(path, STRUCTURED, correction).status()).isEqualTo(404);
    }

    @Test
    void a_second_edit_of_the_same_event_is_a_conflict() {
        dead(1);
        JsonNode letter = letters("").get(0);
        String path = "/api/v1/dead-letters/" + letter.get("id").asString() + "/edit";
        String correction = Samples.order("any", worker + "-0")
                .replaceFirst("\\{", "{\"corrects\":\"" + letter.get("eventId").asString() + "\",");
        ended(server.post(path, STRUCTURED, correction));

        Answer again = server.post(path, STRUCTURED, correction);

        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().get("type").asString()).isEqualTo("urn:tradesense:problem:conflict");
    }

    @Test
    void what_is_ordered_has_a_length() {
        String text = "{\"kind\":\"retry\",\"selection\":{\"text\":\"$\"}}";
        assertThat(server.postJson("/api/v1/operations", text.replace("$", "x".repeat(1_000)))
                        .status())
                .isEqualTo(202);
        Answer longer = server.postJson("/api/v1/operations", text.replace("$", "x".repeat(1_001)));
        assertThat(longer.status()).as(longer.text()).isEqualTo(422);
        assertThat(longer.json().at("/errors/0/pointer").asString()).isEqualTo("/selection/text");
        String ids = "1,".repeat(10_000) + "\"no id\"";
        Answer more =
                server.postJson("/api/v1/operations", "{\"kind\":\"retry\",\"selection\":{\"ids\":[" + ids + "]}}");
        assertThat(more.status()).isEqualTo(422);
        assertThat(more.json().at("/errors/0/pointer").asString()).isEqualTo("/selection/ids");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                                              | /kind",
                "{\"kind\":\"rerun\",\"selection\":{\"all\":true}}               | /kind",
                "{\"kind\":\"retry\"}                                            | /selection",
                "{\"kind\":\"retry\",\"selection\":{}}                           | /selection",
                "{\"kind\":\"retry\",\"selection\":{\"all\":true,\"type\":\"Risk.Alert.Triggered.v1\"}} | /selection",
                "{\"kind\":\"retry\",\"selection\":{\"type\":\"Risk.*.V1\"}}     | /selection/type",
                "{\"kind\":\"retry\",\"selection\":{\"wroker\":\"x\"}}           | /selection/wroker",
                "{\"kind\":\"retry\",\"selection\":{\"ids\":[]}}                 | /selection/ids",
                "{\"kind\":\"retry\",\"selection\":{\"ids\":[1,\"2\"]}}          | /selection/ids/1",
                "{\"kind\":\"retry\",\"selection\":{\"from\":\"today\"}}         | /selection/from",
                "{\"kind\":\"retry\",\"selection\":{\"state\":\"gone\"}}         | /selection/state",
                "{\"kind\":\"retry\",\"selection\":{\"all\":true},\"rate\":0}    | /rate",
                "{\"kind\":\"retry\",\"selection\":{\"all\":true},\"canary\":[1,0]} | /canary/1",
                "{\"kind\":\"retry\",\"selection\":{\"all\":true},\"stopOnFailures\":0} | /stopOnFailures",
                "{\"kind\":\"retry\",\"selection\":{\"all\":true},\"dryrun\":true} | /dryrun"
            })
    void an_order_that_makes_no_sense_is_refused_with_the_place(String order, String pointer) {
        long before = server.get("/api/v1/operations?limit=1")
                .json()
                .at("/operations/0/number")
                .asLong();

        Answer refused = server.postJson("/api/v1/operations", order);

        assertThat(refused.status()).as(refused.text()).isEqualTo(422);
        assertThat(refused.json().get("type").asString()).isEqualTo("urn:tradesense:problem:invalid-operation");
        assertThat(refused.json().at("/errors/0/pointer").asString()).isEqualTo(pointer);
        assertThat(server.get("/api/v1/operations?limit=1")
                        .json()
                        .at("/operations/0/number")
                        .asLong())
                .isEqualTo(before);
    }

    @Test
    void a_parameter_that_is_not_known_is_refused_and_nothing_is_done() {
        dead(1);

        Answer refused = server.postJson(
                "/api/v1/operations?dryRun=true",
                "{\"kind\":\"discard\",\"selection\":{\"worker\":\"" + worker + "\"}}");

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.json().at("/errors/0/parameter").asString()).isEqualTo("dryRun");
        assertThat(server.post("/api/v1/workers/" + worker + "/pause?for=1h").status())
                .isEqualTo(400);
        assertThat(server.get("/api/v1/dead-letters?type=Risk.*.V1").text())
                .contains("Risk.*.V1", "expected for example");
        assertThat(server.get("/api/v1/workers?state=DOWN").text()).contains("'state' is not known here; expected no");

        assertThat(server.get("/api/v1/dead-letters?worker=" + worker).text()).contains("\"state\":\"DEAD\"");
    }

    @Test
    void what_is_no_order_or_of_no_operation_is_refused() {
        assertThat(server.postJson("/api/v1/operations", "[]").status()).isEqualTo(400);
        assertThat(server.postJson("/api/v1/operations", "{\"kind\":1,\"kind\":2}")
                        .status())
                .isEqualTo(400);
        assertThat(server.post("/api/v1/operations", "text/plain", "{}").status())
                .isEqualTo(415);
        assertThat(server.get("/api/v1/operations/none").status()).isEqualTo(404);
        assertThat(server.post("/api/v1/operations/none/cancel").status()).isEqualTo(404);
    }
}
