package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Payload;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import com.rabbitmq.stream.ConsumerBuilder;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.MessageBuilder;
import com.rabbitmq.stream.OffsetSpecification;
import com.rabbitmq.stream.Producer;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Streams that are not as they should be, and messages that are not ours.
@Timeout(120)
class RabbitStreamTroubleTest {
    @AutoClose
    private final VirtualHost virtualHost = RabbitServer.shared().virtualHost();

    private RabbitStreamSettings settings() {
        RabbitServer.shared().streams(); // waits until they are there
        return settings(virtualHost.streamUrl());
    }

    private static RabbitStreamSettings settings(String url) {
        return RabbitStreamSettings.of(url)
                .withPartitions(2)
                .withLease(Duration.ofSeconds(2))
                .withTimeout(Duration.ofSeconds(2));
    }

    private static void assertRefused(RabbitStreamSettings settings, Reason reason, String... words) {
        assertThatThrownBy(() -> RabbitStreamTransport.open(settings).close())
                .isInstanceOfSatisfying(RabbitTransportException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(reason);
                    assertThat(failure).hasMessageContainingAll(words);
                });
    }

    private String stream(RabbitStreamTransport transport) {
        return "tradesense." + transport.partitionOf("Trading", "account");
    }

    private void administer(String method, String what, String json) {
        virtualHost.server().administer(method, what.replace("VHOST", virtualHost.name()), json);
    }

    @Test
    void nobody_at_the_address_is_said_with_the_address() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        assertRefused(settings(RabbitServer.streamUrlAt(port)), Reason.UNREACHABLE, "127.0.0.1:" + port);
    }

    @Test
    void a_node_that_is_not_there_is_passed_over() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        for (int attempt = 0; attempt < 4; attempt++) { // each begins with any of them
            RabbitStreamTransport.open(settings(uri().replace("@", "@127.0.0.1:" + port + ",")))
                    .close();
        }
    }

    @Test
    void another_number_of_partitions_is_refused() {
        RabbitStreamTransport.open(settings()).close();
        assertRefused(settings().withPartitions(3), Reason.UNSUITABLE, "in 2 partitions", "expected 3");
    }

    @Test
    void a_queue_in_the_place_of_a_stream_is_refused() {
        administer("PUT", "/queues/VHOST/tradesense.directory", "{\"durable\":true}");
        assertRefused(settings(), Reason.UNSUITABLE, "tradesense.directory", "made otherwise");
    }

    @Test
    void a_wrong_password_is_said_and_a_user_of_its_own_is_enough() {
        String user = virtualHost.name();
        administer("PUT", "/users/VHOST", "{\"password\":\"secret\",\"tags\":\"\"}");
        administer(
                "PUT",
                "/permissions/VHOST/" + user,
                "{\"configure\":\"^tradesense\\\\..*\",\"write\":\"^tradesense\\\\..*\",\"read\":\"^tradesense\\\\..*\"}");
        RabbitStreamSettings own = settings();
        String url = own.url().replace("guest:guest", user + ":secret");
        assertRefused(settings(url.replace("secret", "wrong")), Reason.NOT_PERMITTED, "127.0.0.1:");
        assertRefused(settings(url).withPrefix("other"), Reason.NOT_PERMITTED, "other.directory");
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings(url));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("one", "account")));
            reader.untilHas("one").settleAll();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "^none$, ^tradesense\\\\..*, ^tradesense\\\\..*, making tradesense.directory",
        "^tradesense\\\\..*, ^none$, ^tradesense\\\\..*, publishing to tradesense.directory",
        "^tradesense\\\\..*, ^tradesense\\\\..*, ^none$, reading tradesense.directory"
    })
    void a_user_with_one_right_less_is_told_which_when_the_transport_is_opened(
            String configure, String write, String read, String refused) {
        String user = virtualHost.name();
        administer("PUT", "/users/VHOST", "{\"password\":\"secret\",\"tags\":\"\"}");
        administer(
                "PUT",
                "/permissions/VHOST/" + user,
                "{\"configure\":\"" + configure + "\",\"write\":\"" + write + "\",\"read\":\"" + read + "\"}");
        assertRefused(
                settings(settings().url().replace("guest:guest", user + ":secret")), Reason.NOT_PERMITTED, refused);
    }

    /// Publishes by the client as others use it, so many messages in an entry, and waits until that is confirmed.
    private void byAnother(String stream, int together, List<Function<MessageBuilder, MessageBuilder>> all)
            throws InterruptedException {
        try (Environment environment = Environment.builder().uri(uri()).build();
                Producer producer = environment.producerBuilder().stream(stream)
                        .subEntrySize(together)
                        .build()) {
            CountDownLatch confirmed = new CountDownLatch(all.size());
            for (Function<MessageBuilder, MessageBuilder> each : all) {
                producer.send(each.apply(producer.messageBuilder()).build(), status -> confirmed.countDown());
            }
            confirmed.await();
        }
    }

    private String uri() {
        return virtualHost.streamUrl();
    }

    private static MessageBuilder binary(MessageBuilder builder, String id, String subject) {
        return builder.properties()
                .contentType("application/json")
                .messageBuilder()
                .applicationProperties()
                .entry("cloudEvents:specversion", "1.0")
                .entry("cloudEvents:id", id)
                .entry("cloudEvents:source", "/other")
                .entry("cloudEvents:type", "Trading.Order.Placed.v1")
                .entry("cloudEvents:subject", subject)
                .entryTimestamp("cloudEvents:time", 0)
                .entry("cloudEvents:critical", true)
                .messageBuilder()
                .addData("{\"a\":2}".getBytes(UTF_8));
    }

    @Test
    void events_of_other_clients_are_read_in_both_modes_and_what_is_no_event_is_given_raw() throws Exception {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            DomainEvent structured = Reader.event("structured", "account");
            String astray =
                    transport.partitionOf("Trading", "account").equals(transport.partitionOf("Trading", "account-1"))
                            ? "account-2"
                            : "account-1";
            byAnother(
                    stream(transport),
                    1,
                    List.of(
                            builder -> binary(builder, "binary", "account"),
                            builder -> builder.properties()
                                    .contentType("application/cloudevents+json; charset=utf-8")
                                    .messageBuilder()
                                    .addData(CloudEventJson.write(structured.envelope())),
                            builder -> builder.addData("hello".getBytes(UTF_8))));
            byAnother(stream(transport), 10, List.of(builder -> binary(builder, "together", "account")));
            reader.untilHas("structured")
                    .untilHas("together")
                    .until("the one that is none", () -> reader.undecodable().size() == 1);

            DomainEvent binary = reader.event("binary");
            assertThat(binary.time()).isEqualTo(Instant.EPOCH);
            assertThat(binary.envelope().extensions()).containsEntry("critical", true);
            assertThat(reader.undecodable()).singleElement().satisfies(delivery -> {
                assertThat(delivery.undecodable().raw()).endsWith("hello".getBytes(UTF_8));
                assertThat(delivery.undecodable().contentType()).isEqualTo("application/vnd.amqp.1.0");
                assertThat(delivery.undecodable().problem()).hasMessageContaining("cloudEvents_specversion");
            });
            assertThat(transport.partitionOf("Trading", astray)).isNotNull();
            reader.settleAll();
            await().until(() -> reader.subscription().lag() == 0);
        }
    }

    @Test
    void an_event_in_the_stream_of_another_partition_is_not_taken_for_one_of_it() throws Exception {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            int number = 0;
            while (transport
                    .partitionOf("Trading", "other" + number)
                    .equals(transport.partitionOf("Trading", "account"))) {
                number++;
            }
            String other = "other" + number;
            byAnother(stream(transport), 1, List.of(builder -> binary(builder, "astray", other)));

            reader.until("what is astray", () -> !reader.undecodable().isEmpty());

            assertThat(reader.undecodable().getFirst().undecodable().problem())
                    .hasMessageContaining("an event of " + transport.partitionOf("Trading", other));
        }
    }

    @Test
    void other_clients_read_our_events_from_where_they_like() {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Environment environment = Environment.builder().uri(uri()).build()) {
            String large = "x".repeat(70_000);
            DomainEvent event = Reader.event("one", "account");
            transport.send(List.of(
                    DomainEvent.builder(event.type())
                            .id("large")
                            .source(event.source())
                            .subject("account")
                            .time(Instant.EPOCH)
                            .extension("critical", true)
                            .extension("flavour", large.substring(0, 300))
                            .data(Payload.text(large))
                            .dataContentType("text/plain")
                            .build(),
                    event));
            List<Message> found = new CopyOnWriteArrayList<>();
            ConsumerBuilder builder = environment.consumerBuilder().stream(stream(transport))
                    .offset(OffsetSpecification.first())
                    .messageHandler((context, read) -> found.add(read));
            try (AutoCloseable _ = builder.build()) {
                await().until(() -> found.size() == 3); // the mark at the beginning, and they
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
            assertThat(found.get(1).getBodyAsBinary()).isEqualTo(large.getBytes(UTF_8));
            assertThat(found.get(1).getApplicationProperties())
                    .containsEntry("cloudEvents_critical", true)
                    .containsEntry("cloudEvents_flavour", large.substring(0, 300));
            Message message = found.getLast();
            assertThat(message.getProperties().getContentType()).isEqualTo("application/json");
            assertThat(message.getApplicationProperties())
                    .containsEntry("cloudEvents_id", "one")
                    .containsEntry("cloudEvents_type", "Trading.Order.Placed.v1")
                    .containsEntry("cloudEvents_subject", "account");
            assertThat(message.getBodyAsBinary()).isEqualTo("{\"a\":1}".getBytes(UTF_8));
        }
    }

    @Test
    void an_event_that_another_process_sends_again_is_delivered_once() {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                RabbitStreamTransport other = RabbitStreamTransport.open(settings())) {
            DomainEvent warmUp = Reader.event("first", "account");
            other.send(List.of(warmUp)); // has read what is there
            DomainEvent event = Reader.event("twice", "account");
            assertThat(transport.send(List.of(event))).containsExactly(new Published("twice", false));
            assertThat(other.send(List.of(event))).containsExactly(new Published("twice", false));
            try (Reader reader = new Reader(transport, "readers")) {
                transport.send(List.of(Reader.event("last", "account")));
                reader.untilHas("last");
                assertThat(reader.ids()).containsExactly("first", "twice", "last");
                reader.settleAll();
            }
            assertThat(other.send(List.of(warmUp))).containsExactly(new Published("first", true));
            transport.send(List.of(warmUp));
            try (Reader again = new Reader(other, "readers")) { // what stands before its position is known, too
                transport.send(List.of(Reader.event("end", "account")));
                again.untilHas("end");
                assertThat(again.ids()).containsExactly("end");
            }
        }
    }

    @Test
    void an_event_that_stands_twice_is_handled_once_also_if_its_partition_has_another_owner_by_then() throws Exception {
        try (RabbitStreamTransport first = RabbitStreamTransport.open(settings());
                RabbitStreamTransport second = RabbitStreamTransport.open(settings())) {
            try (Reader reader = new Reader(first, "readers")) {
                first.send(List.of(Reader.event("begin", "account")));
                byAnother(stream(first), 1, List.of(builder -> binary(builder, "twice", "account")));
                reader.untilHas("twice");
                first.send(Reader.events("between", 2_000));
                reader.untilHas("between1999").untilDone();
            }
            byAnother(stream(first), 1, List.of(builder -> binary(builder, "twice", "account")));
            try (Reader reader = new Reader(second, "readers")) {
                second.send(List.of(Reader.event("end", "account")));
                reader.untilHas("end");

                assertThat(reader.ids()).containsExactly("end");
            }
        }
    }

    @Test
    void a_stream_that_was_deleted_is_there_again_and_the_group_is_told() {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 20));
            reader.untilHas("before19");
            administer("DELETE", "/queues/VHOST/" + stream(transport), "");

            reader.until("a word on it", () -> !reader.undecodable().isEmpty());
            assertThat(reader.undecodable().getFirst().undecodable().problem())
                    .hasMessageContainingAll("Trading-", "readers", "deleted");
            await().ignoreExceptions().until(() -> {
                transport.send(List.of(Reader.event("after", "account")));
                return true;
            });
            reader.untilHas("after").settleAll();
            await().until(() -> {
                reader.settleAll();
                return reader.subscription().lag() == 0;
            });

            administer("DELETE", "/queues/VHOST/" + stream(transport), "");
            reader.until("another word on it", () -> reader.undecodable().size() > 1);
            assertThat(places(reader.undecodable())).doesNotHaveDuplicates();
        }
    }

    private static List<String> places(List<Delivery> deliveries) {
        return deliveries.stream()
                .map(delivery -> delivery.receipt().toString())
                .toList();
    }

    @Test
    void a_log_of_positions_that_was_deleted_is_written_again_by_those_who_live() {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 20));
            reader.untilHas("before19").settleAll();
            await().until(() -> reader.subscription().lag() == 0);
            String log = transport.directory().groupLog("readers");
            long before = transport.tail().end(log);
            administer("DELETE", "/queues/VHOST/" + log, "");
            await().ignoreExceptions().until(() -> transport.tail().end(log) < before);

            transport.send(List.of(Reader.event("after", "account")));
            reader.untilHas("after").untilDone();
            assertThat(reader.ids()).doesNotHaveDuplicates();
        }
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("later", "account")));
            reader.untilHas("later");
            assertThat(reader.ids()).containsExactly("later");
        }
    }

    @Test
    void what_a_group_has_is_still_known_when_its_log_has_lost_its_beginning_within_a_lease() throws Exception {
        RabbitStreamSettings patient = settings().withLease(Duration.ofMinutes(10));
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(patient);
                Reader reader = new Reader(transport, "readers")) {
            reader.untilAssigned(2);
            transport.send(Reader.events("before", 20));
            reader.untilHas("before19").untilDone();
            String log = transport.directory().groupLog("readers");
            String late = "done Trading 0 1 0 -\ndone Trading 1 1 0 -\n".repeat(1_500);
            byAnother(log, 1, Collections.nCopies(150, builder -> builder.addData(late.getBytes(UTF_8))));
            assertThat(transport.tail().first(log)).isPositive();

            StreamMember member = new StreamMember(transport, Reader.membership("readers"), () -> {});
            await().untilAsserted(() -> {
                member.open();
                assertThat(member.state().hasJoined("Trading")).isTrue();
                for (Partition partition : reader.assigned()) {
                    assertThat(member.state().lease(partition).position()).isPositive();
                }
            });
            member.leave(List.of());
        }
    }

    @Test
    void that_events_are_removed_before_a_group_has_had_them_is_told_until_it_is_settled() {
        RabbitStreamSettings small = settings().withRetentionBytes(128 << 10, 64 << 10);
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(small)) {
            transport.send(Reader.events("first", 10));
            try (Reader reader = new Reader(transport, "readers")) {
                reader.untilHas("first9").settleAll();
                await().until(() -> reader.subscription().lag() == 0);
            }
            for (int round = 0; round < 30; round++) {
                transport.send(Reader.events("round" + round + "-", 100));
            }
            await().until(() -> transport.tail().first(stream(transport)) > 1_000);
            List<String> told;
            try (Reader reader = new Reader(transport, "readers")) {
                reader.untilHas("round29-99").settleAllBut();
                assertThat(reader.undecodable().getFirst().undecodable().problem())
                        .hasMessageContainingAll("as many as", "events of " + stream(transport), "were removed");
                assertThat(reader.ids()).doesNotContain("round0-0");
                told = places(reader.undecodable());
            }
            try (Reader reader = new Reader(transport, "readers")) {
                transport.send(Reader.events("last", 1));
                reader.untilHas("last0");
                assertThat(places(reader.undecodable())).isEqualTo(told);
                assertThat(reader.ids()).containsExactly("last0");
                reader.untilDone();
            }
            try (Reader reader = new Reader(transport, "readers")) {
                transport.send(Reader.events("end", 1));
                reader.untilHas("end0");
                assertThat(reader.undecodable()).isEmpty();
            }
        }
    }
}
