package ai.tradesense.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Events that stand in a partition twice: a publisher in doubt that is another process by then has sent them
/// again.
class SecondCopiesTest {
    private static final String SUBJECT = "account";

    private final KafkaSettings settings = KafkaSettings.of(KafkaBroker.sharedServers())
            .withPrefix("duplicates-" + UUID.randomUUID())
            .withPartitions(1);
    private final KafkaTransport transport = KafkaTransport.open(settings);
    private final KafkaProducer<byte[], byte[]> publisher = new KafkaProducer<>(
            Map.of("bootstrap.servers", settings.servers()), new ByteArraySerializer(), new ByteArraySerializer());
    private final TopicPartition partition = new TopicPartition(settings.prefix() + ".Trading", 0);

    SecondCopiesTest() {
        transport.send(Reader.events("first", 1)); // makes the topic
    }

    @AfterEach
    void close() {
        publisher.close();
        transport.close();
    }

    private void put(String... ids) {
        for (String id : ids) {
            DomainEvent event = Reader.event(id, SUBJECT);
            var _ = publisher.send(EventRecords.record(event, partition.topic(), 0, SUBJECT.getBytes(UTF_8)));
        }
        publisher.flush();
    }

    @Test
    void the_second_copy_of_an_event_is_left_out_and_done_with() {
        try (Reader reader = new Reader(transport, "readers")) {
            put("a", "b", "a", "c");

            reader.untilHas("c").untilDone();

            assertThat(reader.ids()).containsExactly("first0", "a", "b", "c");
        }
    }

    @Test
    void second_copies_are_passed_over_without_a_pause() throws InterruptedException {
        put("a", "a", "a", "a", "b");
        Semaphore signals = new Semaphore(0);
        List<String> ids = new ArrayList<>();
        try (Subscription follower = transport.subscribe(Reader.membership("readers"), signals::release)) {
            while (!ids.contains("b")) {
                assertThat(signals.tryAcquire(10, TimeUnit.SECONDS))
                        .as("a word that there is something after " + ids)
                        .isTrue();
                signals.drainPermits();
                follower.poll(1)
                        .deliveries()
                        .forEach(delivery ->
                                ids.add(Objects.requireNonNull(delivery.event()).id()));
            }
        }
        assertThat(ids).containsExactly("first0", "a", "b");
    }

    @Test
    void what_the_former_owner_was_done_with_before_and_behind_its_position_is_recognised() {
        put("a", "slow", "b");
        try (Reader former = new Reader(transport, "readers")) {
            former.untilHas("b").settleAllBut("slow");
        }
        put("b", "slow", "a", "c");

        try (Reader next = new Reader(transport, "readers")) {
            next.untilHas("c").untilDone();

            assertThat(next.ids()).containsExactly("slow", "c");
        }
    }

    @Test
    void an_event_comes_although_its_second_copy_was_left_out_by_the_former_owner() {
        put("slow", "slow", "a");
        try (Reader former = new Reader(transport, "readers")) {
            former.untilHas("a").settleAllBut("slow");
        }

        try (Reader next = new Reader(transport, "readers")) {
            next.untilHas("slow").untilDone();

            assertThat(next.ids()).containsExactly("slow");
        }
    }

    @Test
    void nothing_counts_as_lost_if_retention_took_what_was_only_to_be_remembered() throws Exception {
        put("a", "b");
        try (Reader former = new Reader(transport, "readers")) {
            former.untilHas("b").untilDone();
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.servers()))) {
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2)))
                    .all()
                    .get();
        }
        put("c");

        try (Reader next = new Reader(transport, "readers")) {
            next.untilHas("c").untilDone();

            assertThat(next.ids()).containsExactly("c");
            assertThat(next.undecodable()).isEmpty();
        }
    }
}
