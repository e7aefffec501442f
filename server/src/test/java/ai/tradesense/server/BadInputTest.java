package ai.tradesense.server;

import static ai.tradesense.server.TestServer.BATCH;
import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.server.TestServer.Answer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Bad input gets a problem document that says where, stores nothing and leaves the server well.
class BadInputTest {
    private final TestServer server = TestServer.shared();
    private final String account = unique("bad");

    @BeforeEach
    @AfterEach
    void nothing_is_stored() {
        assertThat(server.get("/api/v1/events?subject=" + account).text()).isEqualTo("{\"events\":[],\"next\":null}");
    }

    private String order() {
        return Samples.order(unique("bad"), account);
    }

    static Stream<Arguments> structured() {
        String deep = "[".repeat(33) + "]".repeat(33);
        return Stream.of(
                change("an unknown type", Samples.TYPE, "Trading.Order.Lost.v1", 422, "unknown-event-type", "/type"),
                change(
                        "an unknown version",
                        Samples.TYPE,
                        "Trading.Order.Placed.v2",
                        422,
                        "unknown-event-type",
                        "/type"),
                change("a malformed type", Samples.TYPE, "order placed", 400, "malformed-event", "/type"),
                change("version 0", Samples.TYPE, "Trading.Order.Placed.v0", 400, "malformed-event", "/type"),
                change("another specversion", ":\"1.0\"", ":\"0.3\"", 400, "malformed-event", "/specversion"),
                change("no specversion", "\"specversion\":\"1.0\",", "", 400, "malformed-event", "/specversion"),
                change("no id", "\"id\":\"$ID\",", "", 400, "malformed-event", "/id"),
                change("an empty id", "\"id\":\"$ID\"", "\"id\":\"\"", 400, "malformed-event", "/id"),
                change("a numeric id", "\"id\":\"$ID\"", "\"id\":17", 400, "malformed-event", "/id"),
                change("an id too long", "\"$ID\"", "\"" + "x".repeat(256) + "\"", 400, "malformed-event", "/id"),
                change("no source", "\"source\":\"/tests\",", "", 400, "malformed-event", "/source"),
                change("an empty source", "\"/tests\"", "\"\"", 400, "malformed-event", "/source"),
                change("a source that is no URI", "\"/tests\"", "\"a b\"", 400, "malformed-event", "/source"),
                change("no type", "\"type\":\"" + Samples.TYPE + "\",", "", 400, "malformed-event", "/type"),
                change("an empty type", Samples.TYPE, "", 400, "malformed-event", "/type"),
                change("no subject", "\"subject\":\"$A\",", "", 400, "malformed-event", "/subject"),
                change(
                        "an empty subject",
                        "\"subject\":\"$A\"",
                        "\"subject\":\"\"",
                        400,
                        "malformed-event",
                        "/subject"),
                change("a time without an offset", ".123Z", "", 400, "malformed-event", "/time"),
                change("a time in words", "2026-01-05T09:00:00.123Z", "yesterday", 400, "malformed-event", "/time"),
                change("a day that is none", "2026-01-05T09", "2026-02-30T09", 400, "malformed-event", "/time"),
                change(
                        "a time as a number",
                        "\"2026-01-05T09:00:00.123Z\"",
                        "1767603600",
                        400,
                        "malformed-event",
                        "/time"),
                change(
                        "a key twice",
                        "\"subject\":",
                        "\"subject\":\"other\",\"subject\":",
                        400,
                        "malformed-event",
                        null),
                change(
                        "a key twice in the data",
                        "\"orderId\":",
                        "\"orderId\":\"O-2\",\"orderId\":",
                        400,
                        "malformed-event",
                        null),
                change("nesting over 32", "\"EURUSD\"", deep, 400, "malformed-event", null),
                change("a truncated document", "\"}}", "\"}", 400, "malformed-event", null),
                change(
                        "an extension with a bad name",
                        "\"data\":",
                        "\"Corr_id\":\"x\",\"data\":",
                        400,
                        "malformed-event",
                        "/Corr_id"),
                change(
                        "critical as text",
                        "\"data\":",
                        "\"critical\":\"yes\",\"data\":",
                        400,
                        "malformed-event",
                        "/critical"),
                change("no data", ",\"data\":$DATA", "", 422, "invalid-data", "/data"),
                change("a field missing", "\"orderId\":\"O-1\",", "", 422, "invalid-data", "/data/orderId"),
                change("a field of the wrong kind", "0.10", "\"much\"", 422, "invalid-data", "/data/quantity"),
                change("a quantity of nothing", "0.10", "0", 422, "invalid-data", "/data/quantity"),
                change("a side that is none", "BUY", "KEEP", 422, "invalid-data", "/data/side"));
    }

