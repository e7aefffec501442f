package ai.tradesense.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The examples and rules of CloudEvents 1.0.2 and of its JSON format, section by section.
class CloudEventsSpecificationTest {
    private static CloudEvent read(String json) {
        return CloudEventJson.read(json.getBytes(UTF_8));
    }

    private static InvalidEventException refused(String json) {
        return catchThrowableOfType(InvalidEventException.class, () -> read(json));
    }

    private static String minimal(String more) {
        return """
                {"specversion":"1.0","id":"1","source":"/s","type":"t"%s}""".formatted(more);
    }

    private static String json(CloudEvent event) {
        return new String(((Payload.Json) event.data()).utf8(), UTF_8);
    }

    /// JSON format, section 3.2, first example; its placeholder is replaced by real Base64.
    @Test
    void an_event_with_binary_data() {
        CloudEvent event = read("""
                {
                    "specversion" : "1.0",
                    "type" : "com.example.someevent",
                    "source" : "/mycontext",
                    "id" : "A234-1234-1234",
                    "time" : "2018-04-05T17:31:00Z",
                    "comexampleextension1" : "value",
                    "comexampleothervalue" : 5,
                    "datacontenttype" : "application/vnd.apache.thrift.binary",
                    "data_base64" : "AAECAwT/"
                }
                """);

        assertThat(event)
                .isEqualTo(new CloudEvent(
                        "A234-1234-1234",
                        URI.create("/mycontext"),
                        "com.example.someevent",
                        null,
                        Instant.parse("2018-04-05T17:31:00Z"),
                        "application/vnd.apache.thrift.binary",
                        null,
                        Map.of("comexampleextension1", "value", "comexampleothervalue", 5),
                        Payload.binary(new byte[] {0, 1, 2, 3, 4, -1})));
    }

    /// JSON format, section 3.2, second example.
    @Test
    void an_event_with_an_xml_document_as_text() {
        CloudEvent event = read("""
                {
                    "specversion" : "1.0",
                    "type" : "com.example.someevent",
                    "source" : "/mycontext",
                    "id" : "B234-1234-1234",
                    "time" : "2018-04-05T17:31:00Z",
                    "comexampleextension1" : "value",
                    "comexampleothervalue" : 5,
                    "unsetextension": null,
                    "datacontenttype" : "application/xml",
                    "data" : "<much wow=\\"xml\\"/>"
                }
                """);

        assertThat(event.data()).isEqualTo(Payload.text("<much wow=\"xml\"/>"));
        assertThat(event.extensions()).containsOnlyKeys("comexampleextension1", "comexampleothervalue");
    }

    /// JSON format, section 3.2, third example.
    @Test
    void an_event_with_a_json_object() {
        CloudEvent event = read("""
                {
                    "specversion" : "1.0",
                    "type" : "com.example.someevent",
                    "source" : "/mycontext",
                    "subject": null,
                    "id" : "C234-1234-1234",
                    "time" : "2018-04-05T17:31:00Z",
                    "comexampleextension1" : "value",
                    "comexampleothervalue" : 5,
                    "datacontenttype" : "application/json",
                    "data" : {
                        "appinfoA" : "abc",
                        "appinfoB" : 123,
                        "appinfoC" : true
                    }
                }
                """);

        assertThat(event.subject()).isNull();
        assertThat(event.data().as(Object.class))
                .isEqualTo(Map.of("appinfoA", "abc", "appinfoB", 123, "appinfoC", true));
    }

    /// JSON format, section 3.2, fourth example.
    @Test
    void an_event_with_a_json_number() {
        CloudEvent event = read("""
                {
                    "specversion" : "1.0",
                    "type" : "com.example.someevent",
                    "source" : "/mycontext",
                    "subject": null,
                    "id" : "C234-1234-1234",
                    "time" : "2018-04-05T17:31:00Z",
                    "comexampleextension1" : "value",
                    "comexampleothervalue" : 5,
                    "datacontenttype" : "application/json",
                    "data" : 1.5
                }
                """);

        assertThat(json(event)).isEqualTo("1.5");
    }

