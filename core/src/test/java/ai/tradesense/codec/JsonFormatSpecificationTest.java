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

/// The examples and rules of the JSON format of CloudEvents 1.0.2, section by section.
class JsonFormatSpecificationTest {
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
        CloudEvent event = read(event(",\"datacontenttype\":\"" + contentType + "\",\"data\":\"{}\""));

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
        CloudEvent event = read(event(",\"data\":\"{\\\"a\\\":\\n1}\",\"datacontenttype\":\"" + contentType + "\""));

        assertThat(event.data()).isEqualTo(Payload.text("{\"a\":\n1}"));
    }

    @ParameterizedTest
    @CsvSource({"1, a number", "true, a boolean", "null, null", "{}, an object", "[], an array"})
    void data_of_another_content_type_that_is_no_string_is_refused(String data, String found) {
        InvalidEventException problem = refused(event(",\"datacontenttype\":\"text/plain\",\"data\":" + data));

        assertThat(problem.pointer()).isEqualTo("/data");
        assertThat(problem.problem())
                .startsWith("is " + found + ", expected a string")
                .contains("'text/plain'");
    }

    @Test
    void a_content_type_may_stand_without_data() {
        CloudEvent event = read(event(",\"datacontenttype\":\"text/plain\""));

        assertThat(event.data()).isSameAs(Payload.NONE);
        assertThat(event.dataContentType()).isEqualTo("text/plain");
    }

    @Test
    void explicit_null_is_data_and_no_data_is_none() {
        assertThat(json(read(event(",\"data\":null")))).isEqualTo("null");
        assertThat(read(event("")).data()).isSameAs(Payload.NONE);
        assertThat(CloudEventJson.write(read(event(",\"data\":null"))))
                .asString(UTF_8)
                .endsWith(",\"data\":null}");
        assertThat(CloudEventJson.write(read(event("")))).asString(UTF_8).doesNotContain("data");
    }

    @Test
    void data_and_data_base64_exclude_each_other() {
        for (String data : List.of("1", "null", "\"x\"")) {
            assertThat(refused(event(",\"data\":" + data + ",\"data_base64\":\"AQ==\""))
                            .pointer())
                    .isEqualTo("/data_base64");
        }
        assertThat(json(read(event(",\"data\":1,\"data_base64\":null")))).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"A", "AQ", "AQ=", "A===", "AQ==AQ==", "A Q=", "-_-_", "... base64 encoded string ...", "AQ\\n="})
    void what_is_no_base64_is_refused(String text) {
        InvalidEventException problem = refused(event(",\"data_base64\":\"" + text + "\""));

        assertThat(problem.pointer()).isEqualTo("/data_base64");
        assertThat(problem.problem()).startsWith("is no Base64 (RFC 4648)");
    }

    @Test
    void base64_of_an_explicit_json_type_is_read_as_json_and_must_be_json() {
        String json = ",\"datacontenttype\":\"application/json\",\"data_base64\":";

        assertThat(json(read(event(json + "\"eyAieHl6IjogMTIzIH0=\"")))).isEqualTo("{ \"xyz\": 123 }");
        assertThat(refused(event(json + "\"AQ==\"")).pointer()).isEqualTo("/data_base64");
        assertThat(refused(event(json + "\"eyJhIjoxLCJhIjoyfQ==\"")).pointer()).isEqualTo("/data_base64/a");
        assertThat(refused(event(json + "\"\"")).pointer()).isEqualTo("/data_base64");
    }
}
