package ai.tradesense.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What is written is read back as it was, by either reader, and by a reader that is not ours.
class WritingAndReadingTest {
    private static final int ROUNDS = 3_000;

    private static CloudEvent event(Payload data) {
        return new CloudEvent("1", URI.create("/s"), "t", null, null, null, null, Map.of(), data);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void any_event_comes_back_as_it_was(long seed) {
        RandomEvents events = new RandomEvents(seed);
        for (int round = 0; round < ROUNDS; round++) {
            CloudEvent event = events.next();
            byte[] written = CloudEventJson.write(event);

            assertThat(CloudEventJson.readTrusted(written))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(event);
            assertThat(CloudEventJson.read(written))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(event);
            assertThat(CloudEventJson.write(CloudEventJson.read(written))).isEqualTo(written);
        }
    }

    @Test
    void what_is_written_is_of_the_form_that_the_trusting_reader_knows() {
        RandomEvents events = new RandomEvents(4);
        for (int round = 0; round < ROUNDS; round++) {
            CloudEvent event = events.next();

            assertThat(OwnFormReader.read(CloudEventJson.write(event))).isEqualTo(event);
        }
    }

    @Test
    void any_batch_comes_back_as_it_was() {
        RandomEvents random = new RandomEvents(5);
        for (int size = 0; size < 60; size++) {
            List<CloudEvent> events = new ArrayList<>();
            while (events.size() < size) {
                events.add(random.next());
            }

            assertThat(CloudEventJson.readBatch(CloudEventJson.writeBatch(events)))
                    .isEqualTo(events);
        }
    }

    @Test
    void another_reader_of_json_finds_the_same_attributes() {
        RandomEvents events = new RandomEvents(6);
        JsonMapper mapper = JsonMapper.shared();
        for (int round = 0; round < ROUNDS; round++) {
            CloudEvent event = events.next();
            JsonNode tree = mapper.readTree(CloudEventJson.write(event));

            assertThat(tree.get("specversion").stringValue()).isEqualTo("1.0");
            assertThat(tree.get("id").stringValue()).isEqualTo(event.id());
            assertThat(tree.get("type").stringValue()).isEqualTo(event.type());
            Instant time = event.time();
            assertThat(tree.path("time").asString("")).isEqualTo(time == null ? "" : time.toString());
            event.extensions()
                    .forEach((name, value) -> assertThat(mapper.convertValue(tree.get(name), Object.class))
                            .isEqualTo(value));
            if (event.data() instanceof Payload.Text text) {
                assertThat(tree.get("data").stringValue()).isEqualTo(text.text());
            }
        }
    }

    /// Bytes that went bad are refused, or read as some other event; nothing else may come of them.
    @ParameterizedTest
    @ValueSource(longs = {7, 8})
    void damaged_bytes_are_refused_with_the_one_exception(long seed) {
        RandomEvents events = new RandomEvents(seed);
        RandomGenerator random = new SplittableRandom(seed);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] written = CloudEventJson.write(events.next());
            byte[] damaged = random.nextBoolean() ? Arrays.copyOf(written, random.nextInt(written.length)) : written;
            if (damaged.length > 0 && damaged.length == written.length) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            refused += refuses(() -> CloudEventJson.read(damaged)) ? 1 : 0;
            refuses(() -> CloudEventJson.readTrusted(damaged));
            refuses(() -> CloudEventJson.readBatch(damaged));
        }
        assertThat(refused).isGreaterThan(ROUNDS / 2);
    }

    private static boolean refuses(Runnable reading) {
        try {
            reading.run();
            return false;
        } catch (InvalidEventException expected) {
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.10",
                "1E+400",
                "0.1000",
                "-0.0",
                "1e-999",
                "12345678901234567890123456789012345678901234567890.00",
                "{ \"price\" : 1.10 , \"sizes\" : [ 0.1000, 1E+400 ] }",
                "{\n  \"a\": \"\\u0041\\/\"\n}",
                "\"\\u0000\"",
                "[]",
                "true"
            })
    void data_is_carried_byte_for_byte(String json) {
        byte[] outside = ("{\"type\":\"t\",\"data\": " + json
                        + " ,\"id\":\"1\",\"source\":\"/s\",\"specversion\":\"1.0\"}")
                .getBytes(UTF_8);
        CloudEvent event = CloudEventJson.read(outside);

        assertThat(event).isEqualTo(event(Payload.json(json.getBytes(UTF_8))));
        assertThat(CloudEventJson.write(event)).asString(UTF_8).endsWith(",\"data\":" + json + "}");
        assertThat(CloudEventJson.readTrusted(CloudEventJson.write(event))).isEqualTo(event);
    }

    @Test
    void an_object_is_written_as_its_json() {
        byte[] written = CloudEventJson.write(event(Payload.value(Map.of("price", new BigDecimal("1.10")))));

        assertThat(written).asString(UTF_8).isEqualTo("""
                {"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"price":1.10}}""");
    }

    @Test
    void the_same_event_is_the_same_bytes_whatever_the_order_of_its_extensions() {
        Map<String, Object> extensions = new java.util.LinkedHashMap<>();
        for (String name : List.of("z", "b", "critical", "a", "m")) {
            extensions.put(name, name);
        }
        byte[] written = CloudEventJson.write(
                new CloudEvent("1", URI.create("/s"), "t", null, null, null, null, extensions, Payload.NONE));

        assertThat(written).asString(UTF_8).isEqualTo("""
                {"specversion":"1.0","id":"1","source":"/s","type":"t",\
                "a":"a","b":"b","critical":"critical","m":"m","z":"z"}""");
    }

    @Test
    void bytes_of_another_form_are_read_with_all_checks_even_if_called_trusted() {
        String foreign = "{\"id\":\"1\",\"specversion\":\"1.0\",\"source\":\"/s\",\"type\":\"t\",\"data\":1%s}";

        assertThat(CloudEventJson.readTrusted(foreign.formatted(",\"ext\":true").getBytes(UTF_8))
                        .extensions())
                .isEqualTo(Map.of("ext", true));
        assertThat(catchThrowableOfType(
                                InvalidEventException.class,
                                () -> CloudEventJson.readTrusted(
                                        foreign.formatted(",\"id\":\"2\"").getBytes(UTF_8)))
                        .pointer())
                .isEqualTo("/id");
    }

    @Test
    void text_that_no_utf8_can_hold_is_not_written() {
        CloudEvent event = new CloudEvent(
                "1", URI.create("/s"), "t", null, null, "text/plain", null, Map.of(), Payload.text("a\ud800"));

        assertThat(catchThrowableOfType(InvalidEventException.class, () -> CloudEventJson.write(event))
                        .pointer())
                .isEqualTo("/data");
        assertThat(catchThrowableOfType(
                                InvalidEventException.class,
                                () -> CloudEventJson.writeBatch(List.of(event(Payload.NONE), event)))
                        .pointer())
                .isEqualTo("/1/data");
    }

    @Test
    void long_text_and_data_find_room() {
        String text = "\"\n🎉".repeat(100_000);
        CloudEvent event = new CloudEvent(
                "1", URI.create("/s"), "t", "é".repeat(10_000), null, "text/plain", null, Map.of(), Payload.text(text));

        assertThat(CloudEventJson.readTrusted(CloudEventJson.write(event))).isEqualTo(event);
        assertThat(CloudEventJson.readBatch(CloudEventJson.writeBatch(Collections.nCopies(3, event))))
                .isEqualTo(Collections.nCopies(3, event));
    }

    @Test
    void more_sources_than_are_remembered_are_all_told_apart() {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 5_000; i++) {
                String source = "/source/" + i;

                assertThat(RecentUris.parse("/source", source)).hasToString(source);
            }
        }
        assertThat(RecentUris.parse("/source", "/source/4999")).isSameAs(RecentUris.parse("/source", "/source/4999"));
    }
}