    private static Arguments change(String what, String from, String to, int status, String problem, String pointer) {
        return Arguments.of(what, from, to, status, problem, pointer);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("structured")
    void bad_structured_events_are_refused(
            String what, String from, String to, int status, String problem, String pointer) {
        String id = unique("bad");
        String good = Samples.order(id, account);
        String sought = from.replace("$ID", id).replace("$A", account).replace("$DATA", Samples.orderData(account));
        assertThat(good).contains(sought);
        int at = good.lastIndexOf(sought);
        String bad = from.startsWith("\"}}") ? good.substring(0, at) + to : good.replace(sought, to);
        assertProblem(server.publish(STRUCTURED, bad), status, problem, pointer);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("structured")
    void a_batch_with_one_bad_event_is_refused_as_a_whole(
            String what, String from, String to, int status, String problem, String pointer) {
        String id = unique("bad");
        String good = Samples.order(id, account);
        String sought = from.replace("$ID", id).replace("$A", account).replace("$DATA", Samples.orderData(account));
        int at = good.lastIndexOf(sought);
        String bad = from.startsWith("\"}}") ? good.substring(0, at) + to : good.replace(sought, to);
        Answer answer = server.publish(BATCH, "[" + order() + "," + bad + "," + order() + "]");
        assertProblem(answer, status, problem, pointer == null ? null : "/1" + pointer);
    }

    private static void assertProblem(Answer answer, int status, String problem, String pointer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        JsonNode document = answer.json();
        assertThat(document.get("type").asString()).isEqualTo("urn:tradesense:problem:" + problem);
        assertThat(document.get("status").asInt()).isEqualTo(status);
        assertThat(document.get("title").asString()).isNotEmpty();
        assertThat(document.get("detail").asString()).isNotEmpty().doesNotContain("?.", "Source");
        if (pointer != null) {
            assertThat(document.at("/errors/0/pointer").asString())
                    .as(answer.text())
                    .isEqualTo(pointer);
            assertThat(document.at("/errors/0/detail").asString()).isNotEmpty();
        }
    }

    @Test
    void every_bad_event_of_a_batch_is_named() {
        Answer answer = server.publish(
                BATCH, "[" + order().replace("0.10", "0") + "," + order() + "," + order().replace("BUY", "KEEP") + "]");
        assertProblem(answer, 422, "invalid-data", "/0/data/quantity");
        assertThat(answer.json().get("errors")).hasSize(2);
        assertThat(answer.json().at("/errors/1/pointer").asString()).isEqualTo("/2/data/side");
    }

    private String orderWithExtensions(int count) {
        StringBuilder extensions = new StringBuilder("{");
        for (int i = 0; i < count; i++) {
            extensions.append("\"x").append(i).append("\":\"\",");
        }
        return order().replaceFirst("\\{", extensions.toString());
    }

    @Test
    void too_many_attributes_are_named_with_all_else_that_is_wrong_with_a_batch() {
        Answer answer = server.publish(BATCH, "[" + order().replace("0.10", "0") + "," + orderWithExtensions(65) + "]");
        assertProblem(answer, 422, "invalid-data", "/0/data/quantity");
        assertThat(answer.json().at("/errors/1/pointer").asString()).isEqualTo("/1");
        assertThat(answer.json().at("/errors/1/detail").asString()).contains("65 extensions");
        assertProblem(server.publish(BATCH, "[" + orderWithExtensions(65) + "]"), 400, "malformed-event", "/0");
        assertProblem(server.publish(STRUCTURED, orderWithExtensions(65)), 400, "malformed-event", "");
    }

    @Test
    void a_batch_of_one_is_still_a_batch() {
        assertProblem(
                server.publish(BATCH, "[" + order().replace("0.10", "0") + "]"),
                422,
                "invalid-data",
                "/0/data/quantity");
    }

    @Test
    void an_array_is_no_event_and_an_event_is_no_batch() {
        assertProblem(server.publish(STRUCTURED, "[" + order() + "]"), 400, "malformed-event", null);
        assertProblem(server.publish(BATCH, order()), 400, "malformed-event", null);
        assertProblem(server.publish(STRUCTURED, ""), 400, "malformed-event", null);
        assertProblem(server.publish(STRUCTURED, "null"), 400, "malformed-event", null);
    }

    @Test
    void invalid_utf_8_is_refused() {
        byte[] event = order().getBytes(StandardCharsets.ISO_8859_1);
        event[indexOf(event, "EURUSD")] = (byte) 0xC0;
        assertProblem(server.publish(STRUCTURED, event), 400, "malformed-event", null);
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    }

    static Stream<Arguments> binary() {
        return Stream.of(
                Arguments.of("no id", "ce-id", null, 400, "/id"),
                Arguments.of("an empty id", "ce-id", "", 400, "/id"),
                Arguments.of("no specversion", "ce-specversion", null, 400, "/specversion"),
                Arguments.of("another specversion", "ce-specversion", "0.3", 400, "/specversion"),
                Arguments.of("no source", "ce-source", null, 400, "/source"),
                Arguments.of("no type", "ce-type", null, 400, "/type"),
                Arguments.of("a malformed type", "ce-type", "order.placed", 400, "/type"),
                Arguments.of("an unknown type", "ce-type", "Trading.Order.Placed.v9", 422, "/type"),
                Arguments.of("no subject", "ce-subject", null, 400, "/subject"),
                Arguments.of("an empty subject", "ce-subject", "", 400, "/subject"),
                Arguments.of("a wrong time", "ce-time", "1767603600", 400, "/time"),
                Arguments.of("an overlong encoding", "ce-correlationid", "%C0%A0", 400, "/correlationid"),
                Arguments.of("a cut-off encoding", "ce-correlationid", "100%", 400, "/correlationid"),
                Arguments.of("an open quote", "ce-correlationid", "\"open", 400, "/correlationid"),
                Arguments.of("a boolean that is none", "ce-critical", "yes", 400, "/critical"),
                Arguments.of("a bad name", "ce-corr-id", "x", 400, "/corr-id"),
                Arguments.of("data in a header", "ce-data", "1", 400, "/data"),
                Arguments.of(
                        "the content type in a header", "ce-datacontenttype", "text/plain", 400, "/datacontenttype"),
                Arguments.of("data that is no JSON", "Content-Type", "text/plain", 422, "/data"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("binary")
    void bad_binary_events_are_refused(String what, String header, String value, int status, String pointer) {
        Map<String, String> headers = new HashMap<>(Map.of(
                "Content-Type",
                "application/json",
                "ce-specversion",
                "1.0",
                "ce-id",
                unique("bad"),
                "ce-source",
                "/tests",
                "ce-type",
                Samples.TYPE,
                "ce-subject",
                account));
        headers.remove(header);
        if (value != null) {
            headers.put(header, value);
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri("/api/v1/events"))
                .POST(BodyPublishers.ofString(Samples.orderData(account)));
        headers.forEach(request::header);
        Answer answer = server.send(request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.json().at("/errors/0/pointer").asString())
                .as(answer.text())
                .isEqualTo(pointer);
    }

    @Test
    void broken_json_as_binary_data_is_malformed() {
        for (String data : List.of("{\"accountId\":", "{}{}", "{\"a\":1,\"a\":2}", "[".repeat(40) + "]".repeat(40))) {
            Answer answer = server.send(HttpRequest.newBuilder(server.uri("/api/v1/events"))
                    .header("Content-Type", "application/json")
                    .header("ce-specversion", "1.0")
                    .header("ce-id", unique("bad"))
                    .header("ce-source", "/tests")
                    .header("ce-type", Samples.TYPE)
                    .header("ce-subject", account)
                    .POST(BodyPublishers.ofString(data)));
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.json().at("/errors/0/pointer").asString()).startsWith("/data");
        }
    }

    @Test
    void what_is_no_cloud_event_is_an_unsupported_media_type() {
        assertProblem(server.publish("application/json", order()), 415, "unsupported-media-type", null);
        assertProblem(server.publish("application/cloudevents+avro", order()), 415, "unsupported-media-type", null);
        assertProblem(server.publish("nonsense", order()), 415, "unsupported-media-type", null);
        assertProblem(
                server.publish(STRUCTURED + "; charset=iso-8859-1", order()), 415, "unsupported-media-type", null);
        Answer compressed = server.send(HttpRequest.newBuilder(server.uri("/api/v1/events"))
                .header("Content-Type", STRUCTURED)
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofString(order())));
        assertProblem(compressed, 415, "unsupported-media-type", null);
    }

    @Test
    void data_over_the_limit_is_too_large_in_every_mode() {
        String large = "\"" + "x".repeat(256 * 1024) + "\"";
        String event = order().replace(Samples.orderData(account), large);
        assertProblem(server.publish(STRUCTURED, event), 413, "too-large", "/data");
        assertProblem(server.publish(BATCH, "[" + order() + "," + event + "]"), 413, "too-large", "/1/data");
        Answer binary = server.send(HttpRequest.newBuilder(server.uri("/api/v1/events"))
                .header("Content-Type", "application/json")
                .header("ce-specversion", "1.0")
                .header("ce-id", unique("bad"))
                .header("ce-source", "/tests")
                .header("ce-type", Samples.TYPE)
                .header("ce-subject", account)
                .POST(BodyPublishers.ofString(large)));
        assertProblem(binary, 413, "too-large", null);
    }

    @Test
    void a_body_over_the_limit_is_too_large_whether_announced_or_not() {
        byte[] large = new byte[8 * 1024 * 1024 + 1];
        assertProblem(server.publish(STRUCTURED, large), 413, "too-large", null);
        Answer chunked = server.send(HttpRequest.newBuilder(server.uri("/api/v1/events"))
                .header("Content-Type", STRUCTURED)
                .POST(BodyPublishers.ofInputStream(() -> (InputStream) new ByteArrayInputStream(large))));
        assertProblem(chunked, 413, "too-large", null);
    }

    @Test
    void a_batch_over_the_limit_is_too_large() {
        StringBuilder batch = new StringBuilder("[");
        for (int i = 0; i <= 10_000; i++) {
            batch.append(i == 0 ? "" : ",").append(order());
        }
        assertProblem(server.publish(BATCH, batch.append("]").toString()), 413, "too-large", null);
    }
}
