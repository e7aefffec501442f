package ai.tradesense.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Payloads, and how records become JSON and come back.
class PayloadTest {
    private enum Side {
        BUY,
        SELL
    }

    private record Leg(BigDecimal quantity, int lots) {
        Leg {
            if (lots < 0) {
                throw new InvalidEventException("/data/lots", "is " + lots + ", expected 0 or more");
            }
            if (lots > 100) {
                throw new IllegalArgumentException("too many lots");
            }
        }
    }

    private record Order(
            String id,
            BigDecimal price,
            Instant placedAt,
            Side side,
            @Nullable String note,
            List<Leg> legs,
            Map<String, Integer> counts) {}

    @NullUnmarked
    private record Unmarked(String text, int number) {}

    private record Decimal(BigDecimal value) {}

    private record Time(Instant at, Duration took) {}

    private static final String ORDER = """
            {"id":"o-1","price":1.10,"placedAt":"2026-03-01T12:00:00Z","side":"BUY",\
            "legs":[{"quantity":0.1000,"lots":1}],"counts":{"a/b~c":1}}""";

    private static <T> T read(String json, Class<T> type) {
        return Payload.json(json.getBytes(UTF_8)).as(type);
    }

    private static String write(Object value) {
        return new String(((Payload.Value) Payload.value(value)).utf8(), UTF_8);
    }

    private static InvalidEventException refused(String json, Class<?> type) {
        return catchThrowableOfType(InvalidEventException.class, () -> read(json, type));
    }

