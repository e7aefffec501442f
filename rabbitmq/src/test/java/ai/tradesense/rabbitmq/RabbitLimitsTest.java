package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.RabbitServer;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A RabbitMQ that is short of memory or disk, or has limits that we run into.
@Timeout(120)
class RabbitLimitsTest {
    private static final String NO_ALARM =
            "vm_memory_monitor:set_vm_memory_high_watermark(0.4), rabbit_disk_monitor:set_disk_free_limit(50000000)";
    private static final String USUAL_TIMEOUT =
            "application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000)";
    private static RabbitServer server;
    private final RabbitServer.VirtualHost virtualHost = server.virtualHost();

    @BeforeAll
    static void start() {
        server = RabbitServer.with("max_message_size = 100000");
    }

    @AfterAll
    static void end() {
        server.close();
    }

    @AfterEach
    void clear() {
        server.evaluate(NO_ALARM);
        server.evaluate(USUAL_TIMEOUT);
        virtualHost.close();
    }

    private RabbitSettings settings() {
        return settings(virtualHost.url());
    }

    private static RabbitSettings settings(String url) {
        return RabbitSettings.of(url)
                .withPartitions(2)
                .withLease(Duration.ofSeconds(2))
                .withTimeout(Duration.ofSeconds(1));
    }

