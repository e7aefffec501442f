package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ContractServer.Call;
import ai.tradesense.cli.ContractServer.Reaction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OperationCommandsTest {
    private static final String PATH = "/api/v1/operations";

    private final ContractServer server = new ContractServer();
    private final Cli cli = Cli.of(server.url());

    @AfterEach
    void stop() {
        server.close();
    }

    private static String operation(String state, int succeeded, int failed, String more) {
        return "{\"id\":\"op-1\",\"number\":3,\"kind\":\"retry\",\"state\":\"" + state + "\",\"note\":\"\","
                + "\"actor\":\"alice\",\"reason\":\"\",\"createdAt\":\"2026-03-01T12:00:00Z\",\"progress\":"
                + "{\"total\":12,\"pending\":0,\"inProgress\":0,\"succeeded\":" + succeeded + ",\"failed\":" + failed
                + ",\"skipped\":0}" + more + "}";
    }

    private Call ordered() {
        return server.calls().getFirst();
    }

    /// What was ordered, but for the id of the order.
    private static String order(Call call) {
        Map<String, Json> members = new LinkedHashMap<>(((Json.Fields) call.json()).byName());
        assertThat(members.remove("requestId").text()).hasSize(36);
        return new Json.Fields(members).compact();
    }

    @Test
    void an_order_whose_answer_is_lost_is_given_once_more_under_the_same_id() {
        server.next(PATH, Reaction.hangUp());
        server.always(PATH, Reaction.json(202, operation("RUNNING", 0, 0, "")));
        server.always(PATH + "/op-1", Reaction.json(200, operation("COMPLETED", 12, 0, "")));

        assertThat(cli.run("replay", "--worker=w")).as(cli.err()).isEqualTo(0);
        assertThat(Cli.of(server.url()).run("dlq", "discard", "17", "--no-wait"))
                .isEqualTo(0);

        List<Call> orders = server.calls().stream()
                .filter(call -> call.method().equals("POST"))
                .toList();
        assertThat(orders).hasSize(3);
        assertThat(orders.get(1).body()).isEqualTo(orders.get(0).body());
        assertThat(order(orders.get(1))).isEqualTo("{\"kind\":\"replay\",\"selection\":{\"worker\":\"w\"}}");
        assertThat(orders.get(2).json().at("requestId"))
                .isNotEqualTo(orders.get(1).json().at("requestId"));
        assertThat(cli.errLines()).first().asString().endsWith("; asking once more, which orders nothing twice");
    }

    @Test
    void an_order_that_is_never_answered_is_given_twice_and_no_more() {
        server.always(PATH, Reaction.hangUp());

        assertThat(cli.run("dlq", "retry", "--all")).isEqualTo(1);

        assertThat(server.calls()).hasSize(2);
    }

    @Test
    void groups_are_a_table() {
        server.always(
                "/api/v1/dead-letters/groups",
                Reaction.json(
                        200,
                        "{\"groups\":[{\"worker\":\"w\",\"type\":\"T\",\"cause\":\"c0ffee\",\"count\":12,"
                                + "\"firstAt\":\"2026-03-01T12:00:00Z\",\"lastAt\":\"2026-03-01T12:00:01Z\","
                                + "\"example\":17,\"failure\":{\"exception\":\"E\",\"message\":\"no\"}}]}"));

        assertThat(cli.run("dlq", "groups", "--worker", "w", "--text", "no price"))
                .isEqualTo(0);

        assertThat(ordered().target()).isEqualTo("/api/v1/dead-letters/groups?worker=w&text=no%20price");
        assertThat(cli.out().lines())
                .containsExactly(
                        "EVENTS  WORKER  TYPE  CAUSE   FIRST (UTC)              LAST (UTC)               EXAMPLE  ERROR",
                        "    12  w       T     c0ffee  2026-03-01 12:00:00.000  2026-03-01 12:00:01.000       17  E: no");
    }

    @Test
    void every_filter_of_the_list_goes_to_the_server() {
        server.always("/api/v1/dead-letters", Reaction.json(200, "{\"deadLetters\":[],\"next\":null}"));

        cli.run(
                "dlq",
                "list",
                "--type=Trading.*",
                "--type=Risk.*",
                "--cause=c",
                "--state=discarded",
                "--from=2026-01-31T12:00:00Z",
                "--to=2026-02-01T00:00:00Z",
                "--text=a b");

        assertThat(ordered().target())
                .isEqualTo(
                        "/api/v1/dead-letters?type=Trading.*%2CRisk.*&cause=c&state=discarded&from=2026-01-31T12%3A00%3A00Z"
                                + "&to=2026-02-01T00%3A00%3A00Z&text=a%20b");
    }

    @Test
    void a_retry_is_followed_to_its_end() {
        server.always(PATH, Reaction.json(202, operation("RUNNING", 0, 0, "")));
        server.next(
                PATH + "/op-1",
                Reaction.json(
                        200,
                        operation(
                                "RUNNING",
                                1,
                                0,
                                ",\"waitingFor\":[{\"worker\":\"w\",\"events\":1,\"state\":\"PAUSED\","
                                        + "\"reason\":\"by an operator\"}]")));
        server.always(PATH + "/op-1", Reaction.json(200, operation("COMPLETED", 12, 0, "")));

        int code = cli.run(
                "dlq",
                "retry",
                "--worker=w",
                "--cause=c0ffee",
                "--canary=1,5",
                "--rate=2.5",
                "--stop-on-failures=3",
                "--reason=it works again",
                "--as=alice");

        assertThat(code).isEqualTo(0);
        assertThat(ordered().method()).isEqualTo("POST");
        assertThat(ordered().headers()).containsEntry("Tradesense-actor", "alice");
        assertThat(order(ordered()))
                .isEqualTo("{\"kind\":\"retry\",\"selection\":{\"worker\":\"w\",\"cause\":\"c0ffee\"},"
                        + "\"reason\":\"it works again\",\"canary\":[1,5],\"rate\":2.5,\"stopOnFailures\":3}");
        assertThat(cli.errLines())
                .containsExactly(
                        "tradesense: operation op-1 is about 12 events; end it with 'tradesense dlq cancel op-1'",
                        "tradesense: running: 1 of 12 succeeded, 0 failed again, 0 skipped, 0 with their workers;"
                                + " w: by an operator",
                        "tradesense: completed: 12 of 12 succeeded, 0 failed again, 0 skipped, 0 with their workers");
        assertThat(cli.out()).contains("state     COMPLETED");
    }

    @Test
    void a_replay_says_what_it_would_do_and_is_followed_to_its_end() {
        server.next(
                PATH,
                Reaction.json(
                        202,
                        "{\"kind\":\"replay\",\"state\":\"DRY_RUN\",\"total\":12,\"skipped\":0,\"notes\":[],"
                                + "\"groups\":[{\"worker\":\"w\",\"type\":\"T\",\"cause\":\"\",\"count\":12}]}"));
        server.always(PATH, Reaction.json(202, operation("RUNNING", 0, 0, "")));
        server.always(PATH + "/op-1", Reaction.json(200, operation("COMPLETED", 12, 0, "")));

        int tried = cli.run("replay", "--worker=w", "--type=Trading.*", "--dry-run");

        assertThat(tried).isEqualTo(0);
        assertThat(order(ordered()))
                .isEqualTo("{\"kind\":\"replay\",\"selection\":{\"worker\":\"w\",\"type\":\"Trading.*\"},"
                        + "\"dryRun\":true}");
        assertThat(cli.out()).contains("12  w       T");
        int code = cli.run(
                "replay",
                "--worker=w",
                "--subject=acc-7",
                "--from=2026-01-31T12:00:00Z",
                "--to=2026-02-01T00:00:00Z",
                "--after=17",
                "--up-to=400",
                "--canary=none",
                "--rate=50",
                "--stop-on-failures=3",
                "--reason=a new sum",
                "--as=alice");
        assertThat(code).isEqualTo(0);
        Call order = server.calls().get(1);
        assertThat(order.headers()).containsEntry("Tradesense-actor", "alice");
        assertThat(order(order))
                .isEqualTo("{\"kind\":\"replay\",\"selection\":{\"worker\":\"w\",\"subject\":\"acc-7\","
                        + "\"from\":\"2026-01-31T12:00:00Z\",\"to\":\"2026-02-01T00:00:00Z\",\"after\":17,"
                        + "\"upTo\":400},\"reason\":\"a new sum\",\"canary\":[],\"rate\":50,"
                        + "\"stopOnFailures\":3}");
        assertThat(cli.errLines()).last().asString().contains("completed: 12 of 12 succeeded");
        assertThat(cli.run("replay")).isEqualTo(2);
    }

    @Test
    void a_retry_that_stops_is_a_failure_and_says_what_failed() {
        server.always(PATH, Reaction.json(202, operation("RUNNING", 0, 0, "")));
        server.always(
                PATH + "/op-1",
                Reaction.json(
                        200,
                        operation(
                                "STOPPED",
                                0,
                                1,
                                ",\"notes\":[{\"id\":17,\"status\":\"FAILED\",\"note\":\"E: no\\nprice\"}]")));

        assertThat(cli.run("dlq", "retry", "--all")).isEqualTo(1);

        assertThat(order(ordered())).isEqualTo("{\"kind\":\"retry\",\"selection\":{\"all\":true}}");
        assertThat(cli.out()).contains("failed    17  E: no price");
    }

    @Test
    void without_waiting_the_order_is_all() {
        server.always(PATH, Reaction.json(202, operation("RUNNING", 0, 0, "")));

        assertThat(cli.run("dlq", "discard", "17", "18", "--no-wait", "--json")).isEqualTo(0);

        assertThat(server.calls()).hasSize(1);
        assertThat(order(ordered())).isEqualTo("{\"kind\":\"discard\",\"selection\":{\"ids\":[17,18]}}");
        assertThat(cli.out()).isEqualTo(operation("RUNNING", 0, 0, "") + "\n");
    }

    @Test
    void a_dry_run_says_what_would_happen() {
        server.always(
                PATH,
                Reaction.json(
                        202,
                        "{\"kind\":\"restore\",\"state\":\"DRY_RUN\",\"total\":3,\"skipped\":1,\"groups\":"
                                + "[{\"worker\":\"w\",\"type\":\"T\",\"cause\":\"c\",\"count\":2}],"
                                + "\"notes\":[{\"id\":9,\"status\":\"SKIPPED\",\"note\":\"is not discarded\"}]}"));

        assertThat(cli.run("dlq", "restore", "--subject=s", "--dry-run")).isEqualTo(0);

        assertThat(order(ordered()))
                .isEqualTo("{\"kind\":\"restore\",\"selection\":{\"subject\":\"s\"},\"dryRun\":true}");
        assertThat(cli.out().lines()).containsExactly("EVENTS  WORKER  TYPE  CAUSE", "     2  w       T     c");
        assertThat(cli.errLines())
                .containsExactly(
                        "tradesense: dead letter 9 would be left as it is: it is not discarded",
                        "tradesense: restore would be about 3 events, and leave 1 of them as they are; nothing was"
                                + " changed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dlq retry",
                "dlq retry 17 --all",
                "dlq discard 17 --worker w",
                "dlq retry seventeen",
                "dlq retry --all --canary 1,x",
                "dlq retry --all --rate fast",
                "dlq retry --all --as ä",
                "dlq discard --all --canary 1",
                "dlq edit 17"
            })
    void what_makes_no_sense_is_wrong_usage_and_nothing_is_asked(String verb) {
        assertThat(cli.run(verb.split(" ", -1))).isEqualTo(2);

        assertThat(server.calls()).isEmpty();
        assertThat(cli.out()).isEmpty();
    }

    @Test
    void what_the_server_finds_no_sense_in_is_wrong_usage_too() {
        server.always(
                PATH,
                Reaction.problem(
                        422,
                        Map.of(),
                        "{\"type\":\"urn:tradesense:problem:invalid-operation\",\"detail\":\"/rate is 0\"}"));

        assertThat(cli.run("dlq", "retry", "--all", "--rate", "0")).isEqualTo(2);

        server.always(
                HoldsCommand.PATH,
                Reaction.problem(
                        422,
                        Map.of(),
                        "{\"type\":\"urn:tradesense:problem:invalid-hold\",\"detail\":\"holds nothing\"}"));
        assertThat(Cli.of(server.url()).run("holds", "place", "--reason", "x")).isEqualTo(2);
    }

    @Test
    void a_retry_of_nothing_says_so() {
        server.always(
                PATH, Reaction.json(202, operation("COMPLETED", 0, 0, "").replace("\"total\":12", "\"total\":0")));

        assertThat(cli.run("dlq", "retry", "--worker", "rsik")).isEqualTo(0);

        assertThat(cli.errLines()).containsExactly("tradesense: nothing matches, so operation op-1 has nothing to do");
    }

    @Test
    void a_correction_names_the_event_that_it_was_made_from() {
        server.always("/api/v1/dead-letters/17/edit", Reaction.json(202, operation("RUNNING", 0, 0, "")));
        server.always(PATH + "/op-1", Reaction.json(200, operation("COMPLETED", 1, 0, "")));

        int code = cli.reading("{\"id\":\"e7\",\"data\":{\"price\":1.10}}")
                .run("dlq", "edit", "17", "-", "--reason", "typo");

        assertThat(code).isEqualTo(0);
        assertThat(ordered().target()).isEqualTo("/api/v1/dead-letters/17/edit?reason=typo");
        assertThat(ordered().headers()).containsEntry("Content-type", "application/cloudevents+json");
        assertThat(ordered().body()).isEqualTo("{\"id\":\"e7\",\"data\":{\"price\":1.10},\"corrects\":\"e7\"}");
    }

    @Test
    void a_correction_that_cannot_be_read_is_a_failure() {
        assertThat(cli.reading("{").run("dlq", "edit", "17", "-")).isEqualTo(1);
        assertThat(Cli.of(server.url()).reading("[]").run("dlq", "edit", "17", "-"))
                .isEqualTo(1);
        assertThat(Cli.of(server.url()).run("dlq", "edit", "17", "/no/such/file"))
                .isEqualTo(1);
        Cli folder = Cli.of(server.url());
        assertThat(folder.run("dlq", "edit", "17", "/")).isEqualTo(1);
        assertThat(folder.err()).startsWith("tradesense: / cannot be read: ");

        assertThat(server.calls()).isEmpty();
    }

    @Test
    void the_log_is_a_table_and_one_operation_is_shown_with_its_steps() {
        server.always(
                PATH, Reaction.json(200, "{\"operations\":[" + operation("STOPPED", 11, 1, "") + "],\"next\":3}"));
        server.always(
                PATH + "/op-1",
                Reaction.json(
                        200,
                        operation(
                                "STOPPED",
                                11,
                                1,
                                ",\"steps\":[{\"at\":\"2026-03-01T12:00:00Z\",\"by\":\"alice\",\"text\":\"ordered\"}]")));

        assertThat(cli.run("dlq", "operations", "--limit", "1")).isEqualTo(0);
        Cli one = Cli.of(server.url());
        assertThat(one.run("dlq", "operations", "op-1")).isEqualTo(0);

        assertThat(cli.out().lines().skip(1))
                .containsExactly("2026-03-01 12:00:00.000  alice  retry  STOPPED      12    11       1        0  op-1");
        assertThat(cli.errLines()).containsExactly("tradesense: there are more: go on with --before 3");
        assertThat(one.out()).contains("2026-03-01 12:00:00.000  alice  ordered");
    }

    @Test
    void an_operation_is_cancelled() {
        server.always(PATH + "/op-1/cancel", Reaction.json(200, operation("CANCELLED", 1, 0, "")));

        assertThat(cli.run("dlq", "cancel", "op-1")).isEqualTo(0);

        assertThat(cli.errLines()).containsExactly("tradesense: operation op-1 is CANCELLED");
    }
}
