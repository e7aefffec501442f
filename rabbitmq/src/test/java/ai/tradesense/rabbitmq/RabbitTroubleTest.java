package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A RabbitMQ that is not as it should be, and messages that are not ours.
@Timeout(120)
class RabbitTroubleTest {
    @AutoClose
    private final VirtualHost virtualHost = RabbitServer.shared().virtualHost();

    private RabbitSettings settings() {
        return settings(virtualHost.url());
    }

    private static RabbitSettings settings(String url) {
        return RabbitSettings.of(url)
                .withPartitions(2)
                .withLease(Duration.ofSeconds(2))
                .withTimeout(Duration.ofSeconds(2));
    }

    private void byAnother(AnotherClient.Work work) throws Exception {
        AnotherClient.of(virtualHost.url(), work);
    }

    private static void assertRefused(RabbitSettings settings, Reason reason, String... words) {
        assertThatThrownBy(() -> RabbitTransport.open(settings).close())
                .isInstanceOfSatisfying(RabbitTransportException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(reason);
                    assertThat(failure).hasMessageContainingAll(words);
                });
    }

    @Test
    void nobody_at_the_address_is_said_with_the_address() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        assertRefused(settings(RabbitServer.urlAt(port)), Reason.UNREACHABLE, "127.0.0.1:" + port, "refused");
    }

    @Test
    void a_node_that_is_not_there_is_passed_over_and_named_by_the_check() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        RabbitSettings several = settings(virtualHost.url().replace("@", "@127.0.0.1:" + port + ","));
        for (int attempt = 0; attempt < 4; attempt++) { // each begins with any of them
            RabbitTransport.open(several).close();
        }
        assertThat(RabbitTransport.check(several)).contains("127.0.0.1:" + port + " cannot be used");
    }

    @Test
    void a_rabbitmq_that_is_too_old_is_refused() {
        assertThatThrownBy(() -> RabbitTransport.requireVersion("here", "3.9.29"))
                .hasMessageContaining("here is version 3.9.29, expected 3.10 or newer");
        RabbitTransport.requireVersion("here", "4.2.0");
    }

    @Test
    void another_number_of_partitions_is_refused() {
        RabbitTransport.open(settings()).close();
        assertRefused(settings().withPartitions(3), Reason.UNSUITABLE, "in 2 partitions", "expected 3");
    }

    @Test
    void what_is_there_and_was_made_otherwise_is_refused_with_what_differs() throws Exception {
        byAnother(channel -> channel.exchangeDeclare("tradesense.events", "fanout", true));
        assertRefused(settings(), Reason.UNSUITABLE, "tradesense.events", "'type'", "topic", "fanout");
    }

    @Test
    void a_wrong_password_is_said_and_a_user_of_its_own_is_enough() {
        RabbitServer server = virtualHost.server();
        server.administer("PUT", "/users/events", "{\"password\":\"secret\",\"tags\":\"\"}");
        server.administer(
                "PUT",
                "/permissions/" + virtualHost.name() + "/events",
                "{\"configure\":\"^(tradesense\\\\.|amq\\\\.gen).*\","
                        + "\"write\":\"^(tradesense\\\\.|amq\\\\.gen|amq\\\\.default).*\","
                        + "\"read\":\"^(tradesense\\\\.|amq\\\\.gen).*\"}");
        String own = virtualHost.url().replace("guest:guest", "events:secret");
        assertRefused(settings(own.replace("secret", "wrong")), Reason.NOT_PERMITTED, "127.0.0.1:");
        assertRefused(settings(own).withPrefix("other"), Reason.NOT_PERMITTED, "other.unrouted");
        try (RabbitTransport transport = RabbitTransport.open(settings(own));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("one", "account")));
            reader.untilHas("one").settleAll();
        }
    }

    @Test
    void events_of_other_clients_are_read_in_both_modes_and_what_is_no_event_is_given_raw() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            Partition partition = transport.partitionOf("Trading", "account");
            String key = partition.number() + ".Trading.Order.Placed.v1";
            DomainEvent structured = Reader.event("structured", "account");
            byAnother(channel -> {
                channel.basicPublish(
                        "tradesense.events",
                        key,
                        new BasicProperties.Builder()
                                .contentType("application/json")
                                .headers(Map.of(
                                        "cloudEvents:specversion", "1.0",
                                        "cloudEvents:id", "binary",
                                        "cloudEvents:source", "/other",
                                        "cloudEvents:type", "Trading.Order.Placed.v1",
                                        "cloudEvents:subject", "account",
                                        "cloudEvents:time", Date.from(Instant.EPOCH),
                                        "cloudEvents:critical", "true"))
                                .build(),
                        "{\"a\":2}".getBytes(UTF_8));
                channel.basicPublish(
                        "tradesense.events",
                        key,
                        new BasicProperties.Builder()
                                .contentType("application/cloudevents+json; charset=utf-8")
                                .build(),
                        CloudEventJson.write(structured.envelope()));
                channel.basicPublish("tradesense.events", key, null, "hello".getBytes(UTF_8));
                channel.basicPublish(
                        "tradesense.events",
                        (1 - partition.number()) + ".Trading.Order.Placed.v1",
                        EventBinding.properties(structured.envelope()),
                        "{}".getBytes(UTF_8));
            });

            reader.untilHas("structured")
                    .until("both that are none", () -> reader.undecodable().size() == 2);

            DomainEvent binary = reader.events().getFirst();
            assertThat(binary.id()).isEqualTo("binary");
            assertThat(binary.time()).isEqualTo(Instant.EPOCH);
            assertThat(binary.envelope().extensions()).containsEntry("critical", true);
            assertThat(reader.undecodable())
                    .anySatisfy(delivery -> {
                        assertThat(delivery.undecodable().raw()).isEqualTo("hello".getBytes(UTF_8));
                        assertThat(delivery.undecodable().problem()).hasMessageContaining("cloudEvents_specversion");
                    })
                    .anySatisfy(delivery -> assertThat(delivery.undecodable().problem())
                            .hasMessageContaining("an event of " + partition));
            reader.settleAll();
            await().until(() -> reader.subscription().lag() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 32})
    void attributes_that_are_too_large_for_headers_are_carried_also_to_a_group_that_joins_later(int perMessage) {
        try (RabbitTransport transport = RabbitTransport.open(settings().withEventsPerMessage(perMessage));
                Reader reader = new Reader(transport, "readers")) {
            DomainEvent large = DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                    .id("large")
                    .source(URI.create("/test"))
                    .subject("account")
                    .time(Instant.EPOCH)
                    .extension("note", "x".repeat(200_000))
                    .build();
            transport.send(List.of(large));
            transport.send(List.of(Reader.event("next", "account")));

            assertThat(reader.untilHas("next").events()).first().isEqualTo(large);
            try (Reader later = new Reader(transport, "later")) {
                assertThat(later.untilHas("next").events()).first().isEqualTo(large);
            }
        }
    }

    @Test
    void what_no_queue_wants_is_kept_and_health_says_so() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            byAnother(channel -> channel.basicPublish(
                    "tradesense.events", "Trading.Order.Placed.v1", null, "hello".getBytes(UTF_8)));

            await().until(() -> transport.health().detail().contains("1 messages that no queue wanted"));
            byAnother(channel -> assertThat(
                            channel.basicGet("tradesense.unrouted", true).getBody())
                    .isEqualTo("hello".getBytes(UTF_8)));
        }
    }

    @Test
    void what_nobody_wants_yet_is_in_the_history_and_not_astray() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            transport.send(Reader.events("before", 20));

            byAnother(channel ->
                    assertThat(channel.messageCount("tradesense.unrouted")).isZero());
            try (Reader reader = new Reader(transport, "readers")) {
                reader.untilHas("before19").untilDone();
                assertThat(reader.ids()).hasSize(20);
            }
        }
    }

    @Test
    void an_event_far_back_in_the_history_is_recognised_after_a_restart() {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            for (int number = 0; number < 200; number++) {
                transport.send(List.of(Reader.event("event" + number, "account")));
            }
        }
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            assertThat(transport.send(List.of(Reader.event("event0", "account"), Reader.event("new", "account"))))
                    .containsExactly(new Published("event0", true), new Published("new", false));
        }
    }

    /// Before partitions had exchanges, everything was published to the one of other clients.
    @Test
    void a_message_that_says_it_is_a_batch_and_is_none_keeps_no_group_from_beginning_and_is_given_raw()
            throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            transport.send(List.of(Reader.event("before", "account")));
            String key = transport.partitionOf("Trading", "account").number() + ".Trading.Order.Placed.v1";
            List<String> bodies = List.of("[]", "nonsense", "[{\"specversion\":\"1.0\"}]", "");
            byAnother(channel -> {
                for (String body : bodies) {
                    channel.basicPublish(
                            "tradesense.events",
                            key,
                            new BasicProperties.Builder()
                                    .headers(Map.of("tradesense_events", 1))
                                    .build(),
                            body.getBytes(UTF_8));
                }
            });

            try (Reader reader = new Reader(transport, "latecomers")) {
                reader.untilHas("before")
                        .until("what is none", () -> reader.undecodable().size() == bodies.size());
                assertThat(reader.undecodable())
                        .extracting(
                                delivery -> new String(delivery.undecodable().raw(), UTF_8))
                        .containsExactlyInAnyOrderElementsOf(bodies);
                reader.untilDone();
            }
        }
    }

    @Test
    void the_history_and_the_queues_of_an_earlier_version_are_read_and_its_groups_get_what_is_new() throws Exception {
        Topology topology = new Topology(settings());
        Partition partition = new Partitioning(2).of("Trading", "account");
        byAnother(channel -> {
            topology.declareCommon(channel);
            topology.declareDomain(channel, "Trading");
            for (Partition each : new Partitioning(2).ofDomain("Trading")) {
                channel.exchangeDelete(topology.exchange(each));
                topology.declareQueue(channel, topology.queue("earlier", each));
                channel.queueBind(topology.queue("earlier", each), topology.events(), each.number() + ".Trading.#");
            }
            for (String line : List.of("partitions 2 first", "domain Trading", "joined Trading earlier")) {
                channel.basicPublish("", topology.registry(), null, line.getBytes(UTF_8));
            }
            channel.basicPublish(
                    topology.events(),
                    partition.number() + ".Trading.Order.Placed.v1",
                    EventBinding.properties(Reader.event("old", "account").envelope()),
                    "{\"a\":1}".getBytes(UTF_8));
        });

        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            transport.send(List.of(Reader.event("new", "account")));
            for (String group : List.of("earlier", "later")) {
                try (Reader reader = new Reader(transport, group)) {
                    reader.untilHas("new").untilDone();
                    assertThat(reader.ids()).containsExactly("old", "new");
                }
            }
        }
    }

    @Test
    void other_clients_get_our_events_by_type_in_queues_of_their_own() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            byAnother(channel -> {
                channel.queueDeclare("orders", true, false, false, Map.of());
                channel.queueBind("orders", "tradesense.topics", "*.Trading.Order.#");
            });
            transport.send(List.of(Reader.event("one", "account")));

            byAnother(channel -> {
                GetResponse got = channel.basicGet("orders", true);
                assertThat(got.getProps().getHeaders().get("cloudEvents_id")).hasToString("one");
                assertThat(got.getBody()).isEqualTo("{\"a\":1}".getBytes(UTF_8));
            });
        }
    }

    /// An event of another type than those of the reader.
    private static DomainEvent position(String id) {
        return DomainEvent.builder(EventType.parse("Trading.Position.Opened.v1"))
                .id(id)
                .source(URI.create("/test"))
                .subject("account")
                .time(Instant.EPOCH)
                .build();
    }

    @Test
    void other_clients_get_a_batch_if_any_of_its_events_is_of_their_type() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            byAnother(channel -> {
                channel.queueDeclare("positions", true, false, false, Map.of());
                channel.queueBind("positions", "tradesense.topics", "*.Trading.Position.#");
            });
            transport.send(List.of(Reader.event("order", "account"), position("position")));
            transport.send(List.of(Reader.event("another", "account"), Reader.event("last", "account")));

            byAnother(channel -> {
                GetResponse got = channel.basicGet("positions", true);
                assertThat(got.getProps().getContentType()).isEqualTo(CloudEventJson.BATCH_MEDIA_TYPE);
                assertThat(CloudEventJson.readBatch(got.getBody()))
                        .extracting(CloudEvent::id)
                        .containsExactly("order", "position");
                assertThat(channel.basicGet("positions", true)).isNull();
            });
        }
    }

    @Test
    void for_clients_that_know_no_batches_every_event_can_be_a_message() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings().withEventsPerMessage(1))) {
            byAnother(channel -> {
                channel.queueDeclare("positions", true, false, false, Map.of());
                channel.queueBind("positions", "tradesense.topics", "*.Trading.Position.#");
            });
            transport.send(List.of(Reader.event("order", "account"), position("position")));

            byAnother(channel -> {
                GetResponse got = channel.basicGet("positions", true);
                assertThat(got.getProps().getHeaders().get("cloudEvents_id")).hasToString("position");
                assertThat(channel.basicGet("positions", true)).isNull();
            });
        }
    }

    @Test
    void what_claims_to_be_a_batch_and_is_none_comes_as_bytes_that_cannot_be_read_and_the_rest_flows()
            throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("before", "account")));
            reader.untilHas("before").settleAll();
            String key = transport.partitionOf("Trading", "account").number() + ".Trading.Order.Placed.v1";
            byte[] length = {0, 0, 0, 1};
            for (String body : List.of("[x]", "[]", "")) {
                BasicProperties properties = new BasicProperties.Builder()
                        .appId("tradesense")
                        .headers(Map.of("tradesense_events", 1, "tradesense_lengths", length))
                        .build();
                byAnother(channel -> channel.basicPublish("tradesense.events", key, properties, body.getBytes(UTF_8)));
            }
            transport.send(List.of(Reader.event("after", "account")));

            reader.untilHas("after")
                    .until("all three", () -> reader.undecodable().size() == 3);
            assertThat(reader.undecodable())
                    .extracting(each -> new String(each.undecodable().raw(), UTF_8))
                    .containsExactly("[x]", "[]", "");
            reader.untilDone();
        }
    }

    @Test
    void a_message_is_acknowledged_when_all_of_its_events_are_settled() {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            try (Reader first = new Reader(transport, "readers")) {
                transport.send(Reader.events("event", 4));
                first.untilHas("event3").settle("event0", "event1", "event2");
            }
            try (Reader second = new Reader(transport, "readers")) {
                second.untilHas("event3");
                assertThat(second.ids()).containsExactly("event0", "event1", "event2", "event3");
                second.settleAll();
            }
            try (Reader third = new Reader(transport, "readers")) {
                transport.send(List.of(Reader.event("after", "account")));
                third.untilHas("after");
                assertThat(third.ids()).containsExactly("after");
            }
        }
    }

    @Test
    void a_queue_that_was_deleted_is_there_again_and_the_group_is_told() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("before", "account")));
            reader.untilHas("before");
            String queue = "tradesense." + transport.partitionOf("Trading", "account") + ".readers";
            byAnother(channel -> channel.queueDelete(queue));

            reader.until("a word on it", () -> !reader.undecodable().isEmpty());
            assertThat(reader.undecodable().getFirst().undecodable().problem())
                    .hasMessageContainingAll("Trading-", "readers", "deleted");
            transport.send(List.of(Reader.event("after", "account")));
            reader.untilHas("after");

            byAnother(channel -> channel.queueDelete(queue));
            reader.until("another word on it", () -> reader.undecodable().size() > 1);
            assertThat(reader.undecodable())
                    .extracting(delivery -> delivery.receipt().toString())
                    .doesNotHaveDuplicates();
        }
    }

    private static boolean isSent(RabbitTransport transport, String id) {
        try {
            transport.send(List.of(Reader.event(id, "account")));
            return true;
        } catch (RabbitTransportException notYet) {
            return false;
        }
    }

    /// What a connection begins with takes several seconds here, and a sender waits for one.
    @Test
    void senders_that_waited_in_vain_do_not_end_the_connection_that_is_made_for_them() {
        try (FaultyProxy proxy = new FaultyProxy(virtualHost.server().port());
                RabbitTransport transport =
                        RabbitTransport.open(settings(RabbitServer.urlAt(proxy.port()) + "/" + virtualHost.name())
                                .withTimeout(Duration.ofSeconds(1)))) {
            assertThat(isSent(transport, "before")).isTrue();
            proxy.delay(Duration.ofMillis(100));
            proxy.reset();

            await().atMost(Duration.ofSeconds(30)).until(() -> isSent(transport, "after"));
        }
    }

    @Test
    void a_transport_that_is_closed_leaves_no_connection_behind_though_a_group_is_still_being_joined()
            throws Exception {
        try (FaultyProxy proxy = new FaultyProxy(virtualHost.server().port())) {
            RabbitTransport transport =
                    RabbitTransport.open(settings(RabbitServer.urlAt(proxy.port()) + "/" + virtualHost.name()));
            byAnother(another -> {
                // For all domains that come, and none is there yet.
                transport.subscribe(new GroupMembership("readers", Set.of(), StartFrom.BEGINNING, 100), () -> {});
                await().atMost(Duration.ofSeconds(30)).until(() -> !isJoining());
                another.queueDeclare("tradesense.joining.readers", false, true, false, Map.of()); // one at a time joins
                transport.send(List.of(Reader.event("one", "account")));
                await().atMost(Duration.ofSeconds(30)).until(this::isJoining);

                transport.close();

                await().atMost(Duration.ofSeconds(20)).until(() -> proxy.connections() == 0);
            });
        }
    }

    private boolean isJoining() {
        return virtualHost
                .server()
                .administer("GET", "/vhosts/" + virtualHost.name() + "/connections", "")
                .contains("tradesense joining");
    }
}
