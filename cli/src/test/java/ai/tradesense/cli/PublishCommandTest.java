package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ContractServer.Reaction;
import ai.tradesense.cli.EventSink.Pointing;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class PublishCommandTest {
    private final ContractServer server = new ContractServer();
    private final Cli cli = Cli.of(server.url());

    @AfterEach
    void stop() {
        server.close();
    }

    private static String event(String id) {
        return "{\"specversion\":\"1.0\",\"id\":\"" + id
                + "\",\"source\":\"/test\",\"type\":\"Trading.Order.Placed.v1\",\"subject\":\"a\"}";
    }

    private static String lines(String... ids) {
        return java.util.Arrays.stream(ids).map(id -> event(id) + "\n").collect(Collectors.joining());
    }

    private static String ids(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> event("e" + i) + "\n").collect(Collectors.joining());
    }

    @Test
    void publishes_every_line_of_a_file_in_its_order(@TempDir Path folder) throws IOException {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink);
        Path file = Files.writeString(folder.resolve("events.ndjson"), ids(0, 2_500));

        assertThat(cli.run("publish", file.toString())).isEqualTo(0);

        assertThat(sink.stored())
                .containsExactlyElementsOf(
                        IntStream.range(0, 2_500).mapToObj(i -> "e" + i).toList());
        assertThat(sink.largestBatch()).isEqualTo(1_000);
        assertThat(server.calls().getFirst().headers())
                .containsEntry("Content-type", "application/cloudevents-batch+json");
        assertThat(cli.err()).startsWith("tradesense: published 2,500 events in ");
        assertThat(cli.out()).isEmpty();
    }

    @Test
    void numbers_reach_the_server_as_they_were_written() {
        server.always(EventSink.PATH, EventSink.takingAll());
        String line = "{\"id\":\"1\",\"data\":{\"price\":1.10000000000000000000000000000001,\"size\":1E+2}}";

        cli.reading(line).run("publish", "-");

        assertThat(server.calls().getFirst().body()).isEqualTo("[" + line + "]");
    }

    @Test
    void lines_that_are_no_event_are_rejected_by_number_and_the_others_are_published() {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink);
        String input = String.join(
                "\n",
                event("one"),
                "",
                "not json",
                "[" + event("array") + "]",
                event("two") + "," + event("smuggled"),
                "   ",
                "{\"id\":\"cut",
                event("three") + "\r",
                "\"text\"",
                event("four"));

        assertThat(cli.reading(input).run("publish", "-")).isEqualTo(1);

        assertThat(sink.stored()).containsExactly("one", "three", "four");
        assertThat(cli.errLines()).hasSize(6);
        assertThat(cli.errLines().get(0)).startsWith("tradesense: line 3: is no JSON: ");
        assertThat(cli.errLines().get(1))
                .isEqualTo("tradesense: line 4: is a JSON array, expected a JSON object: one CloudEvent on each line");
        assertThat(cli.errLines().get(2)).startsWith("tradesense: line 5: ").contains("more behind the event");
        assertThat(cli.errLines().get(3))
                .startsWith("tradesense: line 7: is no JSON: Unexpected end-of-input")
                .doesNotContain("Source");
        assertThat(cli.errLines().get(4)).startsWith("tradesense: line 9: is a JSON string, expected");
        assertThat(cli.errLines().get(5)).contains("published 3 events in ").endsWith("; 5 lines rejected");
    }

    @Test
    void bytes_that_are_no_text_are_rejected_and_do_not_spoil_the_next_line() throws IOException {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink);
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.write("{\"id\":\"".getBytes(StandardCharsets.UTF_8));
        input.write(new byte[] {(byte) 0xC3, (byte) 0x28});
        input.write("\"}\n".getBytes(StandardCharsets.UTF_8));
        input.write(lines("after").getBytes(StandardCharsets.UTF_8));

        assertThat(cli.reading(new ByteArrayInputStream(input.toByteArray())).run("publish", "-"))
                .isEqualTo(1);

        assertThat(sink.stored()).containsExactly("after");
        assertThat(cli.errLines().getFirst())
                .isEqualTo("tradesense: line 1: is not UTF-8: byte 8 of the line is wrong");
    }

    @Test
    void a_byte_order_mark_before_the_first_event_is_no_part_of_it() {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink);

        assertThat(cli.reading("\uFEFF" + lines("first")).run("publish", "-")).isEqualTo(0);

        assertThat(sink.stored()).containsExactly("first");
    }

    @Test
    void a_line_that_is_far_too_long_is_rejected_and_not_kept() {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink);
        InputStream endless = new Repeated('x', 40L * 1024 * 1024);
        InputStream input = new SequenceInputStream(
                Collections.enumeration(List.of(bytes(lines("before")), endless, bytes("\n" + lines("after")))));

        assertThat(cli.reading(input).run("publish", "-")).isEqualTo(1);

        assertThat(sink.stored()).containsExactly("before", "after");
        assertThat(cli.errLines().getFirst())
                .isEqualTo("tradesense: line 2: is 41943040 bytes long, at most 4194304 are allowed");
    }

    @Test
    void a_file_larger_than_memory_goes_through_in_batches_of_limited_size() {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink);
        String filler = "x".repeat(50_000);
        InputStream input = new SequenceInputStream(Collections.enumeration(IntStream.range(0, 1_000)
                .mapToObj(i -> bytes("{\"id\":\"e" + i + "\",\"data\":\"" + filler + "\"}\n"))
                .toList()));

        assertThat(cli.reading(input).run("publish", "-")).isEqualTo(0);

        assertThat(sink.stored()).hasSize(1_000);
        assertThat(sink.largestBody()).isLessThan(1_100_000);
    }

    @ParameterizedTest
    @EnumSource(Pointing.class)
    void exactly_the_lines_that_the_server_refuses_are_rejected(Pointing pointing) {
        EventSink sink = EventSink.refusingBad(pointing);
        server.always(EventSink.PATH, sink);

        assertThat(cli.reading(lines("a", "bad1", "b", "c", "bad2", "bad3", "d"))
                        .run("publish", "-"))
                .isEqualTo(1);

        assertThat(sink.stored()).containsExactly("a", "b", "c", "d");
        String reason = pointing == Pointing.NONE ? "no such type" : "/type: is not known";
        assertThat(cli.errLines().subList(0, 3))
                .containsExactly(
                        "tradesense: line 2: " + reason,
                        "tradesense: line 5: " + reason,
                        "tradesense: line 6: " + reason);
        assertThat(cli.errLines()).hasSize(4);
    }

    /// Whatever is bad, however the batches fall and whatever the server says of it.
    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18"})
    void any_mixture_is_sorted_into_published_and_rejected(long seed) {
        Random random = new Random(seed);
        EventSink sink =
                EventSink.refusingBad(List.copyOf(EnumSet.allOf(Pointing.class)).get(random.nextInt(3)));
        server.always(EventSink.PATH, sink);
        List<String> good = new ArrayList<>();
        List<Long> bad = new ArrayList<>();
        StringBuilder input = new StringBuilder();
        double badShare = random.nextDouble();
        int count = 1 + random.nextInt(60);
        for (int line = 1; line <= count; line++) {
            if (random.nextDouble() >= badShare) {
                good.add("good" + line);
                input.append(event("good" + line));
            } else {
                bad.add((long) line);
                input.append(random.nextBoolean() ? event("bad" + line) : "{\"torn");
            }
            input.append('\n');
        }

        int code = cli.reading(input.toString()).run("publish", "--batch", "" + (1 + random.nextInt(20)), "-");

        assertThat(code).isEqualTo(bad.isEmpty() ? 0 : 1);
        assertThat(sink.stored()).containsExactlyElementsOf(good);
        List<Long> rejected = cli.errLines().stream()
                .filter(line -> line.startsWith("tradesense: line "))
                .map(line -> Long.valueOf(line.replaceFirst("tradesense: line ([0-9]+).*", "$1")))
                .toList();
        assertThat(rejected).containsExactlyInAnyOrderElementsOf(bad);
    }

    @Test
    void events_that_are_stored_already_are_counted_and_are_no_failure() {
        server.always(EventSink.PATH, EventSink.takingAll());
        cli.reading(lines("a", "b")).run("publish", "-");

        assertThat(cli.reading(lines("a", "b", "c")).run("publish", "-")).isEqualTo(0);

        assertThat(cli.errLines().getLast()).contains("published 3 events in ").endsWith(", 2 of them stored before");
    }

    @Test
    void an_overloaded_server_is_waited_for_as_long_as_it_asks() {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink)
                .next(EventSink.PATH, Reaction.problem(429, Map.of("Retry-After", "7"), "{\"detail\":\"too much\"}"))
                .next(
                        EventSink.PATH,
                        Reaction.problem(
                                503,
                                Map.of("Retry-After", "Sun, 01 Mar 2026 12:00:05 GMT"),
                                "{\"detail\":\"no transport\"}"));

        assertThat(cli.reading(lines("a")).run("publish", "-")).isEqualTo(0);

        assertThat(cli.pauses()).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(5));
        assertThat(sink.stored()).containsExactly("a");
        assertThat(cli.errLines().getFirst())
                .isEqualTo("tradesense: the server answers 429: too much; trying again for up to 60 s");
    }

    @Test
    void without_being_asked_it_waits_twice_as_long_each_time() {
        server.always(EventSink.PATH, EventSink.takingAll());
        for (int i = 0; i < 4; i++) {
            server.next(EventSink.PATH, Reaction.problem(503, Map.of("Retry-After", "soon"), ""));
        }

        assertThat(cli.reading(lines("a")).run("publish", "-")).isEqualTo(0);

        assertThat(cli.pauses())
                .containsExactly(
                        Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    void a_server_that_asks_for_no_wait_is_not_stormed_and_is_given_up() {
        server.always(EventSink.PATH, Reaction.problem(503, Map.of("Retry-After", "0"), "{\"detail\":\"down\"}"));

        assertThat(cli.reading(lines("a")).run("publish", "--give-up-after", "2", "-"))
                .isEqualTo(1);

        assertThat(server.calls()).hasSize(9);
        assertThat(cli.errLines().getLast())
                .isEqualTo("tradesense: the server answers 503: down; gave up after waiting for 2 s");
        assertThat(cli.err()).contains("stopped; events from line 1 on may not be published");
    }

    @Test
    void a_broken_connection_is_tried_again_with_the_same_events() {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink).next(EventSink.PATH, Reaction.hangUp());

        assertThat(cli.reading(lines("a", "b")).run("publish", "-")).isEqualTo(0);

        assertThat(sink.stored()).containsExactly("a", "b");
        assertThat(server.calls()).hasSize(2);
        assertThat(server.calls().get(0).body()).isEqualTo(server.calls().get(1).body());
    }

    @Test
    void an_answer_that_was_lost_makes_no_second_event() {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, sink).next(EventSink.PATH, (call, exchange) -> {
            sink.take(call);
            exchange.close();
        });

        assertThat(cli.reading(lines("a", "b")).run("publish", "-")).isEqualTo(0);

        assertThat(sink.stored()).containsExactly("a", "b");
        assertThat(cli.errLines().getLast()).contains("published 2 events").endsWith(", 2 of them stored before");
    }

    @Test
    void a_server_that_goes_away_for_good_ends_it_with_what_is_left_said() {
        EventSink sink = EventSink.takingAll();
        server.always(EventSink.PATH, Reaction.hangUp()).next(EventSink.PATH, sink);

        int code = cli.reading(lines("a", "b", "c")).run("publish", "--batch", "2", "--give-up-after", "1", "-");

        assertThat(code).isEqualTo(1);
        assertThat(sink.stored()).containsExactly("a", "b");
        assertThat(cli.err()).contains("stopped; events from line 3 on may not be published");
        assertThat(cli.errLines().getLast()).contains("broke").endsWith("gave up after waiting for 1 s");
    }

    @Test
    void a_server_that_does_not_let_anybody_publish_is_no_fault_of_a_line() {
        server.always(EventSink.PATH, Reaction.problem(403, Map.of(), "{\"detail\":\"not you\"}"));

        assertThat(cli.reading(lines("a", "b")).run("publish", "-")).isEqualTo(1);

        assertThat(server.calls()).hasSize(1);
        assertThat(cli.errLines().getLast()).isEqualTo("tradesense: the server answered 403: not you");
        assertThat(cli.err()).doesNotContain("line 1:");
    }

    @Test
    void a_batch_that_is_too_large_for_the_server_goes_in_smaller_ones() {
        EventSink sink = EventSink.takingAll();
        server.always(
                EventSink.PATH,
                (call, exchange) -> (call.json().items().size() > 3
                                ? Reaction.problem(413, Map.of(), "{\"detail\":\"at most 3\"}")
                                : sink)
                        .to(call, exchange));

        assertThat(cli.reading(ids(0, 20)).run("publish", "-")).isEqualTo(0);

        assertThat(sink.stored())
                .containsExactlyElementsOf(
                        IntStream.range(0, 20).mapToObj(i -> "e" + i).toList());
    }

    @Test
    void nothing_to_publish_is_no_failure() {
        assertThat(cli.reading("\n\n").run("publish", "-")).isEqualTo(0);

        assertThat(server.calls()).isEmpty();
        assertThat(cli.err()).startsWith("tradesense: published 0 events");
    }

    @Test
    void a_file_that_is_not_there_is_wrong_usage_and_nothing_is_asked() {
        assertThat(cli.run("publish", "/no/such/file")).isEqualTo(2);

        assertThat(cli.err()).contains("there is no file '/no/such/file' that can be read");
        assertThat(server.calls()).isEmpty();
    }

    @Test
    void progress_is_drawn_on_a_terminal_and_taken_off_it_before_a_message() {
        server.always(EventSink.PATH, EventSink.takingAll());

        cli.on(new Terminal(false, true, 60)).reading(lines("a") + "junk\n").run("publish", "-");

        assertThat(cli.err()).contains("\r0 events").contains("\r\033[Ktradesense: line 2: is no JSON");
        assertThat(cli.errLines().getLast()).endsWith("1 lines rejected");
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    /// One byte, many times.
    private static final class Repeated extends InputStream {
        private final int value;
        private long left;

        Repeated(int value, long count) {
            this.value = value;
            this.left = count;
        }

        @Override
        public int read() {
            return left-- > 0 ? value : -1;
        }

        @Override
        public int read(byte[] target, int from, int length) {
            int count = (int) Math.min(left, length);
            java.util.Arrays.fill(target, from, from + count, (byte) value);
            left -= count;
            return count == 0 && length > 0 ? -1 : count;
        }
    }
}