    @Test
    void a_record_is_read_and_written() {
        Order order = read(ORDER, Order.class);

        assertThat(order)
                .isEqualTo(new Order(
                        "o-1",
                        new BigDecimal("1.10"),
                        Instant.parse("2026-03-01T12:00:00Z"),
                        Side.BUY,
                        null,
                        List.of(new Leg(new BigDecimal("0.1000"), 1)),
                        Map.of("a/b~c", 1)));
        assertThat(read(write(order), Order.class)).isEqualTo(order);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.10",
                "0.1000",
                "0",
                "0.00",
                "-0.000000000000000001",
                "123456789012345678901234567890.123456789012345678",
                "100"
            })
    void decimals_keep_value_and_scale(String number) {
        String json = "{\"value\":" + number + "}";

        assertThat(read(json, Decimal.class).value()).isEqualTo(new BigDecimal(number));
        assertThat(write(new Decimal(new BigDecimal(number)))).isEqualTo(json);
    }

    @Test
    void a_decimal_with_an_exponent_keeps_its_value() {
        assertThat(read("{\"value\":1E+400}", Decimal.class).value()).isEqualTo(new BigDecimal("1E+400"));
        assertThat(write(new Decimal(new BigDecimal("1E+3")))).isEqualTo("{\"value\":1000}");
        assertThat(catchThrowableOfType(
                                InvalidEventException.class, () -> write(new Decimal(new BigDecimal("1E+100000"))))
                        .pointer())
                .isEqualTo("/data/value");
    }

    @Test
    void numbers_in_untyped_data_are_not_rounded_either() {
        assertThat(read("[1.10,12345678901234567890]", Object.class).toString())
                .isEqualTo("[1.10, 12345678901234567890]");
        assertThat(read("[1.10,1.1000]", JsonNode.class)).hasToString("[1.10,1.1000]");
    }

    @Test
    void times_are_rfc_3339_and_durations_iso_8601() {
        Time time = new Time(Instant.parse("2026-03-01T12:00:00.5Z"), Duration.ofMillis(1_500));

        assertThat(write(time)).isEqualTo("{\"at\":\"2026-03-01T12:00:00.500Z\",\"took\":\"PT1.5S\"}");
        assertThat(read("{\"at\":\"2026-03-01T13:00:00.5+01:00\",\"took\":\"PT1.5S\"}", Time.class))
                .isEqualTo(time);
        assertThat(catchThrowableOfType(InvalidEventException.class, () -> write(new Time(Instant.MAX, Duration.ZERO)))
                        .pointer())
                .isEqualTo("/data/at");
    }

    @Test
    void properties_that_the_record_does_not_know_are_ignored() {
        assertThat(read(ORDER.replace("{\"id\"", "{\"venue\":{\"name\":[1]},\"id\""), Order.class))
                .isEqualTo(read(ORDER, Order.class));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'id':'o-1',                          | ``                 | /data/id              | is missing",
                "'id':'o-1'                           | 'id':null          | /data/id              | is null",
                "'id':'o-1'                           | 'id':5             | /data/id              | is 5, expected text",
                "'id':'o-1'                           | 'id':true          | /data/id              | is true, expected text",
                "'price':1.10,                        | ``                 | /data/price           | is missing",
                "1.10                                 | null               | /data/price           | is null",
                "1.10                                 | '1.10'             | /data/price           | is '1.10', expected a number",
                "1.10                                 | {}                 | /data/price           | is an object, expected a number",
                "1.10                                 | [1.10]             | /data/price           | is an array, expected a number",
                "'2026-03-01T12:00:00Z'               | 1700000000         | /data/placedAt        | is 1700000000, expected a time",
                "'2026-03-01T12:00:00Z'               | '2026-03-01'       | /data/placedAt        | '2026-03-01' is no RFC 3339 time",
                "'BUY'                                | 'HOLD'             | /data/side            | is 'HOLD', expected one of [BUY, SELL]",
                "'BUY'                                | 0                  | /data/side            | is 0, expected one of [BUY, SELL]",
                "'BUY'                                | ''                 | /data/side            | is '', expected one of [BUY, SELL]",
                "'legs':[{'quantity':0.1000,'lots':1}]| 'legs':{}          | /data/legs            | is an object, expected an array",
                "{'quantity':0.1000,'lots':1}         | 7                  | /data/legs/0          | is 7, expected an object",
                "0.1000                               | 'x'                | /data/legs/0/quantity | is 'x', expected a number",
                "'quantity':0.1000,                   | ``                 | /data/legs/0/quantity | is missing",
                ",'lots':1                            | ``                 | /data/legs/0/lots     | is missing",
                "'lots':1                             | 'lots':null        | /data/legs/0/lots     | is null",
                "'lots':1                             | 'lots':1.5         | /data/legs/0/lots     | is 1.5, expected an integer",
                "'lots':1                             | 'lots':99999999999 | /data/legs/0/lots     | out of range",
                "'lots':1                             | 'lots':-1          | /data/legs/0/lots     | is -1, expected 0 or more",
                "'lots':1                             | 'lots':101         | /data/legs/0          | too many lots",
                "'a/b~c':1                            | 'a/b~c':'x'        | /data/counts/a~1b~0c  | is 'x', expected an integer",
            })
    void what_does_not_fit_is_refused_with_pointer_and_words(String found, String put, String pointer, String words) {
        String from = found.replace('\'', '"');
        assertThat(ORDER).contains(from);
        InvalidEventException problem = refused(ORDER.replace(from, put.replace('\'', '"')), Order.class);

        assertThat(problem.pointer()).isEqualTo(pointer);
        assertThat(problem.problem()).contains(words);
    }

    @Test
    void in_code_that_is_not_null_marked_only_primitives_are_required() {
        assertThat(read("{\"number\":1}", Unmarked.class)).isEqualTo(new Unmarked(null, 1));
        assertThat(read("{\"text\":null,\"number\":1}", Unmarked.class)).isEqualTo(new Unmarked(null, 1));
        assertThat(refused("{\"text\":\"x\"}", Unmarked.class)).hasMessage("/data/number: is missing");
        assertThat(refused("{\"number\":null}", Unmarked.class).pointer()).isEqualTo("/data/number");
    }

    @ParameterizedTest
    @CsvSource({"null, is null", "5, is 5", "'[1]', is an array", "'{', is not well-formed JSON"})
    void data_that_is_no_object_at_all_is_refused(String json, String words) {
        assertThat(refused(json, Order.class).pointer()).isEqualTo("/data");
        assertThat(refused(json, Order.class).problem()).startsWith(words);
    }

    @Test
    void json_with_something_after_it_is_refused() {
        assertThat(refused("{\"value\":1} 2", Decimal.class).pointer()).startsWith("/data");
    }

    @Test
    void an_object_is_given_back_as_it_was_and_encoded_once() {
        Decimal value = new Decimal(new BigDecimal("1.10"));
        Payload.Value payload = (Payload.Value) Payload.value(value);

        assertThat(payload.as(Decimal.class)).isSameAs(value);
        assertThat(payload.utf8()).isSameAs(payload.utf8());
        assertThat((Object) payload.as(Map.class)).hasToString("{value=1.10}");
    }

    @Test
    void text_bytes_and_nothing_are_not_taken_for_records() {
        for (Payload payload : List.of(Payload.text("x"), Payload.binary(new byte[] {1}), Payload.NONE)) {
            InvalidEventException problem =
                    catchThrowableOfType(InvalidEventException.class, () -> payload.as(Decimal.class));

            assertThat(problem.pointer()).isEqualTo("/data");
            assertThat(problem.problem()).contains("expected a Decimal");
        }
        assertThat(Payload.text("x").as(String.class)).isEqualTo("x");
        assertThat(Payload.binary(new byte[] {1}).as(byte[].class)).containsExactly(1);
    }

    @Test
    void payloads_are_equal_by_what_they_hold() {
        assertThat(Payload.json(new byte[] {'1'})).isEqualTo(Payload.json(new byte[] {'1'}));
        assertThat(Payload.json(new byte[] {'1'})).hasSameHashCodeAs(Payload.json(new byte[] {'1'}));
        assertThat(Payload.json(new byte[] {'1'})).isNotEqualTo(Payload.binary(new byte[] {'1'}));
        assertThat(Payload.binary(new byte[] {1})).isEqualTo(Payload.binary(new byte[] {1}));
        assertThat(Payload.value(List.of(1))).isEqualTo(Payload.value(List.of(1)));
        assertThat(Payload.text("x")).isEqualTo(Payload.text("x")).isNotEqualTo(Payload.text("y"));
    }
}
