package ai.tradesense.codec;

import static ai.tradesense.codec.Reading.event;
import static ai.tradesense.codec.Reading.read;
import static ai.tradesense.codec.Reading.refused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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

/// What CloudEvents 1.0.2 says of attributes, by way of their form in JSON.
class AttributesSpecificationTest {
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
                event("").replaceFirst("\"" + name + "\":\"[^\"]*\",?", "").replace(",}", "}");
        String isNull = event("").replaceFirst("\"" + name + "\":\"[^\"]*\"", "\"" + name + "\":null");

        assertThat(refused(missing).pointer()).isEqualTo(pointer);
        assertThat(refused(missing).problem()).contains("is missing");
        assertThat(refused(isNull).pointer()).isEqualTo(pointer);
        assertThat(refused(isNull).problem()).contains("is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "source", "type", "subject", "dataschema", "datacontenttype"})
    void an_attribute_that_is_empty_is_refused(String name) {
        String json = event(",\"subject\":\"x\",\"dataschema\":\"http://x/\",\"datacontenttype\":\"a/b\"")
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
        CloudEvent event = read(event("""
                ,"subject":null,"time":null,"datacontenttype":null,"dataschema":null,"ext":null,"data_base64":null"""));

        assertThat(event)
                .isEqualTo(new CloudEvent("1", URI.create("/s"), "t", null, null, null, null, Map.of(), Payload.NONE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Upper", "with_underscore", "with-dash", "with.dot", "ümlaut", "a b", "a/b~c"})
    void an_attribute_name_of_other_characters_is_refused(String name) {
        String pointer = "/" + name.replace("~", "~0").replace("/", "~1");

        assertThat(refused(event(",\"" + name + "\":\"x\"")).pointer()).isEqualTo(pointer);
        assertThat(refused(event(",\"" + name + "\":null")).pointer()).isEqualTo(pointer);
    }

    @Test
    void extensions_are_booleans_integers_and_strings() {
        CloudEvent event = read(event("""
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
        InvalidEventException problem = refused(event(",\"ext\":" + value));

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
            String json = event(",\"subject\":\"x\",\"ext\":\"x\"")
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
    @ValueSource(strings = {"json", "a/", "/b", "a b/c", "a/b;", "a/b; c", "a/b; c=", "a/b; c=\\\"d", "a/b c", "a/b/c"})
    void a_content_type_that_is_no_media_type_is_refused(String contentType) {
        InvalidEventException problem = refused(event(",\"datacontenttype\":\"" + contentType + "\""));

        assertThat(problem.pointer()).isEqualTo("/datacontenttype");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/relative", "order#/definitions", "https://example.com/schema#fragment", "https://exa mple/"})
    void a_schema_that_is_no_absolute_uri_is_refused(String schema) {
        assertThat(refused(event(",\"dataschema\":\"" + schema + "\"")).pointer())
                .isEqualTo("/dataschema");
    }

    @Test
    void a_schema_is_an_absolute_uri() {
        assertThat(read(event(",\"dataschema\":\"https://example.com/s?v=1\"")).dataSchema())
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
