package ai.tradesense.server;

import static ai.tradesense.server.TestServer.BATCH;
import static ai.tradesense.server.TestServer.unique;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.server.TestServer.Answer;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class SearchTest {
    private static final TestServer SERVER = TestServer.shared();
    private static final String ACCOUNT = unique("search");
    private static final String CORRELATION = unique("correlation");
    private static final List<String> IDS = new ArrayList<>();

    @BeforeAll
    static void five_orders_and_a_halt_are_stored() {
        List<String> events = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            IDS.add(unique("found"));
            events.add(Samples.order(IDS.get(i), ACCOUNT)
                    .replace("T09:00:00.123Z", "T0" + i + ":00:00Z")
                    .replace("\"data\":", "\"correlationid\":\"" + CORRELATION + "\",\"data\":"));
        }
        IDS.add(unique("found"));
        events.add("""
                {"specversion":"1.0","id":"%s","source":"/risk","type":"Risk.Trading.Halted.v1","subject":"%s",\
                "time":"2026-01-05T05:00:00Z","causationid":"%s","data":{"accountId":"%s","reason":"DAILY_LOSS",\
                "explanation":"too much","haltedAt":"2026-01-05T05:00:00Z"}}""".formatted(IDS.get(5), ACCOUNT, IDS.get(4), ACCOUNT));
        Answer answer = SERVER.publish(BATCH, events.toString());
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        await().untilAsserted(() -> assertThat(found("")).hasSize(6));
    }

    /// The numbers of the events found, in the order in which they were published.
    private static List<Integer> found(String query) {
        JsonNode page = page(query);
        List<Integer> numbers = new ArrayList<>();
        page.get("events")
                .forEach(entry -> numbers.add(IDS.indexOf(entry.at("/event/id").asString())));
        return numbers;
    }

    private static JsonNode page(String query) {
        Answer answer = SERVER.get("/api/v1/events?subject=" + ACCOUNT + query);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void the_newest_event_comes_first_unless_told_otherwise() {
        assertThat(found("")).containsExactly(5, 4, 3, 2, 1, 0);
        assertThat(found("&order=oldest")).containsExactly(0, 1, 2, 3, 4, 5);
    }

    static Stream<Arguments> filters() {
        return Stream.of(
                Arguments.of("&type=Risk.*", List.of(5)),
                Arguments.of("&type=Trading.Order.Placed.v1", List.of(4, 3, 2, 1, 0)),
                Arguments.of("&type=Risk.*,Trading.*", List.of(5, 4, 3, 2, 1, 0)),
                Arguments.of("&type=Risk.*&type=Auth.*", List.of(5)),
                Arguments.of("&type=Auth.*", List.of()),
                Arguments.of("&source=/risk", List.of(5)),
                Arguments.of("&correlationid=$CORRELATION&limit=2", List.of(4, 3)),
                Arguments.of("&causationid=$CAUSE", List.of(5)),
                Arguments.of("&from=2026-01-05T03:00:00Z", List.of(5, 4, 3)),
                Arguments.of("&to=2026-01-05T02:00:00Z", List.of(1, 0)),
                Arguments.of("&from=2026-01-05T02:00:00%2B01:00&to=2026-01-05T03:00:00Z", List.of(2, 1)),
                Arguments.of("&source=/elsewhere", List.of()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("filters")
    void a_filter_finds_what_matches(String query, List<Integer> expected) {
        assertThat(found(query.replace("$CORRELATION", CORRELATION).replace("$CAUSE", IDS.get(4))))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"newest", "oldest"})
    void pages_follow_each_other_without_gap_or_overlap(String order) {
        List<Integer> all = new ArrayList<>();
        String after = "";
        for (int pages = 0; pages < 10; pages++) {
            String query = "&limit=4&order=" + order + after;
            all.addAll(found(query));
            JsonNode next = page(query).get("next");
            if (next.isNull()) {
                break;
            }
            after = "&after=" + next.asLong();
        }
        assertThat(all).isEqualTo(found("&order=" + order)).hasSize(6);
    }

    static Stream<Arguments> wrongParameters() {
        return Stream.of(
                Arguments.of("limit=0", "limit"),
                Arguments.of("limit=1001", "limit"),
                Arguments.of("limit=ten", "limit"),
                Arguments.of("limit=5&limit=6", "limit"),
                Arguments.of("after=-1", "after"),
                Arguments.of("after=" + Long.MAX_VALUE + "0", "after"),
                Arguments.of("from=yesterday", "from"),
                Arguments.of("to=2026-01-05", "to"),
                Arguments.of("from=2026-01-05T03:00:00+01:00", "from"),
                Arguments.of("type=trading.*", "type"),
                Arguments.of("type=", "type"),
                Arguments.of("type=Trading.*,", "type"),
                Arguments.of("subject=", "subject"),
                Arguments.of("subject=%ZZ", "subject"),
                Arguments.of("subject=%C0%A0", "subject"),
                Arguments.of("order=random", "order"),
                Arguments.of("tpye=Trading.*", "tpye"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongParameters")
    void a_wrong_parameter_is_named(String query, String parameter) throws Exception {
        String answer =
                SERVER.raw("GET /api/v1/events?" + query + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
        assertThat(answer).contains("\"parameter\":\"" + parameter + "\"");
    }

    @Test
    void an_event_that_is_not_there_is_not_found() {
        Answer answer = SERVER.get("/api/v1/events/" + unique("missing"));
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().get("type").asString()).isEqualTo("urn:tradesense:problem:not-found");
    }

    @Test
    void a_subject_with_unusual_characters_is_found() {
        String subject = unique("Kontö #1 & 2/3");
        SERVER.publish(TestServer.STRUCTURED, Samples.order(unique("odd"), subject));
        String path = "/api/v1/events?subject=" + URLEncoder.encode(subject, UTF_8);
        await().untilAsserted(
                        () -> assertThat(SERVER.get(path).json().get("events")).hasSize(1));
    }
}
