package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.TransportException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A publisher that must read before it may send, in a partition in which others write, too.
class DoubtTest {
    private static final Duration LATENCY = Duration.ofMillis(50); // of each 64 KiB: 1 MiB takes about a second

    private static KafkaBroker kafka;
    private static FaultyProxy proxy;

    private final KafkaSettings direct = settings(kafka.directPort());
    private final KafkaSettings far = settings(proxy.port())
            .withPrefix(direct.prefix())
            .withTimeout(Duration.ofSeconds(4))
            .withClient(Map.of("max.partition.fetch.bytes", "262144"));
    private final KafkaTransport others = KafkaTransport.open(direct);
    private final SplittableRandom random = new SplittableRandom(1);

    @BeforeAll
    static void start() {
        kafka = KafkaBroker.prepared(Map.of());
        proxy = new FaultyProxy(kafka.port());
        kafka.advertise(proxy.port());
        kafka.start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
        kafka.close();
    }

    private static KafkaSettings settings(int port) {
        return KafkaSettings.of(KafkaBroker.at(port))
                .withPrefix("doubt-" + UUID.randomUUID())
                .withPartitions(1);
    }

    @AfterEach
    void close() {
        proxy.heal();
        others.close();
    }

    /// Others send events that do not become smaller when they are compressed.
    private void othersSend(int count, int bytes) {
        List<DomainEvent> events = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            byte[] data = new byte[bytes];
            random.nextBytes(data);
            events.add(DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                    .id("other" + number)
                    .source(URI.create("/test"))
                    .subject("account")
                    .time(Instant.EPOCH)
                    .dataContentType("application/octet-stream")
                    .data(Payload.binary(data))
                    .build());
        }
        others.send(events);
    }

    private static void putInDoubt(KafkaTransport publisher) {
        proxy.loseReplies();
        assertThatThrownBy(() -> publisher.send(List.of(Reader.event("doubted", "account"))))
                .isInstanceOf(KafkaTransportException.class);
        proxy.heal();
    }

    private void sendUntilStored(KafkaTransport publisher) {
        await().atMost(Duration.ofMinutes(2))
                .ignoreExceptionsInstanceOf(TransportException.class)
                .until(() -> !publisher
                        .send(List.of(Reader.event("doubted", "account")))
                        .isEmpty());
        try (Reader reader = new Reader(others, "readers")) {
            reader.untilHas("doubted").untilDone();
            assertThat(reader.ids()).containsOnlyOnce("doubted");
        }
    }

    @Test
    void a_doubt_ends_although_what_follows_what_was_known_is_deleted() throws Exception {
        try (KafkaTransport publisher = KafkaTransport.open(far);
                Admin admin = Admin.create(Map.of("bootstrap.servers", direct.servers()))) {
            publisher.send(Reader.events("first", 1));
            othersSend(10, 10);
            TopicPartition partition = new TopicPartition(direct.prefix() + ".Trading", 0);
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(8)))
                    .all()
                    .get();
            putInDoubt(publisher);

            sendUntilStored(publisher);
        }
    }

    @Test
    void a_doubt_ends_although_others_wrote_more_than_can_be_read_in_time() {
        try (KafkaTransport publisher = KafkaTransport.open(far)) {
            publisher.send(Reader.events("first", 1));
            othersSend(50, 80_000);
            putInDoubt(publisher);
            proxy.delay(LATENCY);

            sendUntilStored(publisher);
        }
    }

    @Test
    void a_process_that_cannot_read_all_it_should_remember_in_time_knows_the_newest_and_publishes() {
        othersSend(4_000, 2_000);
        proxy.delay(LATENCY);
        try (KafkaTransport publisher = KafkaTransport.open(far)) {
            assertThat(publisher.send(List.of(Reader.event("other3999", "account"), Reader.event("own", "account"))))
                    .containsExactly(new Published("other3999", true), new Published("own", false));
        }
    }
}
