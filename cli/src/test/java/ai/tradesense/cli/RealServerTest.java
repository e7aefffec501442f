package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each verb against the server itself: what [ContractServer] says of the contract is true.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class RealServerTest {
    @TempDir
    private static Path folder;

    private static ServerProcess server;

    private final Cli cli = Cli.of(server.url());

    @BeforeAll
    static void start() throws IOException {
        server = up(folder.resolve("data"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ServerProcess up(Path data) throws IOException {
        return ServerProcess.up(Files.createTempFile(folder, "server", ".log"), "--data", data.toString());
    }

    private static String order(String id, String account) {
        return order(id, account, "BUY");
    }

    private static String order(String id, String account, String side) {
        return "{\"specversion\":\"1.0\",\"id\":\"" + id + "\",\"source\":\"/cli-test\","
                + "\"type\":\"Trading.Order.Placed.v1\",\"subject\":\"" + account
                + "\",\"time\":\"2026-03-01T12:00:00Z\",\"correlationid\":\"c-" + account
                + "\",\"data\":{\"accountId\":\"" + account + "\",\"orderId\":\"" + id
                + "\",\"instrument\":\"EURUSD\",\"side\":\"" + side
                + "\",\"kind\":\"MARKET\",\"quantity\":1.100000000000000010,\"placedAt\":\"2026-03-01T12:00:00Z\"}}\n";
    }

    private static String orders(String prefix, String account, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> order(prefix + i, account))
                .collect(Collectors.joining());
    }

    private Cli again() {
        return Cli.of(server.url());
    }

    private static List<String> ids(Cli reader) {
        return Json.parse(reader.out().getBytes(StandardCharsets.UTF_8)).at("events").items().stream()
                .map(entry -> entry.at("event").at("id").text())
                .toList();
    }

    @Test
    void what_was_published_is_found_with_its_numbers_as_they_were() {
        assertThat(cli.reading(orders("found", "a-found", 3)).run("publish", "-"))
                .isEqualTo(0);

        Cli search = again();
        assertThat(search.run("events", "--json", "--subject", "a-found", "--type", "Trading.*", "--limit", "2"))
                .isEqualTo(0);
        assertThat(ids(search)).containsExactly("found2", "found1");
        assertThat(search.out()).contains("1.100000000000000010");
        String next = Json.parse(search.out().getBytes(StandardCharsets.UTF_8))
                .at("next")
                .text();
        Cli rest = again();
        rest.run("events", "--json", "--correlationid", "c-a-found", "--after", next);
        assertThat(ids(rest)).containsExactly("found0");
        Cli one = again();
        assertThat(one.run("events", "--id", "found1")).isEqualTo(0);
        assertThat(one.out()).contains("\"id\" : \"found1\"", "1.100000000000000010");
    }

    @Test
    void exactly_the_bad_lines_of_a_file_are_rejected_each_with_its_reason() {
        String input = order("mixed1", "a-mixed")
                + "{\"specversion\":\"1.0\",\"id\":\"mixed2\"\n"
                + order("mixed3", "a-mixed").replace("Placed.v1", "Placed.v9")
                + order("mixed4", "a-mixed")
                + order("mixed5", "a-mixed", "HOLD")
                + order("", "a-mixed")
                + order("mixed7", "a-mixed").replace("\"subject\"", "\"id\":\"twice\",\"subject\"")
                + order("mixed8", "a-mixed").replace("\"EURUSD\"", "[".repeat(40) + "]".repeat(40))
                + order("mixed9", "a-mixed").replace("EURUSD", "x".repeat(300_000))
                + order("mixed10", "a-mixed").replace("2026-03-01T12:00:00Z\",\"corr", "yesterday\",\"corr")
                + order("mixed11", "a-mixed").replace("\"id\":\"mixed11\"", "\"id\":11")
                + order("mixed12", "a-mixed");

        assertThat(cli.reading(input).run("publish", "-")).isEqualTo(1);

        List<String> rejected = cli.errLines().stream()
                .filter(line -> line.startsWith("tradesense: line "))
                .sorted((one, other) -> Long.compare(number(one), number(other)))
                .toList();
        assertThat(rejected).extracting(RealServerTest::number).containsExactly(2L, 3L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
        assertThat(rejected.get(1)).contains("line 3: /type").contains("Trading.Order.Placed.v9");
        assertThat(rejected.get(2)).contains("line 5: /data/side").contains("HOLD");
        assertThat(rejected.get(3)).contains("line 6: /id");
        assertThat(rejected.get(7)).contains("line 10: /time").contains("yesterday");
        Cli search = again();
        search.run("events", "--json", "--subject", "a-mixed");
        assertThat(ids(search)).containsExactly("mixed12", "mixed4", "mixed1");
    }

    private static long number(String line) {
        return Long.parseLong(line.replaceFirst("tradesense: line ([0-9]+).*", "$1"));
    }

    @Test
    void tail_shows_what_is_behind_a_position_and_what_comes() throws InterruptedException {
        assertThat(cli.reading(orders("tail", "a-tail", 2)).run("publish", "-")).isEqualTo(0);
        Cli tail = again();
        Thread publisher = Thread.ofVirtual()
                .start(() -> again().reading(orders("more", "a-tail", 2)).run("publish", "-"));

        assertThat(tail.run("tail", "--json", "--after", "0", "--subject", "a-tail", "--limit", "4"))
                .isEqualTo(0);

        publisher.join();
        assertThat(tail.out()
                        .lines()
                        .map(line -> Json.parse(line.getBytes(StandardCharsets.UTF_8))
                                .at("id")
                                .text()))
                .containsExactly("tail0", "tail1", "more0", "more1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"workers", "workers --json", "dlq list", "dlq list --json", "events", "doctor"})
    void every_reading_verb_understands_the_server(String verb) {
        assertThat(cli.run(verb.split(" ", -1))).isEqualTo(0);

        assertThat(cli.out()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "events --id no-such",
                "workers pause no-such",
                "workers drain no-such",
                "workers resume no-such",
                "dlq show 424242",
                "dlq show x"
            })
    void what_is_not_there_is_a_failure_in_one_sentence(String verb) {
        assertThat(cli.run(verb.split(" ", -1))).isEqualTo(1);

        assertThat(cli.errLines()).singleElement().asString().startsWith("tradesense: the server answered 404: No ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "events --limit 0",
                "events --limit many",
                "events --from yesterday",
                "events --type lower.case",
                "tail --from x",
                "dlq list --before 0"
            })
    void a_value_that_the_server_does_not_understand_is_wrong_usage(String verb) {
        assertThat(cli.run(verb.split(" ", -1))).isEqualTo(2);
    }

    @Test
    void doctor_finds_nothing_wrong_with_it() {
        assertThat(cli.run("doctor", "--data", folder.resolve("data").toString()))
                .isEqualTo(0);

        assertThat(cli.out())
                .contains("[ok]   server: " + server.url() + " is UP", "[ok]   version: ")
                .doesNotContain("[warn] s");
    }

    @Test
    void a_server_that_is_told_to_end_ends_and_the_next_one_has_every_event() throws Exception {
        Path data = folder.resolve("kept");
        String input = orders("kept", "a-kept", 1_500);
        try (ServerProcess first = up(data)) {
            assertThat(Cli.of(first.url()).reading(input).run("publish", "-")).isEqualTo(0);
            assertThat(first.stop()).isIn(0, 143);
        }
        try (ServerProcess second = up(data)) {
            Cli publisher = Cli.of(second.url());
            assertThat(publisher.reading(input).run("publish", "-")).isEqualTo(0);
            assertThat(publisher.err()).endsWith(", 1,500 of them stored before\n");
        }
    }

    @Test
    void a_second_server_on_the_same_data_is_refused_in_one_sentence() throws Exception {
        try (ServerProcess second = up(folder.resolve("data"))) {
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.log().lines().filter(line -> !line.isBlank())).hasSize(1);
        }
    }
}
