package ai.tradesense.server;

import static ai.tradesense.server.TestServer.BATCH;
import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.server.TailReader.Message;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TailTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(
                "--tradesense.tail.heartbeat=100ms",
                "--tradesense.limits.max-tail-clients=4",
                "--server.tomcat.connection-timeout=1s");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static double readers() {
        return server.context()
                .getBean(MeterRegistry.class)
                .get("tradesense.tail.clients")
                .gauge()
                .value();
    }

    private static String publishOne(String subject) {
        String id = unique("tailed");
        assertThat(server.publish(STRUCTURED, Samples.order(id, subject)).status())
                .isEqualTo(202);
        return id;
    }

    private static List<String> publish(String subject, int count) {
        List<String> ids = new ArrayList<>();
        List<String> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(unique("tailed"));
            events.add(Samples.order(ids.get(i), subject));
        }
        assertThat(server.publish(BATCH, events.toString()).status()).isEqualTo(202);
        return ids;
    }

    private static void awaitStored(String id) {
        await().until(() -> server.get("/api/v1/events/" + id).status() == 200);
    }

    @Test
    void events_arrive_as_they_are_stored() throws Exception {
        String subject = unique("A");
        awaitStored(publishOne(subject));
        try (TailReader tail = TailReader.of(server, "?subject=" + subject)) {
            assertThat(tail.response.statusCode()).isEqualTo(200);
            assertThat(tail.response.headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/event-stream");
            List<String> ids = publish(subject, 3);
            await().untilAsserted(() -> assertThat(tail.eventIds()).isEqualTo(ids));
            Message last = tail.messages.getLast();
            assertThat(last.json().get("type").asString()).isEqualTo(Samples.TYPE);
            assertThat(last.data()).contains("\"quantity\":0.10,");
            assertThat(server.get("/api/v1/events/" + ids.get(2))
                            .json()
                            .get("position")
                            .asString())
                    .isEqualTo(last.id());
        }
    }

    @Test
    void a_filter_holds_back_what_does_not_match() throws Exception {
        String subject = unique("A");
        try (TailReader risk = TailReader.of(server, "?type=Risk.*&subject=" + subject);
                TailReader trading = TailReader.of(server, "?type=Trading.*&subject=" + subject)) {
            List<String> ids = publish(subject, 2);
            await().untilAsserted(() -> assertThat(trading.eventIds()).isEqualTo(ids));
            String position = trading.messages.getLast().id();
            // the position of a reader moves on even if nothing is for it
            await().untilAsserted(() ->
                    assertThat(Long.parseLong(risk.lastId())).isGreaterThanOrEqualTo(Long.parseLong(position)));
            assertThat(risk.messages).isEmpty();
        }
    }

    @Test
    void a_reader_resumes_after_the_last_event_it_saw() throws Exception {
        String subject = unique("A");
        List<String> ids = publish(subject, 5);
        awaitStored(ids.getLast());
        String seen = server.get("/api/v1/events/" + ids.get(1))
                .json()
                .get("position")
                .asString();
        try (TailReader byHeader = TailReader.of(server, "?after=0&subject=" + subject, "Last-Event-ID", seen);
                TailReader byParameter = TailReader.of(server, "?after=" + seen + "&subject=" + subject);
                TailReader all = TailReader.of(server, "?after=0&subject=" + subject)) {
            await().untilAsserted(() -> assertThat(byHeader.eventIds()).isEqualTo(ids.subList(2, 5)));
            await().untilAsserted(() -> assertThat(byParameter.eventIds()).isEqualTo(ids.subList(2, 5)));
            await().untilAsserted(() -> assertThat(all.eventIds()).isEqualTo(ids));
        }
    }

    @Test
    void a_position_of_the_future_means_now() throws Exception {
        String subject = unique("A");
        try (TailReader tail = TailReader.of(server, "?subject=" + subject, "Last-Event-ID", "999999999")) {
            List<String> ids = publish(subject, 1);
            await().untilAsserted(() -> assertThat(tail.eventIds()).isEqualTo(ids));
        }
    }

    @Test
    void a_last_event_id_that_is_no_position_is_refused() throws Exception {
        try (TailReader tail = TailReader.of(server, "", "Last-Event-ID", "yesterday")) {
            assertThat(tail.response.statusCode()).isEqualTo(400);
        }
    }

    @Test
    void a_silent_tail_beats_and_a_reader_that_goes_away_is_released() throws Exception {
        await().until(() -> readers() == 0);
        TailReader tail = TailReader.of(server, "?subject=" + unique("nobody"));
        await().until(() -> tail.comments.size() >= 2);
        assertThat(readers()).isEqualTo(1);
        tail.close();
        await().until(() -> readers() == 0);
    }

    @Test
    void who_asks_for_the_headers_alone_is_answered_and_takes_no_place() {
        TestServer.Answer answer = server.send(
                HttpRequest.newBuilder(server.uri("/api/v1/tail")).HEAD().timeout(Duration.ofSeconds(10)));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith("text/event-stream");
        await().until(() -> readers() == 0);
    }

    @Test
    void there_may_be_so_many_readers_and_no_more() throws Exception {
        await().until(() -> readers() == 0);
        List<TailReader> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            readers.add(TailReader.of(server, "?subject=" + unique("nobody")));
        }
        TestServer.Answer refused = server.get("/api/v1/tail");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isNotEmpty();
        assertThat(refused.json().get("type").asString()).isEqualTo("urn:tradesense:problem:too-many-requests");
        for (TailReader reader : readers) {
            reader.close();
        }
        await().until(() -> readers() == 0);
    }

    @Test
    void a_reader_that_takes_nothing_is_dropped_and_harms_nobody() throws Exception {
        await().until(() -> readers() == 0);
        String subject = unique("A");
        try (Socket slow = new Socket();
                TailReader good = TailReader.of(server, "?subject=" + subject)) {
            slow.setReceiveBufferSize(4_096);
            slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            slow.getOutputStream()
                    .write(("GET /api/v1/tail?subject=" + subject + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> readers() == 2);
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ids.addAll(publish(subject, 1_000)); // more than the buffers of a connection take
            }
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(good.messages).hasSize(ids.size()));
            assertThat(good.eventIds()).isEqualTo(ids);
            await().atMost(Duration.ofSeconds(60)).until(() -> readers() == 1);
        }
    }

    @Test
    void a_reader_with_a_rate_gets_the_newest_and_is_told_what_was_left_out() throws Exception {
        String subject = unique("A");
        try (TailReader tail = TailReader.of(server, "?rate=8&subject=" + subject)) {
            List<String> ids = publish(subject, 500);
            await().untilAsserted(() -> assertThat(tail.eventIds()).endsWith(ids.getLast()));
            assertThat(tail.eventIds()).hasSizeLessThan(100);
            assertThat(tail.messages).anySatisfy(message -> {
                assertThat(message.event()).isEqualTo("skipped");
                assertThat(message.json().get("before").asLong())
                        .isGreaterThan(message.json().get("after").asLong());
            });
        }
    }

    @Test
    void a_reader_with_a_rate_gets_all_that_is_rarer() throws Exception {
        String subject = unique("A");
        try (TailReader tail = TailReader.of(server, "?rate=400&subject=" + subject)) {
            publish(unique("somebody else"), 1_000);
            String halt = publishOne(subject);
            publish(unique("somebody else"), 1_000);
            await().untilAsserted(() -> assertThat(tail.eventIds()).containsExactly(halt));
        }
    }

    @Test
    void a_server_that_stops_ends_its_tails() throws Exception {
        TestServer other = TestServer.start();
        try (TailReader tail = TailReader.of(other, "")) {
            await().until(() -> !tail.lastId().isEmpty());
            other.context().close();
            await().until(tail::ended);
        }
    }
}
