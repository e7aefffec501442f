package ai.tradesense.codec;

import static ai.tradesense.codec.Reading.event;
import static ai.tradesense.codec.Reading.refused;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bad input: every kind is refused with a pointer to where it is and words that say what was expected.
class StrictReadingTest {
    private static InvalidEventException refusedBatch(String json) {
        return catchThrowableOfType(InvalidEventException.class, () -> CloudEventJson.readBatch(json.getBytes(UTF_8)));
    }

    private static InvalidEventException refusedData(byte[] json) {
        return catchThrowableOfType(
                InvalidEventException.class, () -> CloudEventJson.readData(json, "application/json"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'id':'2'                            | /id",
                "'id':null                           | /id",
                "'ext':1,'ext':1                     | /ext",
                "'ext':null,'ext':null               | /ext",
                "'data':{'a':1,'b':2,'a':3}          | /data/a",
                "'data':{'a':{'x':[{'k':1,'k':2}]}}  | /data/a/x/0/k",
                "'data':[0,{'a/b':1,'a/b':1}]        | /data/1/a~1b",
                "'data':{'a':1,'\\u0061':2}          | /data/a",
                "'data':1,'data':1                   | /data",
            })
    void a_name_that_stands_twice_in_an_object_is_refused(String members, String pointer) {
        InvalidEventException problem = refused(event("," + members.replace('\'', '"')));

        assertThat(problem.pointer()).isEqualTo(pointer);
        assertThat(problem.problem()).isEqualTo("stands twice in its object, expected each name once");
    }

    @Test
    void the_same_name_in_different_objects_is_no_duplicate() {
        byte[] json = event(",\"data\":{\"id\":{\"id\":1},\"a\":[{\"id\":2},{\"id\":3}]}")
                .getBytes(UTF_8);

        assertThat(CloudEventJson.read(json).data()).isInstanceOf(Payload.Json.class);
    }

    @Test
    void data_may_be_nested_32_deep_and_no_deeper_in_every_form() {
        for (String[] brackets : List.of(new String[] {"[", "]"}, new String[] {"{\"a\":", "}"})) {
            String deep = brackets[0].repeat(31) + "[]" + brackets[1].repeat(31);
            String deeper = brackets[0].repeat(32) + "[]" + brackets[1].repeat(32);

            CloudEventJson.read(event(",\"data\":" + deep).getBytes(UTF_8));
            CloudEventJson.readBatch(("[" + event(",\"data\":" + deep) + "]").getBytes(UTF_8));
            CloudEventJson.readData(deep.getBytes(UTF_8), "application/json");

            assertThat(refused(event(",\"data\":" + deeper)))
                    .hasMessage("/data: is nested more than 32 arrays and objects deep");
            assertThat(refusedBatch("[" + event(",\"data\":" + deeper) + "]").pointer())
                    .isEqualTo("/0/data");
            assertThat(refusedData(deeper.getBytes(UTF_8)).pointer()).isEqualTo("/data");
        }
    }

    @Test
    void nesting_without_end_is_refused_before_it_does_harm() {
        assertThat(refused(event(",\"data\":" + "[".repeat(1_000_000))).pointer())
                .isEqualTo("/data");
        assertThat(refused("[".repeat(1_000_000)).problem()).isEqualTo("is an array, expected an object");
        assertThat(refusedBatch("[".repeat(1_000_000)).pointer()).isEqualTo("/0");
        assertThat(refused(event(",\"ext\":" + "{\"a\":".repeat(1_000_000))).pointer())
                .isEqualTo("/ext");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "overlong slash          | c0 af",
                "overlong in three       | e0 80 af",
                "overlong in four        | f0 80 80 af",
                "half a surrogate pair   | ed a0 80",
                "the other half          | ed bf bf",
                "both halves             | ed a0 bd ed b8 80",
                "past U+10FFFF           | f4 90 80 80",
                "five bytes              | f8 88 80 80 80",
                "a byte no character has | ff",
                "a lone continuation     | 80",
                "two bytes, one missing  | c3",
                "three, one missing      | e6 9d",
                "four, one missing       | f0 9f 8e",
            })
    void invalid_utf8_is_refused_wherever_it_stands(String what, String hex) {
        String bytes = bytes(hex);
        for (String where : List.of("/id", "/ext", "/data", "/data/a", "/data/a/1")) {
            String json = switch (where) {
                case "/id" -> event("").replace("\"id\":\"1\"", "\"id\":\"x" + bytes + "\"");
                case "/ext" -> event(",\"ext\":\"x" + bytes + "y\"");
                case "/data" -> event(",\"data\":\"" + bytes + "\"");
                case "/data/a" -> event(",\"data\":{\"a\":\"" + bytes + "\",\"b\":1}");
                default -> event(",\"data\":{\"a\":[0,\"" + bytes + "\"]}");
            };
            InvalidEventException problem = refused(json.getBytes(ISO_8859_1));

            assertThat(problem.pointer()).as(what).isEqualTo(where);
            assertThat(problem.problem())
                    .as(what)
                    .startsWith("is not UTF-8: byte 0x" + hex.substring(0, 2).toUpperCase(java.util.Locale.ROOT));
        }
    }