    /// JSON format, section 3.2, fifth example.
    @Test
    void a_json_string_without_content_type_stays_a_json_string() {
        CloudEvent event = read("""
                {
                    "specversion" : "1.0",
                    "type" : "com.example.someevent",
                    "source" : "/mycontext",
                    "subject": null,
                    "id" : "D234-1234-1234",
                    "time" : "2018-04-05T17:31:00Z",
                    "comexampleextension1" : "value",
                    "comexampleothervalue" : 5,
                    "data" : "I'm just a string"
                }
                """);

        assertThat(json(event)).isEqualTo("\"I'm just a string\"");
        assertThat(event.dataContentType()).isNull();
    }

    /// JSON format, section 3.2, sixth example.
    @Test
    void bytes_without_content_type_are_not_taken_for_json_even_if_they_look_like_it() {
        CloudEvent event = read("""
                {
                    "specversion" : "1.0",
                    "type" : "com.example.someevent",
                    "source" : "/mycontext",
                    "id" : "D234-1234-1234",
                    "data_base64" : "eyAieHl6IjogMTIzIH0="
                }
                """);

        assertThat(event.data()).isEqualTo(Payload.binary("{ \"xyz\": 123 }".getBytes(UTF_8)));
        assertThat(event.dataContentType()).isNull();
        assertThat(CloudEventJson.read(CloudEventJson.write(event))).isEqualTo(event);
    }

    /// JSON format, section 4.3.
    @Test
    void a_batch_of_two_events() {
        List<CloudEvent> events = CloudEventJson.readBatch("""
                [
                  {
                      "specversion" : "1.0",
                      "type" : "com.example.someevent",
                      "source" : "/mycontext/4",
                      "id" : "B234-1234-1234",
                      "time" : "2018-04-05T17:31:00Z",
                      "comexampleextension1" : "value",
                      "comexampleothervalue" : 5,
                      "datacontenttype" : "application/vnd.apache.thrift.binary",
                      "data_base64" : "AQ=="
                  },
                  {
                      "specversion" : "1.0",
                      "type" : "com.example.someotherevent",
                      "source" : "/mycontext/9",
                      "id" : "C234-1234-1234",
                      "time" : "2018-04-05T17:31:05Z",
                      "comexampleextension1" : "value",
                      "comexampleothervalue" : 5,
                      "datacontenttype" : "application/json",
                      "data" : {
                          "appinfoA" : "abc",
                          "appinfoB" : 123,
                          "appinfoC" : true
                      }
                  }
                ]
                """.getBytes(UTF_8));

        assertThat(events).extracting(CloudEvent::id).containsExactly("B234-1234-1234", "C234-1234-1234");
        assertThat(events.get(0).data()).isEqualTo(Payload.binary(new byte[] {1}));
        assertThat(events.get(1).data().as(Object.class))
                .isEqualTo(Map.of("appinfoA", "abc", "appinfoB", 123, "appinfoC", true));
    }

    @Test
    void an_empty_batch_is_read_and_written() {
        assertThat(CloudEventJson.readBatch("[]".getBytes(UTF_8))).isEmpty();
        assertThat(CloudEventJson.writeBatch(List.of())).asString(UTF_8).isEqualTo("[]");
    }