    private static DomainEvent large(String id, int characters) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/test"))
                .subject("account")
                .time(Instant.EPOCH)
                .data(Payload.json(("\"" + "x".repeat(characters) + "\"").getBytes(UTF_8)))
                .build();
    }

    private static void assertBlocked(RabbitTransport transport, DomainEvent event) {
        await().untilAsserted(() -> assertThatThrownBy(() -> transport.send(List.of(event)))
                .isInstanceOfSatisfying(RabbitTransportException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(Reason.BLOCKED);
                    assertThat(failure).hasMessageContaining("memory or disk is short");
                }));
    }

    private static void sendUntilItSucceeds(RabbitTransport transport, DomainEvent event) {
        await().atMost(Duration.ofSeconds(40))
                .ignoreExceptionsInstanceOf(RabbitTransportException.class)
                .until(() -> {
                    transport.send(List.of(event));
                    return true;
                });
    }

    @ParameterizedTest
    @CsvSource({
        "memory, vm_memory_monitor:set_vm_memory_high_watermark(0.00001)",
        "disk, rabbit_disk_monitor:set_disk_free_limit(1000000000000000)"
    })
    void while_it_is_short_publishing_is_blocked_and_says_so_workers_go_on_and_then_events_flow(
            String ofWhat, String alarm) {
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events(ofWhat, 20));
            reader.untilHas(ofWhat + 19);

            server.evaluate(alarm);
            assertBlocked(transport, Reader.event("blocked", "account"));
            assertThat(transport.health().available()).isFalse();
            assertThat(transport.health().detail()).contains("memory or disk is short");
            assertThatThrownBy(() -> RabbitTransport.check(settings())).hasMessageContaining("memory or disk is short");
            reader.untilDone();
            assertThat(reader.ids()).doesNotContain("blocked");

            server.evaluate(NO_ALARM);
            sendUntilItSucceeds(transport, Reader.event("after", "account"));
            reader.untilHas("after").untilDone();
            assertThat(transport.health().available()).isTrue();
            assertThat(Collections.frequency(reader.ids(), "memory0")).isLessThan(2);
        }
    }

    /// Whoever writes on it waits for ever, and holds what others need to end it.
    @Test
    void a_connection_on_which_nothing_more_can_be_written_is_given_up() {
        try (FaultyProxy proxy = new FaultyProxy(server.port());
                RabbitTransport transport =
                        RabbitTransport.open(settings(RabbitServer.urlAt(proxy.port()) + "/" + virtualHost.name())
                                .withEventsPerMessage(1))) {
            transport.send(List.of(Reader.event("before", "account")));
            proxy.delay(Duration.ofHours(1)); // it takes what it has begun to take, and no more
            List<DomainEvent> more = IntStream.range(0, 400)
                    .mapToObj(number -> large("large" + number, 60_000))
                    .toList();
            assertThatThrownBy(() -> transport.send(more)).isInstanceOf(RabbitTransportException.class);

            proxy.heal();

            sendUntilItSucceeds(transport, Reader.event("after", "account"));
        }
    }

    @Test
    void connections_that_break_while_memory_is_short_are_made_again_and_workers_go_on() {
        try (FaultyProxy proxy = new FaultyProxy(server.port());
                RabbitTransport transport =
                        RabbitTransport.open(settings(RabbitServer.urlAt(proxy.port()) + "/" + virtualHost.name()));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 20));
            reader.untilHas("before19");

            server.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.00001)");
            assertBlocked(transport, Reader.event("blocked", "account"));
            proxy.reset();
            reader.forget();
            reader.untilHas("before19").untilDone();
            assertBlocked(transport, Reader.event("blocked", "account"));

            server.evaluate(NO_ALARM);
            sendUntilItSucceeds(transport, Reader.event("blocked", "account"));
            reader.untilHas("blocked").untilDone();
        }
    }

    @Test
    void a_transport_that_is_opened_right_after_the_broker_was_started_waits_until_its_queues_are_up() {
        RabbitSettings patient = settings().withTimeout(Duration.ofSeconds(20));
        try (RabbitTransport transport = RabbitTransport.open(patient)) {
            new Reader(transport, "readers").close();
            transport.send(Reader.events("before", 20));
        }
        server.restart();
        try (RabbitTransport transport = RabbitTransport.open(patient);
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("after", "account")));
            reader.untilHas("after").untilDone();
            assertThat(reader.ids()).startsWith("before0").endsWith("after").hasSize(21);
        }
    }

    @Test
    void an_event_that_is_held_longer_than_the_broker_allows_comes_again_and_the_others_go_on() {
        server.evaluate("application:set_env(rabbit, consumer_timeout, 1000), "
                + "application:set_env(rabbit, channel_tick_interval, 200)");
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("held", "account")));
            reader.until("the same event again", () -> Collections.frequency(reader.ids(), "held") == 2);
            transport.send(List.of(Reader.event("next", "account")));
            reader.untilHas("next").untilDone();
        }
    }

    @Test
    void a_queue_that_is_full_by_a_policy_refuses_and_takes_more_when_there_is_room() {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            new Reader(transport, "readers").close(); // has joined
            server.administer(
                    "PUT",
                    "/policies/" + virtualHost.name() + "/short",
                    "{\"pattern\":\"^tradesense\\\\.Trading-\",\"apply-to\":\"queues\","
                            + "\"definition\":{\"max-length\":5}}");
            List<String> sent = new ArrayList<>();
            await().until(() -> {
                String next = "event" + sent.size();
                try {
                    transport.send(List.of(Reader.event(next, "account")));
                    sent.add(next);
                    return false;
                } catch (RabbitTransportException full) {
                    assertThat(full.reason()).isEqualTo(Reason.REFUSED);
                    assertThat(full).hasMessageContainingAll("refused", next, "is full or not available");
                    return true;
                }
            });
            String refused = "event" + sent.size();
            try (Reader reader = new Reader(transport, "readers")) {
                reader.untilHas(sent.getLast()).settleAll();
                sendUntilItSucceeds(transport, Reader.event(refused, "account"));
                reader.untilHas(refused).untilDone();
                sent.add(refused);
                assertThat(reader.ids()).containsExactlyElementsOf(sent);
            }
        }
    }

    @Test
    void an_event_that_is_too_large_for_the_broker_is_said_to_be_and_others_go_on() {
        DomainEvent large = large("large", 200_000);
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("before", "account")));

            assertThatThrownBy(() -> transport.send(List.of(large)))
                    .isInstanceOfSatisfying(RabbitTransportException.class, failure -> {
                        assertThat(failure.reason()).isEqualTo(Reason.UNSUITABLE);
                        assertThat(failure).hasMessageContainingAll("message size", "100000");
                    });

            sendUntilItSucceeds(transport, Reader.event("after", "account"));
            reader.untilHas("after").untilDone();
            assertThat(reader.ids()).doesNotContain("large");
        }
    }

    @Test
    void an_event_that_no_queue_takes_is_refused_and_goes_through_when_it_is_sent_again() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            transport.send(List.of(Reader.event("before", "account")));
            AnotherClient.of(virtualHost.url(), channel -> {
                channel.queueDelete("tradesense.Trading.history");
                channel.queueDelete("tradesense.unrouted");
            });

            assertThatThrownBy(() -> transport.send(List.of(Reader.event("unroutable", "account"))))
                    .isInstanceOfSatisfying(RabbitTransportException.class, failure -> {
                        assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
                        assertThat(failure).hasMessageContainingAll("no queue for", "Trading.Order.Placed.v1");
                    });

            transport.send(List.of(Reader.event("unroutable", "account")));
            try (Reader reader = new Reader(transport, "readers")) {
                reader.untilHas("unroutable");
            }
        }
    }
}
