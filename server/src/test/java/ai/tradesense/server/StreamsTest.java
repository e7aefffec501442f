package ai.tradesense.server;

import static ai.tradesense.server.TestServer.BATCH;
import static ai.tradesense.server.TestServer.unique;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.server.TestServer.Answer;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class StreamsTest {
    private static final TestServer SERVER = TestServer.shared();
    private static final String ACCOUNT = unique("desk") + "/stream ü";
    private static final List<String> IDS = new ArrayList<>();

    @BeforeAll
    static void five_orders_with_a_halt_among_them_are_stored() {
        List<String> events = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            IDS.add(unique("streamed"));
            events.add(i == 3 ? """
                            {"specversion":"1.0","id":"%s","source":"/risk","type":"Risk.Trading.Halted.v1",\
                            "subject":"%s","time":"2026-01-05T05:00:00Z","data":{"accountId":"%s",\
                            "reason":"DAILY_LOSS","explanation":"too much","haltedAt":"2026-01-05T05:00:00Z"}}""".formatted(IDS.get(i), ACCOUNT, ACCOUNT) : Samples.order(IDS.get(i), ACCOUNT));
        }
        Answer answer = SERVER.publish(BATCH, events.toString());
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
    }

    private static Answer get(String subject, String query) {
        return SERVER.get("/api/v1/streams/" + URLEncoder.encode(subject, UTF_8).replace("+", "%20") + query);
    }

    private static JsonNode page(String query) {
        Answer answer = get(ACCOUNT, query);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static List<Integer> numbers(JsonNode page) {
        List<Integer> numbers = new ArrayList<>();
        page.get("events")
                .forEach(entry -> numbers.add(IDS.indexOf(entry.at("/event/id").asString())));
        return numbers;
    }

    private static List<Integer> versions(JsonNode page) {
        List<Integer> versions = new ArrayList<>();
        page.get("events").forEach(entry -> versions.add(entry.get("version").asInt()));
        return versions;
    }

    /// Page by page, as `next` says.
    private static List<Integer> paged(String query) {
        List<Integer> numbers = new ArrayList<>();
        JsonNode page = page(query);
        numbers.addAll(numbers(page));
        while (!page.get("next").isNull()) {
            page = page(query + "&after=" + page.get("next").asLong());
            numbers.addAll(numbers(page));
        }
        return numbers;
    }

    @Test
    void a_stream_has_the_events_of_its_domain_with_their_versions() {
        JsonNode page = page("?domain=Trading");

        assertThat(page.get("subject").asString()).isEqualTo(ACCOUNT);
        assertThat(page.get("domain").asString()).isEqualTo("Trading");
        assertThat(page.get("version").asInt()).isEqualTo(5);
        assertThat(numbers(page)).containsExactly(0, 1, 2, 4, 5);
        assertThat(versions(page)).containsExactly(1, 2, 3, 4, 5);
        assertThat(page.get("next").isNull()).isTrue();
        assertThat(versions(page("?domain=Trading&order=newest&limit=2"))).containsExactly(5, 4);
        assertThat(versions(page("?domain=Trading&order=newest&after=3"))).containsExactly(2, 1);
        assertThat(versions(page("?domain=Trading&after=3&limit=1"))).containsExactly(4);
        assertThat(versions(page("?domain=Trading&after=5"))).isEmpty();
    }

    @Test
    void without_a_domain_the_whole_history_of_a_subject_is_given() {
        JsonNode page = page("");

        assertThat(numbers(page)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(page.get("domain").isNull()).isTrue();
        assertThat(page.get("version").isNull()).isTrue();
    }

    @Test
    void pages_lead_through_a_history_in_both_directions() {
        for (int limit = 1; limit <= 6; limit++) {
            assertThat(paged("?limit=" + limit)).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(paged("?order=newest&limit=" + limit)).containsExactly(5, 4, 3, 2, 1, 0);
            assertThat(paged("?domain=Trading&limit=" + limit)).containsExactly(0, 1, 2, 4, 5);
            assertThat(paged("?domain=Trading&order=newest&limit=" + limit)).containsExactly(5, 4, 2, 1, 0);
        }
    }

    @Test
    void a_subject_without_events_is_not_there() {
        for (String query : List.of("", "?domain=Trading")) {
            Answer answer = get(unique("nobody"), query);
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.json().get("type").asString()).isEqualTo("urn:tradesense:problem:not-found");
        }
        assertThat(get(ACCOUNT, "?domain=Auth").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "?domain=trading, domain",
        "?domain=, domain",
        "?order=sideways, order",
        "?limit=0, limit",
        "?limit=1001, limit",
        "?after=-1, after",
        "?domain=Trading&order=newest&after=1, after",
        "?domain=Trading&after=9223372036854775807, after",
        "?version=1, version",
    })
    void a_parameter_that_is_wrong_is_named(String query, String parameter) {
        Answer answer = get(ACCOUNT, query);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().at("/errors/0/parameter").asString()).isEqualTo(parameter);
    }
}