    /// Specification, "Example".
    @Test
    void the_example_of_the_specification() {
        CloudEvent event = read("""
                {
                    "specversion" : "1.0",
                    "type" : "com.github.pull_request.opened",
                    "source" : "https://github.com/cloudevents/spec/pull",
                    "subject" : "123",
                    "id" : "A234-1234-1234",
                    "time" : "2018-04-05T17:31:00Z",
                    "comexampleextension1" : "value",
                    "comexampleothervalue" : 5,
                    "datacontenttype" : "text/xml",
                    "data" : "<much wow=\\"xml\\"/>"
                }
                """);

        assertThat(event.source()).isEqualTo(URI.create("https://github.com/cloudevents/spec/pull"));
        assertThat(event.data()).isEqualTo(Payload.text("<much wow=\"xml\"/>"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://github.com/cloudevents",
                "mailto:cncf-wg-serverless@lists.cncf.io",
                "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
                "/cloudevents/spec/pull/123",
                "/sensors/tn-1234567/alerts",
                "1-555-123-4567"
            })
    void the_example_sources_are_uri_references(String source) {
        CloudEvent event = read("""
                {"specversion":"1.0","id":"1","source":"%s","type":"t"}""".formatted(source));

        assertThat(event.source()).hasToString(source);
    }

    @ParameterizedTest
    @CsvSource({
        "specversion, /specversion",
        "id, /id",
        "source, /source",
        "type, /type",
    })
    void a_required_attribute_that_is_missing_or_null_is_refused(String name, String pointer) {
        String missing =
                minimal("").replaceFirst("\"" + name + "\":\"[^\"]*\",?", "").replace(",}", "}");
        String isNull = minimal("").replaceFirst("\"" + name + "\":\"[^\"]*\"", "\"" + name + "\":null");

        assertThat(refused(missing).pointer()).isEqualTo(pointer);
        assertThat(refused(missing).problem()).contains("is missing");
        assertThat(refused(isNull).pointer()).isEqualTo(pointer);
        assertThat(refused(isNull).problem()).contains("is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "source", "type", "subject", "dataschema", "datacontenttype"})
    void an_attribute_that_is_empty_is_refused(String name) {
        String json = minimal(",\"subject\":\"x\",\"dataschema\":\"http://x/\",\"datacontenttype\":\"a/b\"")
                .replaceFirst("\"" + name + "\":\"[^\"]*\"", "\"" + name + "\":\"\"");

        assertThat(refused(json).pointer()).isEqualTo("/" + name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3", "1.0.2", "1", "1.1", "", " 1.0"})
    void another_version_of_the_specification_is_refused(String version) {
        InvalidEventException problem = refused("""
                {"specversion":"%s","id":"1","source":"/s","type":"t"}""".formatted(version));

        assertThat(problem.pointer()).isEqualTo("/specversion");
        assertThat(problem.problem()).isEqualTo("is '" + version + "', expected '1.0'");
    }

    @Test
    void null_means_that_an_attribute_is_not_set() {
        CloudEvent event = read(minimal("""
                ,"subject":null,"time":null,"datacontenttype":null,"dataschema":null,"ext":null,"data_base64":null"""));

        assertThat(event)
                .isEqualTo(new CloudEvent("1", URI.create("/s"), "t", null, null, null, null, Map.of(), Payload.NONE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Upper", "with_underscore", "with-dash", "with.dot", "ümlaut", "a b", "a/b~c"})
    void an_attribute_name_of_other_characters_is_refused(String name) {
        String pointer = "/" + name.replace("~", "~0").replace("/", "~1");

        assertThat(refused(minimal(",\"" + name + "\":\"x\"")).pointer()).isEqualTo(pointer);
        assertThat(refused(minimal(",\"" + name + "\":null")).pointer()).isEqualTo(pointer);
    }

    @Test
    void extensions_are_booleans_integers_and_strings() {
        CloudEvent event = read(minimal("""
                ,"yes":true,"no":false,"low":-2147483648,"high":2147483647,"text":"t","empty":"","42":1"""));

        assertThat(event.extensions())
                .isEqualTo(Map.of(
                        "yes",
                        true,
                        "no",
                        false,
                        "low",
                        Integer.MIN_VALUE,
                        "high",
                        Integer.MAX_VALUE,
                        "text",
                        "t",
                        "empty",
                        "",
                        "42",
                        1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2147483648", "-2147483649", "99999999999999999999", "1.0", "1e2", "{}", "[]", "[1]"})
    void an_extension_of_another_type_is_refused(String value) {
        InvalidEventException problem = refused(minimal(",\"ext\":" + value));

        assertThat(problem.pointer()).isEqualTo("/ext");
        assertThat(problem.problem()).contains("expected");
    }

    /// Specification, "Type System": String.
    @ParameterizedTest
    @CsvSource({
        "\\u0000, U+0000",
        "\\n, U+000A",
        "\\u001f, U+001F",
        "\\u007f, U+007F",
        "\\u009f, U+009F",
        "\\ud800, U+D800",
        "\\udead, U+DEAD",
        "\\udc00\\ud800, U+DC00",
        "\\ufdd0, U+FDD0",
        "\\uffff, U+FFFF",
        "\\ud83f\\udffe, U+1FFFE",
    })
    void characters_that_no_attribute_may_hold_are_refused(String escape, String named) {
        for (String name : List.of("id", "type", "subject", "ext")) {
            String json = minimal(",\"subject\":\"x\",\"ext\":\"x\"")
                    .replaceFirst(
                            "\"" + name + "\":\"[^\"]*\"",
                            "\"" + name + "\":\"ab" + escape.replace("\\", "\\\\") + "\"");
            InvalidEventException problem = refused(json);

            assertThat(problem.pointer()).isEqualTo("/" + name);
            assertThat(problem.problem()).contains(named).contains("index 2");
        }
    }

    @Test
    void every_other_character_is_carried() {
        String text = "Zürich 東京 🎉 \uD800\uDEAD \" \\ / \u00a0 \u2028 \ufffd";
        CloudEvent event =
                new CloudEvent("1", URI.create("/s"), "t", text, null, null, null, Map.of("ext", text), Payload.NONE);

        assertThat(CloudEventJson.read(CloudEventJson.write(event))).isEqualTo(event);
        assertThat(CloudEventJson.readTrusted(CloudEventJson.write(event))).isEqualTo(event);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "APPLICATION/JSON",
                "text/json",
                "application/cloudevents+json",
                "application/vnd.x+JSON",
                "application/json; charset=utf-8",
                "application/json ;charset=\\\"utf-8\\\"",
                "Application/Json; CharSet=utf-8"
            })
    void a_content_type_of_json_makes_the_data_json(String contentType) {
        CloudEvent event = read(minimal(",\"datacontenttype\":\"" + contentType + "\",\"data\":\"{}\""));

        assertThat(event.data()).isInstanceOf(Payload.Json.class);
        assertThat(json(event)).isEqualTo("\"{}\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/xml",
                "application/jsonx",
                "application/json-seq",
                "json/text",
                "application/x; a=json",
                "text/plain; a=\\\"/json\\\"",
                "x/+jso"
            })
    void another_content_type_makes_the_data_text(String contentType) {
        CloudEvent event = read(minimal(",\"data\":\"{\\\"a\\\":\\n1}\",\"datacontenttype\":\"" + contentType + "\""));

        assertThat(event.data()).isEqualTo(Payload.text("{\"a\":\n1}"));
    }

    @ParameterizedTest
    @CsvSource({"1, a number", "true, a boolean", "null, null", "{}, an object", "[], an array"})
    void data_of_another_content_type_that_is_no_string_is_refused(String data, String found) {
        InvalidEventException problem = refused(minimal(",\"datacontenttype\":\"text/plain\",\"data\":" + data));

        assertThat(problem.pointer()).isEqualTo("/data");
        assertThat(problem.problem())
                .startsWith("is " + found + ", expected a string")
                .contains("'text/plain'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "a/", "/b", "a b/c", "a/b;", "a/b; c", "a/b; c=", "a/b; c=\\\"d", "a/b c", "a/b/c"})
    void a_content_type_that_is_no_media_type_is_refused(String contentType) {
        InvalidEventException problem = refused(minimal(",\"datacontenttype\":\"" + contentType + "\""));

        assertThat(problem.pointer()).isEqualTo("/datacontenttype");
    }

    @Test
    void a_content_type_may_stand_without_data() {
        CloudEvent event = read(minimal(",\"datacontenttype\":\"text/plain\""));

        assertThat(event.data()).isSameAs(Payload.NONE);
        assertThat(event.dataContentType()).isEqualTo("text/plain");
    }

    @Test
    void explicit_null_is_data_and_no_data_is_none() {
        assertThat(json(read(minimal(",\"data\":null")))).isEqualTo("null");
        assertThat(read(minimal("")).data()).isSameAs(Payload.NONE);
        assertThat(CloudEventJson.write(read(minimal(",\"data\":null"))))
                .asString(UTF_8)
                .endsWith(",\"data\":null}");
        assertThat(CloudEventJson.write(read(minimal("")))).asString(UTF_8).doesNotContain("data");
    }

    @Test
    void data_and_data_base64_exclude_each_other() {
        for (String data : List.of("1", "null", "\"x\"")) {
            assertThat(refused(minimal(",\"data\":" + data + ",\"data_base64\":\"AQ==\""))
                            .pointer())
                    .isEqualTo("/data_base64");
        }
        assertThat(json(read(minimal(",\"data\":1,\"data_base64\":null")))).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"A", "AQ", "AQ=", "A===", "AQ==AQ==", "A Q=", "-_-_", "... base64 encoded string ...", "AQ\\n="})
    void what_is_no_base64_is_refused(String text) {
        InvalidEventException problem = refused(minimal(",\"data_base64\":\"" + text + "\""));

        assertThat(problem.pointer()).isEqualTo("/data_base64");
        assertThat(problem.problem()).startsWith("is no Base64 (RFC 4648)");
    }

    @Test
    void base64_of_an_explicit_json_type_is_read_as_json_and_must_be_json() {
        String json = ",\"datacontenttype\":\"application/json\",\"data_base64\":";

        assertThat(json(read(minimal(json + "\"eyAieHl6IjogMTIzIH0=\"")))).isEqualTo("{ \"xyz\": 123 }");
        assertThat(refused(minimal(json + "\"AQ==\"")).pointer()).isEqualTo("/data_base64");
        assertThat(refused(minimal(json + "\"eyJhIjoxLCJhIjoyfQ==\"")).pointer())
                .isEqualTo("/data_base64/a");
        assertThat(refused(minimal(json + "\"\"")).pointer()).isEqualTo("/data_base64");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/relative", "order#/definitions", "https://example.com/schema#fragment", "https://exa mple/"})
    void a_schema_that_is_no_absolute_uri_is_refused(String schema) {
        assertThat(refused(minimal(",\"dataschema\":\"" + schema + "\"")).pointer())
                .isEqualTo("/dataschema");
    }

    @Test
    void a_schema_is_an_absolute_uri() {
        assertThat(read(minimal(",\"dataschema\":\"https://example.com/s?v=1\""))
                        .dataSchema())
                .isEqualTo(URI.create("https://example.com/s?v=1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "http://[", "%zz", "/%", "a\\\\b", "{x}", "/ü", "http://exämple.com/", "^"})
    void a_source_that_is_no_uri_reference_is_refused(String source) {
        InvalidEventException problem = refused("""
                {"specversion":"1.0","id":"1","source":"%s","type":"t"}""".formatted(source));

        assertThat(problem.pointer()).isEqualTo("/source");
        assertThat(problem.problem()).contains("RFC 3986");
    }

    @Test
    void attributes_may_come_in_any_order() {
        CloudEvent event = read("""
                {"data":{"a":1},"ext":true,"type":"t","datacontenttype":"application/json","source":"/s",
                 "id":"1","time":"2026-01-01T01:00:00+01:00","specversion":"1.0","subject":"s"}""");

        assertThat(event)
                .isEqualTo(new CloudEvent(
                        "1",
                        URI.create("/s"),
                        "t",
                        "s",
                        Instant.parse("2026-01-01T00:00:00Z"),
                        "application/json",
                        null,
                        Map.of("ext", true),
                        Payload.json("{\"a\":1}".getBytes(UTF_8))));
    }
}