    @Test
    void invalid_utf8_in_a_name_is_refused_at_its_object() {
        String json = event(",\"data\":{\"b\":1,\"a" + bytes("c3") + "\":1}");

        assertThat(refused(json.getBytes(ISO_8859_1)).pointer()).isEqualTo("/data");
        assertThat(refused(event(",\"a" + bytes("ff") + "\":1").getBytes(ISO_8859_1))
                        .pointer())
                .isEmpty();
    }

    @Test
    void invalid_utf8_in_a_batch_is_refused_at_its_event() {
        byte[] json =
                ("[" + event("") + "," + event(",\"subject\":\"" + bytes("c0 80") + "\"") + "]").getBytes(ISO_8859_1);

        assertThat(catchThrowableOfType(InvalidEventException.class, () -> CloudEventJson.readBatch(json))
                        .pointer())
                .isEqualTo("/1/subject");
    }

    private static String bytes(String hex) {
        byte[] bytes = java.util.HexFormat.ofDelimiter(" ").parseHex(hex);
        return new String(bytes, ISO_8859_1);
    }

    @Test
    void other_encodings_and_byte_order_marks_are_refused() {
        List<Charset> others = List.of(UTF_16, UTF_16LE, Charset.forName("UTF-32"), Charset.forName("UTF-32LE"));
        for (Charset charset : others) {
            assertThat(refused(event("").getBytes(charset)).problem())
                    .as(charset.name())
                    .contains("UTF-8");
            assertThat(refusedData("{}".getBytes(charset)).problem())
                    .as(charset.name())
                    .contains("UTF-8");
        }
        assertThat(refused(("\ufeff" + event("")).getBytes(UTF_8)).problem()).contains("byte order mark");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800", "\\\\\\ud800", "\\uD83C", "\\ud83c\\n\\udf89"
            })
    void half_a_surrogate_pair_is_refused_in_the_data_as_well(String escape) {
        assertThat(refused(event(",\"data\":{\"a\":\"x" + escape + "\"}")).pointer())
                .isEqualTo("/data");
        assertThat(refusedData(("\"" + escape + "\"").getBytes(UTF_8)).pointer())
                .isEqualTo("/data");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\ud83c\\udf89",
                "\\\\ud800",
                "\\\\\\\\udc00",
                "\\u00e9\\n\\t\\\"\\\\",
                "\\uD83C\\uDF89\\uD83C\\uDF89"
            })
    void other_escapes_are_kept_as_they_stand(String escape) {
        byte[] json = event(",\"data\":\"" + escape + "\"").getBytes(UTF_8);

        assertThat(CloudEventJson.read(json).data()).isEqualTo(Payload.json(("\"" + escape + "\"").getBytes(UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {" x", "{}", " 1", "]", "}", ",", " null", "\0"})
    void anything_after_the_end_is_refused(String more) {
        assertThat(refused(event("") + more)).isNotNull();
        assertThat(refusedBatch("[" + event("") + "]" + more)).isNotNull();
        assertThat(refusedData(("{}" + more).getBytes(UTF_8))).isNotNull();
    }

    @Test
    void blanks_around_are_fine() {
        CloudEventJson.read((" \r\n\t" + event("") + "\n ").getBytes(UTF_8));
        CloudEventJson.readBatch((" [ " + event("") + " ] ").getBytes(UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\n",
                "nul",
                "{",
                "{\"id\"",
                "{\"id\":",
                "{\"id\":\"1\",}",
                "{'id':'1'}",
                "{id:1}",
                "// c\n{}"
            })
    void what_is_no_json_is_refused(String json) {
        InvalidEventException problem = refused(json);

        assertThat(problem.problem()).containsAnyOf("not well-formed JSON", "expected JSON", "expected an object");
        assertThat(refusedBatch(json)).isNotNull();
        assertThat(refusedData(json.getBytes(UTF_8))).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a':01}       | /data/a",
                "{'a':+1}       | /data/a",
                "{'a':1.}       | /data/a",
                "{'a':.5}       | /data/a",
                "{'a':NaN}      | /data/a",
                "{'a':Infinity} | /data/a",
                "{'a':0x1}      | /data/a",
                "{'a':tru}      | /data/a",
                "{'a':[1,]}     | /data/a/1",
                "{'a':'\\x'}    | /data/a",
                "{'a':'\\u12g4'}| /data/a",
                "{'a':[1 2]}    | /data/a/1",
                "{'a':1,}       | /data/a",
                "{'a' 1}        | /data/a",
                "[1}            | /data/0",
            })
    void malformed_data_is_refused_where_it_breaks(String data, String pointer) {
        InvalidEventException problem = refused(event(",\"data\":" + data.replace('\'', '"')));

        assertThat(problem.pointer()).isEqualTo(pointer);
        assertThat(problem.problem()).startsWith("is not well-formed JSON at byte ");
    }

    @Test
    void a_control_character_in_the_data_must_be_escaped() {
        assertThat(refused(event(",\"data\":{\"a\":\"x\ny\"}")).pointer()).isEqualTo("/data/a");
    }

    @Test
    void an_event_cut_off_anywhere_is_refused() {
        byte[] whole = event(",\"time\":\"2026-01-01T00:00:00Z\",\"ext\":true,\"data\":{\"a\":[1,\"é\"]}")
                .getBytes(UTF_8);
        for (int length = 0; length < whole.length; length++) {
            assertThat(refused(Arrays.copyOf(whole, length)))
                    .as("the first %d bytes", length)
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "specversion",
                "id",
                "source",
                "type",
                "subject",
                "time",
                "datacontenttype",
                "dataschema",
                "data_base64"
            })
    void an_attribute_that_is_no_string_is_refused(String name) {
        for (String value : List.of("42", "1.5", "true", "false", "{}", "[]")) {
            String json = event("").contains("\"" + name + "\"")
                    ? event("")
                            .replaceFirst(
                                    "\"" + name + "\":\"[^\"]*\"", "\"" + name + "\":" + value.replace("{", "\\{"))
                    : event(",\"" + name + "\":" + value);
            InvalidEventException problem = refused(json);

            assertThat(problem.pointer()).isEqualTo("/" + name);
            assertThat(problem.problem()).startsWith("is ").endsWith(", expected a string");
        }
        assertThat(refused(event("").replace("\"id\":\"1\"", "\"id\":42")))
                .hasMessage("/id: is the number 42, expected a string");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2020-01-01",
                "2020-01-01T00:00:00",
                "2020-01-01 00:00:00Z",
                "2020-02-30T00:00:00Z",
                "1577836800",
                "",
                "now"
            })
    void a_time_that_is_not_of_rfc_3339_is_refused(String time) {
        InvalidEventException problem = refused(event(",\"time\":\"" + time + "\""));

        assertThat(problem.pointer()).isEqualTo("/time");
        assertThat(problem.problem()).contains("'" + time + "' is no RFC 3339 time");
    }

    @Test
    void a_document_that_is_no_event_is_refused() {
        assertThat(refused("[]").problem()).isEqualTo("is an array, expected an object");
        assertThat(refused("\"x\"").problem()).isEqualTo("is the string 'x', expected an object");
        assertThat(refused("null").problem()).isEqualTo("is null, expected an object");
        assertThat(refused("{}").pointer()).isEqualTo("/specversion");
        assertThat(refusedBatch("{}").problem()).isEqualTo("is an object, expected an array of events");
        assertThat(refusedBatch(event("")).pointer()).isEmpty();
    }

    @Test
    void pointers_into_a_batch_start_with_the_index() {
        String good = event("");

        assertThat(refusedBatch("[" + good + "," + good + "," + good + ",{\"specversion\":\"1.0\",\"id\":7}]"))
                .hasMessage("/3/id: is the number 7, expected a string");
        assertThat(refusedBatch("[" + good + ",1]")).hasMessage("/1: is the number 1, expected an object");
        assertThat(refusedBatch("[" + good + "," + event(",\"data\":{\"a\":1,\"a\":2}") + "]")
                        .pointer())
                .isEqualTo("/1/data/a");
        assertThat(refusedBatch("[" + good + "," + event(",\"time\":\"x\"") + "]")
                        .pointer())
                .isEqualTo("/1/time");
        assertThat(refusedBatch("[" + event(",\"A\":1") + "]").pointer()).isEqualTo("/0/A");
        assertThat(refusedBatch("[" + good + "," + good).pointer()).startsWith("/");
    }

    @Test
    void a_number_of_more_digits_than_anyone_can_read_is_refused() {
        assertThat(refused(event(",\"data\":{\"a\":" + "1".repeat(1_001) + "}")).pointer())
                .isEqualTo("/data/a");
        CloudEventJson.read(event(",\"data\":{\"a\":" + "1".repeat(1_000) + "}").getBytes(UTF_8));
    }

    @Test
    void messages_do_not_repeat_long_or_unprintable_input() {
        assertThat(refused(event(",\"time\":\"" + "x".repeat(10_000) + "\"")).getMessage())
                .hasSizeLessThan(400);
        assertThat(refused(event(",\"time\":\"\\u001b[31m\\n\"")).getMessage()).doesNotContain("\u001b", "\n");
        assertThat(refused(event("").replace("\"id\":\"1\"", "\"id\":" + "1".repeat(900)))
                        .getMessage())
                .hasSizeLessThan(400);
    }

    @Test
    void data_that_came_by_itself_is_checked_by_its_content_type() {
        assertThat(CloudEventJson.readData("{\"a\":1.10}".getBytes(UTF_8), "application/json"))
                .isEqualTo(Payload.json("{\"a\":1.10}".getBytes(UTF_8)));
        assertThat(CloudEventJson.readData(new byte[] {1, 2}, "text/plain"))
                .isEqualTo(Payload.binary(new byte[] {1, 2}));
        assertThat(CloudEventJson.readData(new byte[] {1, 2}, null)).isEqualTo(Payload.binary(new byte[] {1, 2}));
        assertThat(refusedData("{\"a\":{\"b\":1,\"b\":2}}".getBytes(UTF_8)).pointer())
                .isEqualTo("/data/a/b");
        assertThat(refusedData("{\"a\":1} x".getBytes(UTF_8)).pointer()).isEqualTo("/data");
    }
}
