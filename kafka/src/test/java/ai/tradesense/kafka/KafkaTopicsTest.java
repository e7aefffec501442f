package ai.tradesense.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.Limits;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.TransportException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What others put into topics and do to them, and what others find there.
class KafkaTopicsTest {
    private final KafkaSettings settings =
            KafkaSettings.of(KafkaBroker.sharedServers()).withPrefix("topics-" + UUID.randomUUID());
    private final String topic = settings.prefix() + ".Trading";
    private final KafkaTransport transport = KafkaTransport.open(settings);
    private final Admin admin = Admin.create(Map.of("bootstrap.servers", settings.servers()));
    private final KafkaProducer<byte[], byte[]> foreign = new KafkaProducer<>(
            Map.of("bootstrap.servers", settings.servers()), new ByteArraySerializer(), new ByteArraySerializer());

    @AfterEach
    void close() {
        foreign.close();
        admin.close();
        transport.close();
    }

    private void put(byte[] value, String... headers) throws Exception {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, "account".getBytes(UTF_8), value);
        for (int at = 0; at < headers.length; at += 2) {
            record.headers().add(headers[at], headers[at + 1].getBytes(UTF_8));
        }
        foreign.send(record).get();
    }

    private TopicPartition partition() {
        return new TopicPartition(
                topic, transport.partitionOf("Trading", "account").number());
    }

    @Test
    void events_of_other_clients_are_read_in_binary_and_in_structured_mode() throws Exception {
        try (Reader reader = new Reader(transport, "readers")) {
            put(
                    "{\"a\":1.10}".getBytes(UTF_8),
                    "ce_specversion",
                    "1.0",
                    "ce_id",
                    "binary",
                    "ce_source",
                    "/elsewhere",
                    "ce_type",
                    "Trading.Order.Placed.v1",
                    "ce_subject",
                    "account",
                    "ce_time",
                    "2026-01-05T09:00:00Z",
                    "ce_critical",
                    "true",
                    "ce_tenant",
                    "7",
                    "content-type",
                    "application/json");
            DomainEvent structured = Reader.event("structured", "account");
            put(
                    CloudEventJson.write(structured.envelope()),
                    "content-type",
                    "application/cloudevents+json; charset=UTF-8");

            reader.untilHas("structured");

            DomainEvent binary = reader.event("binary");
            assertThat(binary.critical()).isTrue();
            assertThat(binary.extension("tenant")).isEqualTo("7");
            assertThat(binary.data()).isEqualTo(Payload.json("{\"a\":1.10}".getBytes(UTF_8)));
            assertThat(reader.event("structured")).isEqualTo(structured);
        }
    }

    @Test
    void an_event_is_what_the_binding_says() {
        DomainEvent event = DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id("ид 1")
                .source(URI.create("/test"))
                .subject("account")
                .time(Instant.parse("2026-01-05T09:00:00.5Z"))
                .critical()
                .extension("count", 3)
                .data(Payload.json("{\"a\":1}".getBytes(UTF_8)))
                .build();
        transport.send(List.of(event));

        ConsumerRecord<byte[], byte[]> record = records().getFirst();

        assertThat(new String(record.key(), UTF_8)).isEqualTo("account");
        assertThat(new String(record.value(), UTF_8)).isEqualTo("{\"a\":1}");
        List<String> headers = new ArrayList<>();
        record.headers().forEach(header -> headers.add(header.key() + "=" + new String(header.value(), UTF_8)));
        assertThat(headers)
                .contains(
                        "ce_specversion=1.0",
                        "ce_id=ид 1",
                        "ce_source=/test",
                        "ce_type=Trading.Order.Placed.v1",
                        "ce_subject=account",
                        "ce_time=2026-01-05T09:00:00.500Z",
                        "ce_critical=true",
                        "ce_count=3",
                        "content-type=application/json");
    }

    private List<ConsumerRecord<byte[], byte[]>> records() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", settings.servers(), "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition()));
            await().pollInSameThread().until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return !records.isEmpty();
            });
        }
        return records;
    }

    @Test
    void what_is_no_event_is_delivered_raw_and_holds_nothing_up() throws Exception {
        try (Reader reader = new Reader(transport, "readers")) {
            put("gr\u00fcn".getBytes(UTF_8), "colour", "green");
            put(null);
            put(
                    "{no json".getBytes(UTF_8),
                    "ce_specversion",
                    "1.0",
                    "ce_id",
                    "1",
                    "ce_source",
                    "/elsewhere",
                    "ce_type",
                    "Trading.Order.Placed.v1",
                    "ce_subject",
                    "account",
                    "ce_time",
                    "2026-01-05T09:00:00Z",
                    "content-type",
                    "application/json");
            put("{}".getBytes(UTF_8), "ce_specversion", "0.3", "ce_id", "1", "ce_type", "Trading.Order.Placed.v1");
            transport.send(List.of(Reader.event("one", "account")));
            reader.untilHas("one");

            List<Delivery> raw = reader.undecodable();
            assertThat(raw.stream().map(each -> new String(each.undecodable().raw(), UTF_8)))
                    .containsExactly("gr\u00fcn", "", "{no json", "{}");
            assertThat(raw.stream().map(each -> each.undecodable().problem().getMessage()))
                    .satisfiesExactly(
                            problem -> assertThat(problem).contains("a record without the headers", "[colour]"),
                            problem -> assertThat(problem).contains("a tombstone without the headers"),
                            problem -> assertThat(problem).contains("/data"),
                            problem -> assertThat(problem).contains("/specversion", "0.3"));
            reader.settleAll();
            await().until(() -> reader.subscription().lag() == 0);
        }
    }

    @Test
    void an_event_in_the_partition_of_another_subject_is_not_taken_for_one_of_it() throws Exception {
        String other = "account";
        for (int number = 0;
                transport.partitionOf("Trading", other).number() == partition().partition();
                number++) {
            other = "account" + number;
        }
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilAssigned(KafkaSettings.DEFAULT_PARTITIONS);
            put(
                    CloudEventJson.write(Reader.event("astray", other).envelope()),
                    "content-type",
                    CloudEventJson.MEDIA_TYPE);

            reader.until("what is astray", () -> !reader.undecodable().isEmpty());

            assertThat(reader.undecodable().getFirst().undecodable().problem())
                    .hasMessageContaining("an event of " + transport.partitionOf("Trading", other));
        }
    }

    @Test
    void events_that_were_deleted_before_a_group_had_them_are_reported_as_lost() throws Exception {
        transport.send(Reader.events("event", 10));
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilHas("event9");
            reader.settle("event0", "event1");
        }
        deleteBefore(7);

        try (Reader reader = new Reader(transport, "readers")) {
            reader.until("the loss", () -> !losses(reader).isEmpty())
                    .settleAll()
                    .untilHas("event9");
            assertThat(reader.ids()).containsExactly("event7", "event8", "event9");
            assertThat(losses(reader))
                    .singleElement()
                    .asString()
                    .startsWith("5 records of " + partition() + " from 2 on were deleted");
            reader.settleAll();
            await().until(() -> reader.subscription().lag() == 0);
        }
        try (Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("next", "account")));
            reader.untilHas("next");
            assertThat(reader.ids()).containsExactly("next");
            assertThat(reader.undecodable()).as("told once").isEmpty();
        }
    }

    @ParameterizedTest(name = "transactional: {0}")
    @ValueSource(booleans = {false, true})
    void nothing_else_is_delivered_until_a_loss_is_settled_and_it_is_told_again(boolean transactional)
            throws Exception {
        transport.send(Reader.events("event", 10));
        try (Reader reader = reader(transactional)) {
            reader.untilHas("event9").settle("event0", "event1");
        }
        deleteBefore(7);

        for (int reading = 0; reading < 2; reading++) {
            int records = 9 + reading; // also those that are gone
            try (Reader reader = reader(transactional)) {
                reader.until("the loss", () -> !losses(reader).isEmpty());
                transport.send(List.of(Reader.event("later" + reading, "account")));
                reader.until("all that is there", () -> reader.subscription().lag() == records);
                assertThat(reader.ids()).isEmpty();
            }
        }
        try (Reader reader = reader(transactional)) {
            reader.until("the loss", () -> !losses(reader).isEmpty())
                    .settleAll()
                    .untilHas("later1");
            assertThat(losses(reader)).singleElement().asString().startsWith("5 records of");
            assertThat(reader.ids()).containsExactly("event7", "event8", "event9", "later0", "later1");
        }
    }

    private Reader reader(boolean transactional) {
        return transactional
                ? new Reader(transport.subscribeTransactionally(Reader.membership("readers"), () -> {}, _ -> {}))
                : new Reader(transport, "readers");
    }

    @Test
    void that_a_partition_ends_before_the_position_is_told_each_time() throws Exception {
        transport.send(Reader.events("event", 10));
        List<String> places = new ArrayList<>();
        for (int time = 0; time < 2; time++) {
            admin.alterConsumerGroupOffsets(
                            settings.prefix() + ".readers", Map.of(partition(), new OffsetAndMetadata(50)))
                    .all()
                    .get();
            try (Reader reader = new Reader(transport, "readers")) {
                reader.until("the loss", () -> !losses(reader).isEmpty());
                assertThat(losses(reader)).singleElement().asString().contains("ends before 50");
                places.add(reader.undecodable().getFirst().receipt().toString());
                reader.settleAll().untilHas("event9").untilDone();
            }
        }
        assertThat(places).doesNotHaveDuplicates();
    }

    @Test
    void what_was_fetched_before_the_records_behind_it_were_deleted_is_delivered() throws Exception {
        int count = 6_000;
        int deletedBefore = 5_000;
        List<DomainEvent> events = Reader.events("event", count);
        KafkaSettings piecemeal =
                settings.withClient(Map.of("max.partition.fetch.bytes", "20000", "compression.type", "none"));
        try (KafkaTransport slow = KafkaTransport.open(piecemeal)) {
            for (int from = 0; from < count; from += 100) {
                slow.send(events.subList(from, from + 100));
            }
            try (Reader reader = new Reader(slow, "readers")) {
                reader.untilHas("event0");
                deleteBefore(deletedBefore);

                reader.until("the loss", () -> !losses(reader).isEmpty()).settle("event0");
                reader.subscription().settle(reader.undecodable());
                reader.untilHas("event" + (count - 1));

                String told = losses(reader).getFirst();
                int from = Integer.parseInt(told.replaceFirst(".* from (\\d+) on were deleted.*", "$1"));
                List<String> expected = new ArrayList<>();
                events.subList(0, from).forEach(event -> expected.add(event.id()));
                events.subList(deletedBefore, count).forEach(event -> expected.add(event.id()));
                assertThat(reader.ids()).containsExactlyElementsOf(expected);
                reader.untilDone();
            }
        }
    }

    private void deleteBefore(long offset) throws Exception {
        admin.deleteRecords(Map.of(partition(), RecordsToDelete.beforeOffset(offset)))
                .all()
                .get();
    }

    private static List<String> losses(Reader reader) {
        return reader.undecodable().stream()
                .map(delivery -> new String(delivery.undecodable().raw(), UTF_8))
                .toList();
    }

    @Test
    void what_was_done_with_behind_a_slow_event_does_not_come_again() {
        transport.send(Reader.events("event", 1_000));
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilHas("event999");
            reader.settleAllBut("event3", "event500");
        }
        try (Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("next", "account")));
            reader.untilHas("next");
            assertThat(reader.ids()).containsExactly("event3", "event500", "next");
        }
    }

    @Test
    void a_topic_that_is_not_as_it_should_be_is_refused() throws Exception {
        assertRefused(Map.of(), 3, "has 3 partitions, expected 8");
        assertRefused(Map.of("cleanup.policy", "compact"), 8, "cleanup.policy=compact");
        assertRefused(Map.of("unclean.leader.election.enable", "true"), 8, "unclean.leader.election.enable");
        assertRefused(Map.of("retention.ms", "3600000"), 8, "keeps events for PT1H, expected PT168H");
        assertRefused(Map.of("retention.ms", "604800000", "max.message.bytes", "1000"), 8, "messages of 1000 bytes");
    }

    private void assertRefused(Map<String, String> config, int partitions, String words) throws Exception {
        String prefix = "refused-" + UUID.randomUUID();
        admin.createTopics(List.of(
                        new NewTopic(prefix + ".Risk", Optional.of(partitions), Optional.empty()).configs(config)))
                .all()
                .get();
        await("a broker that knows of it")
                .until(() -> admin.listTopics().names().get().contains(prefix + ".Risk"));
        assertThatThrownBy(
                        () -> KafkaTransport.open(settings.withPrefix(prefix)).close())
                .isInstanceOfSatisfying(KafkaTransportException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(Reason.UNSUITABLE);
                    assertThat(failure).hasMessageContainingAll(prefix + ".Risk", words);
                });
    }

    @Test
    void limits_that_allow_more_than_messages_carry_are_refused() {
        int most = transport.maxPayloadBytes();
        TradeSense.Builder builder = TradeSense.builder().transport(transport).parking(new MemoryParkingStore());
        builder.limits(new Limits(most, 100, 100, 100, 100)).build().close();
        assertThatThrownBy(() ->
                        builder.limits(new Limits(most + 1, 100, 100, 100, 100)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("maxPayloadBytes is " + (most + 1), "kafka", "at most " + most);
    }

    @Test
    void an_event_that_is_too_large_is_refused_and_named_and_the_next_is_stored() {
        DomainEvent large = DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id("large")
                .source(URI.create("/test"))
                .subject("account")
                .time(Instant.EPOCH)
                .dataContentType("application/octet-stream")
                .data(Payload.binary(new byte[2 << 20]))
                .build();
        assertThatThrownBy(() -> transport.send(List.of(large)))
                .isInstanceOfSatisfying(KafkaTransportException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(Reason.TOO_LARGE);
                    assertThat(failure).hasMessageContainingAll("large", "1048576");
                });
        transport.send(List.of(Reader.event("one", "account")));
        try (Reader reader = new Reader(transport, "readers")) {
            reader.untilHas("one");
            assertThat(reader.ids()).containsExactly("one");
        }
    }

    @Test
    void standard_tools_see_the_position_of_a_group() {
        try (Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("event", 10));
            reader.untilHas("event9").settleAll();
            await().untilAsserted(() -> assertThat(admin.listConsumerGroupOffsets(settings.prefix() + ".readers")
                            .partitionsToOffsetAndMetadata()
                            .get()
                            .get(partition())
                            .offset())
                    .isEqualTo(10));
        }
    }

    @Test
    void a_topic_that_was_deleted_is_made_anew() throws Exception {
        KafkaSettings quick =
                settings.withPrefix("deleted-" + UUID.randomUUID()).withTimeout(Duration.ofSeconds(2));
        try (KafkaTransport publisher = KafkaTransport.open(quick)) {
            publisher.send(Reader.events("before", 3));
            admin.deleteTopics(List.of(quick.prefix() + ".Trading")).all().get();

            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptionsInstanceOf(TransportException.class)
                    .until(() -> publisher
                                    .send(List.of(Reader.event("after", "account")))
                                    .size()
                            == 1);

            try (Reader reader = new Reader(publisher, "readers")) {
                reader.untilHas("after").untilDone();
                assertThat(reader.ids()).containsExactly("after");
            }
        }
    }
}
