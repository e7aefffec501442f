package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ContractServer.Reaction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class TailCommandTest {
    private static final String PATH = "/api/v1/tail";

    private final ContractServer server = new ContractServer();
    private final Cli cli = Cli.of(server.url());

    @AfterEach
    void stop() {
        server.close();
    }

    private static String event(int position) {
        return "id: " + position + "\ndata: " + json(position) + "\n\n";
    }

    private static String json(int position) {
        return "{\"id\":\"e" + position + "\",\"type\":\"Trading.Order.Placed.v1\",\"subject\":\"acct-1\","
                + "\"time\":\"2026-03-01T13:00:00.5+01:00\",\"data\":{\"price\":1.10}}";
    }

    @Test
    void a_limit_below_1_is_wrong_usage() {
        assertThat(cli.run("tail", "--limit", "0")).isEqualTo(2);

        assertThat(cli.errLines()).contains("tradesense: --limit is '0', expected a number of events, from 1");
        assertThat(server.calls()).isEmpty();
    }

    @Test
    void shows_an_event_a_line_with_its_time_in_utc() {
        server.always(PATH, Reaction.stream("retry: 2000\nid: 0\n\n", event(1)));

        assertThat(cli.run("tail", "--limit", "1")).isEqualTo(0);

        assertThat(cli.out())
                .isEqualTo("2026-03-01 12:00:00.500  Trading.Order.Placed.v1           acct-1                "
                        + "{\"price\":1.10}\n");
        assertThat(cli.err()).isEmpty();
    }

    @Test
    void a_line_is_cut_to_the_width_of_the_terminal() {
        server.always(PATH, Reaction.stream(event(1)));

        cli.on(new Terminal(true, true, 40)).run("tail", "--limit", "1");

        assertThat(cli.out().strip()).hasSize(40).endsWith("…");
    }

    @Test
    void json_is_what_the_server_sent() {
        server.always(PATH, Reaction.stream(event(1), event(2)));

        cli.run("tail", "--json", "--limit", "2");

        assertThat(cli.out()).isEqualTo(json(1) + "\n" + json(2) + "\n");
    }

    @Test
    void events_in_pieces_over_several_lines_and_with_comments_are_put_together() {
        server.always(
                PATH,
                Reaction.stream(
                        ": hello\r\n", "id: 1\r\nda", "ta: {\"id\":\r\ndata", ": \"e1\"}\r\n", "\r", "\n: end\n"));

        cli.run("tail", "--json", "--limit", "1");

        assertThat(cli.out()).isEqualTo("{\"id\":\"e1\"}\n");
    }

    @Test
    void filters_go_to_the_server() {
        server.always(PATH, Reaction.stream(event(1)));

        cli.run("tail", "--limit", "1", "--type", "Risk.*", "--type", "Auth.*", "--subject", "a b&c", "--source", "/x");

        assertThat(server.calls().getFirst().target())
                .isEqualTo("/api/v1/tail?type=Risk.*%2CAuth.*&subject=a%20b%26c&source=%2Fx");
    }

    @Test
    void comes_back_where_it_was_when_the_connection_ends() {
        server.next(PATH, Reaction.stream("retry: 3000\n\n", event(1), event(2)))
                .next(PATH, Reaction.problem(429, Map.of(), "{\"detail\":\"too many tails\"}"))
                .next(PATH, Reaction.problem(503, Map.of(), "{\"detail\":\"starting\"}"))
                .next(PATH, Reaction.stream(event(3)));

        assertThat(cli.run("tail", "--json", "--limit", "3")).isEqualTo(0);

        assertThat(cli.out().lines()).containsExactly(json(1), json(2), json(3));
        assertThat(server.calls().getFirst().headers()).doesNotContainKey("Last-event-id");
        assertThat(server.calls().subList(1, 4))
                .allSatisfy(call -> assertThat(call.headers()).containsEntry("Last-event-id", "2"));
        assertThat(cli.pauses()).containsExactly(Duration.ofSeconds(3), Duration.ofSeconds(6), Duration.ofSeconds(10));
        assertThat(cli.errLines())
                .containsExactly(
                        "tradesense: the connection ended (the server ended it); connecting again",
                        "tradesense: connected again");
    }

    @Test
    void an_event_that_was_cut_off_is_not_shown_and_asked_for_again() {
        server.next(PATH, Reaction.stream(event(1), "id: 2\ndata: {\"half\":")).next(PATH, Reaction.stream(event(2)));

        cli.run("tail", "--json", "--limit", "2");

        assertThat(cli.out().lines()).containsExactly(json(1), json(2));
        assertThat(server.calls().get(1).headers()).containsEntry("Last-event-id", "1");
    }

    @Test
    void a_position_without_an_event_is_remembered_too() {
        server.next(PATH, Reaction.stream(event(1), ": alive\nid: 90\n\n")).next(PATH, Reaction.stream(event(91)));

        cli.run("tail", "--json", "--limit", "2");

        assertThat(server.calls().get(1).headers()).containsEntry("Last-event-id", "90");
    }

    @Test
    void begins_behind_a_position_if_asked() {
        server.always(PATH, Reaction.stream(event(8)));

        cli.run("tail", "--limit", "1", "--after", "7");

        assertThat(server.calls().getFirst().headers()).containsEntry("Last-event-id", "7");
    }

    @Test
    void a_server_that_was_never_there_is_not_waited_for() {
        server.close();

        assertThat(cli.run("tail")).isEqualTo(1);

        assertThat(cli.pauses()).isEmpty();
        assertThat(cli.errLines())
                .singleElement()
                .asString()
                .startsWith("tradesense: no server answers at " + server.url())
                .contains("tradesense up");
    }

    @Test
    void a_filter_that_the_server_does_not_understand_is_wrong_usage() {
        server.always(
                PATH,
                Reaction.problem(
                        400,
                        Map.of(),
                        "{\"type\":\"urn:tradesense:problem:invalid-parameter\",\"detail\":\"'x' is no pattern\"}"));

        assertThat(cli.run("tail", "--type", "x")).isEqualTo(2);

        assertThat(cli.errLines())
                .containsExactly(
                        "tradesense: the server answered 400: 'x' is no pattern",
                        "tradesense: see 'tradesense tail --help'");
    }

    @Test
    void a_position_that_is_none_is_wrong_usage_and_nothing_is_asked() {
        assertThat(cli.run("tail", "--after", "yesterday")).isEqualTo(2);

        assertThat(cli.err()).contains("--after is 'yesterday', expected a position in the log");
        assertThat(server.calls()).isEmpty();
    }

    @Test
    void what_would_steer_a_terminal_is_not_written_to_it() {
        server.always(PATH, Reaction.stream("data: {\"type\":\"T\",\"subject\":\"\\u001b[2Jx\\u009by\"}\n\n"));

        cli.run("tail", "--limit", "1");

        assertThat(cli.out()).contains(" [2Jx y").doesNotContain("\u001b").doesNotContain("\u009b");
    }

    /// The hook that does it runs for Ctrl-C (SIGINT) as for SIGTERM, which a test can send wherever it runs.
    @Test
    void being_told_to_end_is_no_failure(@TempDir Path folder) throws IOException, InterruptedException {
        server.always(PATH, (_, exchange) -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(event(1).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
        });
        Path out = folder.resolve("out");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "tail",
                "--json",
                "--server",
                server.url().toString()));
        Process tail = builder.redirectOutput(out.toFile())
                .inheritIO()
                .redirectOutput(out.toFile())
                .start();
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(out).hasContent(json(1)));

            tail.destroy();

            assertThat(tail.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(tail.exitValue()).isEqualTo(0);
        } finally {
            tail.destroyForcibly();
        }
    }

    @Test
    void what_cannot_be_decoded_is_said_beside_the_events() {
        server.always(
                PATH,
                Reaction.stream(
                        "event: unreadable\nid: 1\ndata: {\"position\":1,\"id\":null,\"reason\":\"too short\"}\n\n",
                        event(2)));

        assertThat(cli.run("tail", "--json", "--limit", "1")).isEqualTo(0);

        assertThat(cli.out()).isEqualTo(json(2) + "\n");
        assertThat(cli.errLines()).containsExactly("tradesense: position 1 cannot be decoded: too short");
    }
}
