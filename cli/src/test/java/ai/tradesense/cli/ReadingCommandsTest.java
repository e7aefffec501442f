package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ContractServer.Reaction;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ReadingCommandsTest {
    private static final String EVENT =
            "{\"position\":7,\"recordedAt\":\"2026-03-01T12:00:01Z\",\"event\":{\"id\":\"e7\","
                    + "\"type\":\"Trading.Order.Placed.v1\",\"subject\":\"acct-1\",\"time\":\"2026-03-01T12:00:00Z\","
                    + "\"data\":{\"price\":1.100000000000000000000000000001,\"size\":5E+3}}}";

    private static final String LETTER = "\"id\":17,\"state\":\"DEAD\",\"worker\":\"risk-monitor\","
            + "\"group\":\"risk-monitor_group\",\"eventId\":\"e7\",\"source\":\"/desk\","
            + "\"type\":\"Trading.Order.Placed.v1\",\"subject\":\"acct-1\",\"attempts\":4,"
            + "\"parkedAt\":\"2026-03-01T12:00:02Z\","
            + "\"lastFailure\":{\"attempt\":4,\"at\":\"2026-03-01T12:00:02Z\","
            + "\"exception\":\"java.lang.IllegalStateException\",\"message\":\"no\\nprice\"}";

    private final ContractServer server = new ContractServer();
    private final Cli cli = Cli.of(server.url());

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void events_are_a_table_with_the_way_to_the_next_page() {
        server.always("/api/v1/events", Reaction.json(200, "{\"events\":[" + EVENT + "],\"next\":7}"));

        assertThat(cli.run("events")).isEqualTo(0);

        assertThat(cli.out().lines())
                .containsExactly(
                        "TIME (UTC)               TYPE                     SUBJECT  ID  DATA",
                        "2026-03-01 12:00:00.000  Trading.Order.Placed.v1  acct-1   e7  "
                                + "{\"price\":1.100000000000000000000000000001,\"size\":5E+3}");
        assertThat(cli.errLines()).containsExactly("tradesense: there are more: go on with --after 7");
    }

    @Test
    void every_filter_and_the_page_go_to_the_server() {
        server.always("/api/v1/events", Reaction.json(200, "{\"events\":[],\"next\":null}"));

        assertThat(cli.run(
                        "events",
                        "--type=Risk.*",
                        "--subject=ä/ö",
                        "--source=/s",
                        "--correlationid=c1",
                        "--causationid=c2",
                        "--from=2026-01-31T12:00:00+01:00",
                        "--to=2026-02-01T00:00:00Z",
                        "--limit=5",
                        "--after=9"))
                .isEqualTo(0);

        assertThat(server.calls().getFirst().target())
                .isEqualTo("/api/v1/events?type=Risk.*&subject=%C3%A4%2F%C3%B6&source=%2Fs&correlationid=c1"
                        + "&causationid=c2&from=2026-01-31T12%3A00%3A00%2B01%3A00&to=2026-02-01T00%3A00%3A00Z"
                        + "&limit=5&after=9");
        assertThat(cli.out().lines()).hasSize(1);
        assertThat(cli.err()).isEmpty();
    }

    @Test
    void one_event_is_shown_whole_and_no_number_changes() {
        server.always("/api/v1/events/e%2F7", Reaction.json(200, EVENT));

        assertThat(cli.run("events", "--id", "e/7")).isEqualTo(0);

        assertThat(cli.out())
                .contains("\"price\" : 1.100000000000000000000000000001")
                .contains("\"size\" : 5E+3");
    }

    @Test
    void an_event_that_is_not_there_is_a_failure() {
        server.always(
                "/api/v1/events/e8", Reaction.problem(404, Map.of(), "{\"detail\":\"No event has the id 'e8'\"}"));

        assertThat(cli.run("events", "--id", "e8", "--json")).isEqualTo(1);

        assertThat(cli.out()).isEmpty();
        assertThat(cli.errLines()).containsExactly("tradesense: the server answered 404: No event has the id 'e8'");
    }

    @Test
    void json_is_the_servers_answer_byte_for_byte() {
        String answer = "{ \"events\" : [" + EVENT + "],\n \"next\":null}";
        server.always("/api/v1/events", Reaction.json(200, answer));

        cli.run("events", "--json");

        assertThat(cli.out()).isEqualTo(answer + "\n");
    }

    @Test
    void instances_are_a_table_with_the_workers_of_each() {
        server.always("/api/v1/instances", Reaction.json(200, """
                {"instances":[
                  {"instance":"12-1","alive":true,"startedAt":"2026-01-05T09:00:00Z","seenAt":"2026-01-05T10:00:00Z",
                   "workers":[{"name":"risk","group":"risk_group","state":"RUNNING","reason":""},
                    {"name":"audit","group":"audit_group","state":"DOWN","reason":"no store"}]},
                  {"instance":"13-1","alive":false,"startedAt":"2026-01-05T09:00:00Z","seenAt":"2026-01-05T09:10:00Z",
                   "workers":[]}]}"""));

        assertThat(cli.run("workers", "instances")).isEqualTo(0);

        assertThat(cli.out()).contains("12-1", "yes", "risk RUNNING, audit DOWN", "13-1", "no");
    }

    @Test
    void workers_are_a_table() {
        server.always("/api/v1/workers", Reaction.json(200, """
                {"workers":[
                  {"name":"positions","group":"positions_group","state":"RUNNING","reason":"","lag":0,"inFlight":1,
                   "parked":2,"deadLetters":3,"processed":12345,"failed":4,"meanProcessingMillis":0.01234,
                   "lastError":null},
                  {"name":"audit","group":"audit_group","state":"DEGRADED","reason":"retries","lag":99,"inFlight":0,
                   "parked":0,"deadLetters":0,"processed":1,"failed":0,"meanProcessingMillis":0,"lastError":"x: y"}]}
                """));

        assertThat(cli.run("workers")).isEqualTo(0);

        assertThat(cli.out().lines())
                .containsExactly(
                        "WORKER     STATE     LAG  IN FLIGHT  PARKED  DEAD  PROCESSED  FAILED  MEAN MS  GROUP            NOTE",
                        "positions  RUNNING     0          1       2     3      12345       4    0.012  positions_group",
                        "audit      DEGRADED   99          0       0     0          1       0    0.000  audit_group      retries");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pause", "resume"})
    void a_worker_is_paused_and_resumed(String verb) {
        server.always("/api/v1/workers/risk%20monitor/" + verb, Reaction.json(200, "{}"));

        assertThat(cli.run("workers", verb, "risk monitor")).isEqualTo(0);

        assertThat(server.calls().getFirst().method()).isEqualTo("POST");
        assertThat(cli.err()).startsWith("tradesense: risk monitor ");
    }

    @ParameterizedTest
    @CsvSource({
        "concurrency w 7, /api/v1/workers/w/concurrency?subjects=7, w is to process 7 subjects at a time",
        "breaker w open, /api/v1/workers/w/breaker/open, w takes no events until its breaker is reset",
        "breaker w reset, /api/v1/workers/w/breaker/reset, w takes events again: its breaker is closed"
    })
    void how_a_worker_works_is_changed(String arguments, String target, String said) {
        server.always(target.replaceAll("\\?.*", ""), Reaction.json(202, ""));

        assertThat(cli.run(("workers " + arguments).split(" ", -1))).isEqualTo(0);

        assertThat(server.calls()).singleElement().satisfies(call -> {
            assertThat(call.method()).isEqualTo("POST");
            assertThat(call.target()).isEqualTo(target);
        });
        assertThat(cli.errLines()).containsExactly("tradesense: " + said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"concurrency w", "concurrency w many", "breaker w", "breaker w shut"})
    void an_order_to_a_worker_that_makes_no_sense_is_wrong_usage_and_nothing_is_asked(String arguments) {
        assertThat(cli.run(("workers " + arguments).split(" ", -1))).isEqualTo(2);

        assertThat(server.calls()).isEmpty();
    }

    @Test
    void one_worker_is_shown_with_its_breaker_and_the_handlers_that_do_not_end() {
        String worker = """
                {"name":"risk","group":"risk_group","subscribesTo":["Risk.*","Trading.*"],"state":"STALLED",\
                "reason":"1 handlers","breaker":"FORCED_OPEN","concurrency":7,"replayable":true,"lag":5,"inFlight":1,\
                "parked":2,"deadLetters":3,"processed":40,"failed":4,"lastError":"E: no","lastErrorAt":\
                "2026-01-05T09:00:00Z","stuck":[{"task":"Risk.Limit.Breached.v1 of acc-7","key":"Risk/acc-7",\
                "since":"2026-01-05T09:00:01Z","stack":["a.Socket.read(Socket.java:1)"]}]}""";
        server.always("/api/v1/workers/risk", Reaction.json(200, worker));

        assertThat(cli.run("workers", "show", "risk")).isEqualTo(0);
        Cli exact = Cli.of(server.url());
        assertThat(exact.run("workers", "show", "risk", "--json")).isEqualTo(0);

        assertThat(cli.out().lines())
                .contains(
                        "state         STALLED",
                        "breaker       FORCED_OPEN",
                        "subscribes to Risk.*, Trading.*",
                        "at a time     7 subjects",
                        "failed at     2026-01-05 09:00:00.000 UTC",
                        "does not end: Risk.Limit.Breached.v1 of acc-7, since 2026-01-05 09:00:01.000 UTC",
                        "    at a.Socket.read(Socket.java:1)");
        assertThat(exact.out()).isEqualTo(worker + "\n");
    }

    private static Reaction instance(String seenAt, String reason) {
        return Reaction.json(
                200,
                "{\"instances\":[{\"instance\":\"one\",\"alive\":true,\"seenAt\":\"" + seenAt
                        + "\",\"workers\":[{\"name\":\"w\",\"state\":\"PAUSED\",\"reason\":\"" + reason + "\"}]}]}");
    }

    @Test
    void a_drain_ends_when_every_instance_has_said_since_that_it_is_drained() {
        server.always("/api/v1/workers/w/drain", Reaction.json(200, "{}"));
        server.next("/api/v1/instances", instance("12:00:00", "drained: nothing is at hand")); // of the day before
        server.next("/api/v1/instances", instance("12:00:05", "draining: 2 events at hand"));
        server.next("/api/v1/instances", instance("12:00:10", "drained: nothing is at hand"));

        assertThat(cli.run("workers", "drain", "w")).isEqualTo(0);

        assertThat(server.calls().getFirst().method()).isEqualTo("POST");
        assertThat(server.calls()).hasSize(4);
        assertThat(cli.errLines())
                .containsExactly(
                        "tradesense: w: {one=not heard of yet}",
                        "tradesense: w: {one=draining: 2 events at hand}",
                        "tradesense: w is drained");
    }

    @Test
    void a_drain_that_is_not_waited_for_is_only_ordered() {
        server.always("/api/v1/workers/w/drain", Reaction.json(202, ""));

        assertThat(cli.run("workers", "drain", "--no-wait", "w")).isEqualTo(0);

        assertThat(server.calls()).hasSize(1);
        assertThat(cli.errLines()).containsExactly("tradesense: w drains");
    }

    @Test
    void a_server_named_before_the_inner_verb_is_the_one_that_is_asked() {
        server.always("/api/v1/workers/w/pause", Reaction.json(200, "{}"));

        int code = new Cli().run("workers", "--server", server.url().toString(), "pause", "w");

        assertThat(code).isEqualTo(0);
        assertThat(server.calls()).hasSize(1);
    }

    @Test
    void dead_letters_are_a_table_with_the_way_to_older_ones() {
        server.always("/api/v1/dead-letters", Reaction.json(200, "{\"deadLetters\":[{" + LETTER + "}],\"next\":17}"));

        assertThat(cli.run("dlq", "list", "--worker", "risk-monitor", "--before", "18", "--limit", "1"))
                .isEqualTo(0);

        assertThat(server.calls().getFirst().target())
                .isEqualTo("/api/v1/dead-letters?worker=risk-monitor&limit=1&before=18");
        assertThat(cli.out().lines().skip(1))
                .containsExactly(
                        "17  2026-03-01 12:00:02.000  risk-monitor  Trading.Order.Placed.v1  acct-1          4  "
                                + "DEAD   java.lang.IllegalStateException: no price");
        assertThat(cli.errLines()).containsExactly("tradesense: there are more: go on with --before 17");
    }

    @Test
    void a_dead_letter_is_shown_with_its_event_and_every_attempt() {
        server.always(
                "/api/v1/dead-letters/17",
                Reaction.json(
                        200,
                        "{" + LETTER + ",\"failures\":[{\"attempt\":1,\"at\":\"2026-03-01T12:00:01Z\","
                                + "\"exception\":\"E\",\"message\":\"first\",\"stackTrace\":\"E: first\\n\\tat A.b\"},"
                                + "{\"attempt\":2,\"at\":\"2026-03-01T12:00:02Z\",\"exception\":\"F\","
                                + "\"message\":\"\",\"stackTrace\":\"F\\n\\tat C.d\"}],"
                                + "\"event\":{\"id\":\"e7\",\"data\":{\"price\":1.10}}}"));

        assertThat(cli.run("dlq", "show", "17")).isEqualTo(0);

        assertThat(cli.out()).isEqualTo("""
                id        17
                state     DEAD
                worker    risk-monitor
                group     risk-monitor_group
                event     e7
                type      Trading.Order.Placed.v1
                subject   acct-1
                source    /desk
                since     2026-03-01 12:00:02.000 UTC
                attempts  4

                attempt 1  2026-03-01 12:00:01.000 UTC
                E: first

                attempt 2  2026-03-01 12:00:02.000 UTC
                F

                F
                    at C.d

                {
                  "id" : "e7",
                  "data" : {
                    "price" : 1.10
                  }
                }
                """);
    }

    @Test
    void the_event_of_a_dead_letter_is_shown_alone_with_its_numbers_as_they_were() {
        server.always(
                "/api/v1/dead-letters/17",
                Reaction.json(
                        200,
                        "{" + LETTER + ",\"failures\":[],\"event\":{\"id\":\"e7\",\"data\":"
                                + "{\"amount\":12345678901234567.89,\"price\":1.10}}}"));
        server.always("/api/v1/dead-letters/3", Reaction.json(200, "{\"id\":3,\"event\":null}"));

        assertThat(cli.run("dlq", "show", "17", "--event")).isEqualTo(0);

        assertThat(cli.out()).isEqualTo("""
                {
                  "id" : "e7",
                  "data" : {
                    "amount" : 12345678901234567.89,
                    "price" : 1.10
                  }
                }
                """);
        Cli unreadable = Cli.of(server.url());
        assertThat(unreadable.run("dlq", "show", "3", "--event")).isEqualTo(1);
        assertThat(unreadable.out()).isEmpty();
    }

    @Test
    void a_quarantined_event_is_shown_as_the_bytes_that_came() {
        server.always(
                "/api/v1/dead-letters/3",
                Reaction.json(
                        200,
                        "{\"id\":3,\"state\":\"QUARANTINED\",\"event\":null,\"rawBase64\":\"/w==\","
                                + "\"contentType\":\"application/octet-stream\"}"));

        cli.run("dlq", "show", "3");

        assertThat(cli.out()).endsWith("application/octet-stream in Base64: /w==\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"events", "tail", "workers", "dlq list", "dlq show 1", "workers pause w"})
    void without_a_server_each_verb_says_what_to_do_in_one_sentence(String verb) {
        server.close();

        assertThat(cli.run(verb.split(" ", -1))).isEqualTo(1);

        assertThat(cli.out()).isEmpty();
        assertThat(cli.errLines())
                .containsExactly("tradesense: no server answers at " + server.url()
                        + " (Connection refused); start one with 'tradesense up', or name it with --server URL");
    }

    @Test
    void something_else_that_answers_is_no_server() {
        server.always("/api/v1/workers", Reaction.with(200, "text/html", Map.of(), "<html>hello</html>"));

        assertThat(cli.run("workers")).isEqualTo(1);

        assertThat(cli.errLines())
                .containsExactly("tradesense: what " + server.url()
                        + "/api/v1/workers answers is no JSON; is that a TradeSense server?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "ftp://host", "http://", "http://host?x=1", "http:// host"})
    void a_server_that_is_no_url_is_wrong_usage(String url) {
        assertThat(new Cli().run("events", "--server", url)).isEqualTo(2);
        assertThat(new Cli().with(ServerOption.VARIABLE, url).run("events")).isEqualTo(2);
    }

    @Test
    void what_cannot_be_decoded_is_said_beside_the_table() {
        server.always("/api/v1/events", Reaction.json(200, """
                {"events":[%s],"unreadable":[{"position":6,"lastPosition":6,"id":"e6","reason":"7 bytes are left",
                 "bytes":"AAA="}],"next":null}""".formatted(EVENT)));

        assertThat(cli.run("events")).isEqualTo(0);

        assertThat(cli.out().lines()).hasSize(2);
        assertThat(cli.errLines())
                .containsExactly("tradesense: position 6 (id e6) cannot be decoded: 7 bytes are left");
    }

    @Test
    void projections_are_a_table_that_says_how_far_a_rebuild_is_and_why_one_stands_still() {
        server.always("/api/v1/projections", Reaction.json(200, """
                {"projections":[
                  {"name":"balances","instance":"7@host","alive":true,"version":1,"state":"REBUILDING","reason":"",
                   "position":900,"lag":5,"rebuild":{"version":2,"position":400,"target":900,"eventsPerSecond":50},
                   "seenAt":"2026-01-05T10:00:00Z"},
                  {"name":"limits","instance":"7@host","alive":true,"version":3,"state":"STOPPED","reason":"no disk",
                   "position":8,"lag":897,"rebuild":null,"seenAt":"2026-01-05T10:00:00Z"},
                  {"name":"totals","instance":"8@host","alive":false,"version":1,"state":"LIVE","reason":"",
                   "position":905,"lag":0,"rebuild":null,"seenAt":"2026-01-05T09:00:00Z"}]}"""));

        assertThat(cli.run("projections")).isEqualTo(0);

        assertThat(cli.out().lines().map(line -> line.replaceAll(" +", " ").strip()))
                .containsExactly(
                        "PROJECTION VERSION STATE POSITION LAG INSTANCE NOTE",
                        "balances 1 REBUILDING 900 5 7@host rebuilding version 2: 400 of 900, at most 50 events/s",
                        "limits 3 STOPPED 8 897 7@host no disk",
                        "totals 1 SILENT 905 0 8@host");
    }
}
