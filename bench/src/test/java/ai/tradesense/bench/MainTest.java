package ai.tradesense.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MainTest {
    @TempDir
    private Path data;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                arguments);
    }

    /// A run of 2,000 events that must succeed; its one JSON object.
    private JsonNode json(String... more) {
        return json(2, 1, more);
    }

    private JsonNode json(int rounds, int warmup, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--json", "--events=2000", "--subjects=50", "--batch=100"));
        arguments.addAll(List.of("--rounds=" + rounds, "--warmup=" + warmup, "--data", data.toString()));
        arguments.addAll(List.of(more));
        int code = run(arguments.toArray(String[]::new));
        assertThat(code).as(() -> err.toString(StandardCharsets.UTF_8)).isEqualTo(Main.OK);
        return JsonMapper.shared().readTree(out.toByteArray());
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private static List<String> names(JsonNode contenders) {
        return contenders.valueStream().map(each -> each.get("name").asString()).toList();
    }

    private static void assertPercentiles(JsonNode percentiles) {
        double p50 = percentiles.get("p50Micros").asDouble();
        double p99 = percentiles.get("p99Micros").asDouble();
        double p999 = percentiles.get("p999Micros").asDouble();
        assertThat(p50).isPositive().isLessThanOrEqualTo(p99);
        assertThat(p99).isLessThanOrEqualTo(p999);
    }

    private static void assertSound(JsonNode result) {
        assertThat(result.get("lost").asInt()).isZero();
        assertThat(result.get("duplicated").asInt()).isZero();
        assertThat(result.get("misordered").asInt()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedded", "memory"})
    void one_object_says_what_was_measured_how_and_where(String transport) {
        JsonNode result = json("--transport", transport);

        assertThat(result.get("transport").asString()).isEqualTo(transport);
        assertThat(result.get("events").asInt()).isEqualTo(2_000);
        assertThat(result.get("eventsPerSecond").asLong())
                .isBetween(
                        result.get("eventsPerSecondMin").asLong(),
                        result.get("eventsPerSecondMax").asLong());
        assertPercentiles(result.get("publish"));
        assertPercentiles(result.get("endToEnd"));
        assertSound(result);
        assertThat(result.get("contenders").isEmpty()).isTrue();

        JsonNode settings = result.get("settings");
        assertThat(settings.get("batch").asInt()).isEqualTo(100);
        assertThat(settings.get("subjects").asInt()).isEqualTo(50);
        assertThat(settings.get("rounds").asInt()).isEqualTo(2);
        assertThat(settings.get("warmup").asInt()).isEqualTo(1);
        assertThat(settings.get("eventBytes").asDouble()).isBetween(330.0, 400.0);
        assertThat(settings.get("loop").asString()).startsWith("closed");
        assertThat(settings.has("rate")).isFalse();
        assertThat(settings.get("garbageCollectors").isEmpty()).isFalse();
        assertThat(settings.get("libraries").get("org.sqlite").asString()).startsWith("sqlite-jdbc-3.");

        JsonNode machine = result.get("machine");
        assertThat(machine.get("cores").asInt()).isPositive();
        assertThat(machine.get("memoryMiB").asInt()).isPositive();
        assertThat(machine.get("fsyncMicros").asDouble()).isPositive();
        assertThat(machine.get("pauseMillis").asDouble()).isPositive();
        assertThat(machine.get("jdk").asString()).contains(System.getProperty("java.runtime.version"));
        assertThat(machine.get("cpu").asString()).isNotBlank();
        assertThat(machine.get("os").asString()).contains(System.getProperty("os.name"));
        assertThat(machine.get("dataFileSystem").asString()).contains(" on ");
    }

    @Test
    void the_embedded_log_is_compared_with_bare_inserts_first() {
        JsonNode contenders = json("--transport", "embedded", "--compare").get("contenders");

        assertThat(names(contenders))
                .containsExactly(
                        "sqlite-jdbc inserts, unique key",
                        "sqlite-jdbc inserts, no key",
                        "tradesense embedded, from the file");
        contenders.forEach(contender -> {
            assertSound(contender);
            assertThat(contender.get("eventsPerSecond").asLong()).isPositive();
            assertPercentiles(contender.get("publish"));
        });
        assertThat(contenders.get(0).has("endToEnd")).isFalse();
        assertThat(contenders.get(0).get("settings").get("pragmas").asString()).contains("synchronous = FULL");
        assertPercentiles(contenders.get(2).get("endToEnd"));
    }

    @Test
    void the_memory_transport_is_compared_with_the_disruptor_first_and_then_with_peers() {
        JsonNode contenders =
                json("--transport", "memory", "--compare", "--publishers=1").get("contenders");

        assertThat(names(contenders))
                .containsExactly("LMAX Disruptor", "Spring application events", "Guava AsyncEventBus");
        contenders.forEach(contender -> {
            assertSound(contender);
            assertThat(contender.get("eventsPerSecond").asLong()).isPositive();
            assertPercentiles(contender.get("publish"));
            assertPercentiles(contender.get("endToEnd"));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedded", "memory"})
    void failures_are_measured_in_turn_with_runs_in_which_nothing_fails(String transport) {
        JsonNode result = json("--transport", transport, "--failures", "--retry-delay", "25");

        assertThat(names(result.get("contenders")))
                .containsExactly(
                        "tradesense " + transport + ", nothing to meet failures",
                        "tradesense " + transport + ", 1 % fail once",
                        "tradesense " + transport + ", one subject fails for ever");
        assertSound(result);
        result.get("contenders").forEach(contender -> {
            assertSound(contender);
            assertPercentiles(contender.get("endToEnd"));
        });
        for (String share : List.of("guardedThroughput", "failingOnceThroughput", "othersP99")) {
            assertThat(result.get("failures").get(share).asDouble()).isPositive();
        }
        assertThat(result.get("settings").get("ours").get("failures").asString())
                .startsWith("retries");
        assertThat(result.at("/contenders/1/settings/failures").asString()).endsWith("first retry after 25 ms");
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedded", "postgresql"})
    void the_store_is_measured_by_itself_beside_bare_inserts(String transport) {
        JsonNode result = json(1, 0, "--transport", transport, "--store");

        assertSound(result);
        assertThat(result.get("contenders")).singleElement().satisfies(bare -> {
            assertThat(bare.get("name").asString()).contains("inserts");
            assertSound(bare);
        });
        assertPercentiles(result.get("endToEnd"));
        JsonNode store = result.get("store");
        assertThat(store.get("appendShare").asDouble()).isPositive();
        assertThat(store.at("/read/events").asInt())
                .as("the others, and two aggregates")
                .isEqualTo(4_000);
        assertThat(store.at("/read/eventsPerSecond").asLong()).isPositive();
        assertThat(store.get("loads")
                        .valueStream()
                        .map(each -> each.get("where").asString()))
                .containsExactly("together", "spread");
        store.get("loads").forEach(load -> assertPercentiles(load.get("took")));
    }

    @Test
    void how_fast_the_store_is_is_printed_below_the_table() {
        int code = run("--store", "--events=2000", "--subjects=50", "--rounds=1", "--warmup=0");

        assertThat(code).as(this::errors).isEqualTo(Main.OK);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("appends alone: \\d+\\.\\d{3} of bare inserts")
                .contains("reading all of 4,000 events: ", "loading an aggregate of 1,000 events among 2,000 others");
    }

    @Test
    void kafka_is_compared_with_its_clients_first_and_then_with_peers() {
        JsonNode result = json(1, 0, "--transport", "kafka", "--compare");

        assertThat(names(result.get("contenders")))
                .containsExactly(
                        "kafka clients, encoded beforehand",
                        "kafka clients, encoding JSON too",
                        "Spring Kafka, per batch",
                        "Spring Kafka, per record",
                        "Confluent Parallel Consumer, by key");
        assertSound(result);
        result.get("contenders").forEach(MainTest::assertSound);
    }

    @Test
    void on_kafka_a_handler_may_block_and_fewer_be_compared() {
        JsonNode result = json(1, 0, "--transport", "kafka", "--blocking", "1", "--against", "Parallel");

        assertThat(names(result.get("contenders"))).containsExactly("Confluent Parallel Consumer, by key");
        assertSound(result);
        assertThat(result.get("endToEnd").get("p50Micros").asDouble()).isGreaterThan(1_000);
        assertThat(result.get("contenders")
                        .get(0)
                        .get("endToEnd")
                        .get("p50Micros")
                        .asDouble())
                .isGreaterThan(1_000);
    }

    @Test
    void what_failures_cost_is_measured_on_kafka_too() {
        JsonNode result = json(1, 0, "--transport", "kafka", "--failures");

        assertThat(result.get("failures").get("failingOnceThroughput").asDouble())
                .isPositive();
        assertSound(result);
    }

    @Test
    void what_failures_cost_is_printed_below_the_table() {
        int code =
                run("--transport=memory", "--failures", "--events=2000", "--subjects=50", "--rounds=1", "--warmup=0");

        assertThat(code).as(this::errors).isEqualTo(Main.OK);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("tradesense memory, 1 % fail once ")
                .containsPattern("throughput while 1 % fail once: \\d+\\.\\d{3} of that when none do");
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedded", "memory"})
    void a_rate_makes_an_open_loop(String transport) {
        JsonNode result = json("--transport", transport, "--rate", "10000");

        assertThat(result.get("settings").get("rate").asInt()).isEqualTo(10_000);
        assertThat(result.get("settings").get("loop").asString()).startsWith("open");
        // The last of 2,000 events falls due 0.1999 s after the first; no round can be over before.
        assertThat(result.get("eventsPerSecondMax").asLong()).isBetween(1L, 10_006L);
        assertSound(result);
    }

    @Test
    void without_json_a_table_is_printed_and_progress_goes_elsewhere() {
        int code = run("--transport=memory", "--compare", "--events=2000", "--subjects=50", "--rounds=1", "--warmup=0");

        assertThat(code).isEqualTo(Main.OK);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("memory: rounds of 2,000 events of 3")
                .contains("tradesense memory ")
                .contains("LMAX Disruptor ")
                .contains("lost 0, duplicated 0, out of order 0")
                .doesNotContain("round 1/1");
        assertThat(errors()).contains("round 1/1  tradesense memory");
    }

    @Test
    void what_was_stored_meanwhile_is_removed_and_nothing_else() throws IOException {
        Path own = Files.writeString(data.resolve("events.db"), "mine");

        json("--transport", "embedded", "--compare");

        try (Stream<Path> left = Files.list(data)) {
            assertThat(left).containsExactly(own);
        }
        assertThat(own).hasContent("mine");
    }

    @Test
    void a_folder_that_cannot_be_used_is_a_failure() throws IOException {
        Path file = Files.writeString(data.resolve("file"), "no folder");

        int code = run("--events=2000", "--data", file.toString());

        assertThat(code).isEqualTo(Main.FAILED);
        assertThat(errors()).contains(file.toString());
        assertThat(out.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--transport carrier-pigeon",
                "--transport",
                "--events 0",
                "--events many",
                "--events 2000000000",
                "--events 1 --publishers 2",
                "--batch 0",
                "--batch 10001",
                "--publishers 0",
                "--subjects 1 --publishers 2",
                "--rounds 0",
                "--warmup -1",
                "--rate 0",
                "--rate -5",
                "--micro (",
                "--micro noBenchmarkOfThatName",
                "--failures --compare",
                "--failures --transport redis",
                "--store --compare",
                "--store --failures",
                "--store --transport kafka",
                "--failures --transport kafka --blocking 5",
                "--blocking 5",
                "--blocking -1 --transport kafka",
                "--retry-delay 10",
                "--retry-delay 0 --failures",
                "--unknown",
                "argument"
            })
    void wrong_usage_ends_with_2_and_says_what_is_wrong(String arguments) {
        int code = run(arguments.split(" ", -1));

        assertThat(code).isEqualTo(Main.WRONG_USAGE);
        assertThat(errors()).startsWith("bench: ").contains(arguments.split(" ", -1)[0]);
        assertThat(out.size()).isZero();
    }

    @Test
    void help_explains_every_option() {
        assertThat(run("--help")).isEqualTo(Main.OK);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("--transport", "--compare", "--rate", "--events", "--batch", "--publishers", "--subjects")
                .contains("--rounds", "--warmup", "--data", "--micro", "--json", "embedded, memory");
    }
}
