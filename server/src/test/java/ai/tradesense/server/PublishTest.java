package ai.tradesense.server;

import static ai.tradesense.server.TestServer.BATCH;
import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.server.TestServer.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PublishTest {
    private final TestServer server = TestServer.shared();

    /// Stored soon after: with the transport in memory, a worker writes the store.
    private JsonNode stored(String id) {
        await().untilAsserted(() ->
                assertThat(server.get("/api/v1/events/" + id).status()).isEqualTo(200));
        return server.get("/api/v1/events/" + id).json();
    }

    @Test
    void a_structured_event_is_accepted_and_found_as_it_was_sent() {
        String id = unique("structured");
        Answer answer = server.publish(STRUCTURED, Samples.order(id, unique("A")));
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.text()).isEqualTo("{\"events\":[{\"id\":\"" + id + "\",\"duplicate\":false}]}");

        JsonNode entry = stored(id);
        assertThat(entry.get("position").asLong()).isPositive();
        assertThat(entry.get("event").get("type").asString()).isEqualTo(Samples.TYPE);
        assertThat(entry.get("event").get("time").asString()).isEqualTo("2026-01-05T09:00:00.123Z");
        assertThat(server.get("/api/v1/events/" + id).text())
                .contains("\"quantity\":0.10,")
                .contains("\"price\":1.084250000000000001,");
    }

    @Test
    void the_same_event_again_is_reported_as_a_duplicate() {
        String event = Samples.order(unique("twice"), unique("A"));
        server.publish(STRUCTURED, event);
        Answer again = server.publish(STRUCTURED + "; charset=utf-8", event);
        assertThat(again.status()).isEqualTo(202);
        assertThat(again.json().at("/events/0/duplicate").asBoolean()).isTrue();
    }

    @Test
    void a_batch_is_accepted_in_its_order() {
        String account = unique("A");
        String first = unique("first");
        String second = unique("second");
        Answer answer =
                server.publish(BATCH, "[" + Samples.order(first, account) + "," + Samples.order(second, account) + "]");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.json().at("/events/0/id").asString()).isEqualTo(first);
        assertThat(answer.json().at("/events/1/id").asString()).isEqualTo(second);
        assertThat(stored(first).get("position").asLong())
                .isLessThan(stored(second).get("position").asLong());
    }

    @Test
    void an_empty_batch_is_accepted() {
        Answer answer = server.publish(BATCH, "[]");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.text()).isEqualTo("{\"events\":[]}");
    }

    @Test
    void a_binary_event_carries_its_attributes_in_headers() {
        String id = unique("binary");
        String account = unique("A");
        Answer answer = server.send(HttpRequest.newBuilder(server.uri("/api/v1/events"))
                .header("Content-Type", "application/json")
                .header("ce-specversion", "1.0")
                .header("CE-ID", id)
                .header("ce-source", "/tests")
                .header("ce-type", Samples.TYPE)
                .header("ce-subject", account)
                .header("ce-time", "2026-01-05T10:00:00+01:00")
                .header("ce-correlationid", "Euro%20%E2%82%AC%20%F0%9F%98%80")
                .header("ce-causationid", "\"an old \\\"quoted\\\" form\"")
                .header("ce-critical", "true")
                .POST(BodyPublishers.ofString(Samples.orderData(account))));
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);

        JsonNode event = stored(id).get("event");
        assertThat(event.get("subject").asString()).isEqualTo(account);
        assertThat(event.get("correlationid").asString()).isEqualTo("Euro € 😀");
        assertThat(event.get("causationid").asString()).isEqualTo("an old \"quoted\" form");
        assertThat(event.get("critical").isBoolean()).isTrue();
        assertThat(event.get("datacontenttype").asString()).isEqualTo("application/json");
        assertThat(Instant.parse(event.get("time").asString())).isEqualTo("2026-01-05T09:00:00Z");
        assertThat(event.get("data").get("instrument").asString()).isEqualTo("EURUSD");
    }

    @Test
    void an_event_without_a_time_happened_now() {
        String id = unique("timeless");
        Instant before = Instant.now();
        Answer answer = server.publish(
                STRUCTURED, Samples.order(id, unique("A")).replace("\"time\":\"2026-01-05T09:00:00.123Z\",", ""));
        assertThat(answer.status()).isEqualTo(202);
        assertThat(Instant.parse(stored(id).at("/event/time").asString())).isBetween(before, Instant.now());
    }

    @Test
    void an_id_with_a_slash_is_found_under_its_encoded_path() {
        String id = unique("orders/2026");
        assertThat(server.publish(STRUCTURED, Samples.order(id, unique("A"))).status())
                .isEqualTo(202);
        assertThat(stored(id.replace("/", "%2F")).at("/event/id").asString()).isEqualTo(id);
    }
}
