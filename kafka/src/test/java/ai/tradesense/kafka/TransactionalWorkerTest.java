package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.worker.BatchContext;
import ai.tradesense.worker.BatchWorker;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Workers whose results and position are committed in one transaction.
class TransactionalWorkerTest {
    private static final String RESULTS = "Risk.Score.Updated.v1";
    private static final int EVENTS = 3_000;
    private static final int PARTITIONS = 3;
    private static final Duration HANDLING = Duration.ofMillis(4);

    private static KafkaBroker broker;

    @BeforeAll
    static void start() {
        broker = KafkaBroker.with(Map.of("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static KafkaSettings settings(String servers, String prefix) {
        return KafkaSettings.of(servers)
                .withPrefix(prefix)
                .withPartitions(PARTITIONS)
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(10));
    }

    private static TradeSense platform(KafkaTransport transport) {
        return TradeSense.builder().transport(transport).build();
    }

    /// Says for each event, after a while, that it has seen it.
    private static EventWorker scorer() {
        return Worker.named("scorer")
                .on("Trading.*", (event, context) -> {
                    LockSupport.parkNanos(HANDLING.toNanos());
                    context.publish(resultOf(event));
                })
                .concurrency(8)
                .transactional()
                .build();
    }

    private static DomainEvent resultOf(DomainEvent event) {
        return DomainEvent.builder(EventType.parse(RESULTS))
                .id("of-" + event.id())
                .source(URI.create("/scorer"))
                .subject(event.subject())
                .time(event.time())
                .data(Payload.NONE)
                .build();
    }

    /// A process that is killed.
    static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) throws InterruptedException {
            KafkaTransport transport = KafkaTransport.open(settings(arguments[0], arguments[1]));
            platform(transport).register(scorer());
            Thread.currentThread().join();
        }

        static Process start(KafkaSettings settings) throws IOException {
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Victim.class.getName(),
                            settings.servers(),
                            settings.prefix())
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.INHERIT)
                    .start();
        }
    }

    /// The ids of all results that stand in the log, by themselves or in transactions that were committed.
    private static List<String> results(KafkaSettings settings) {
        List<String> ids = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", settings.servers(), "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(number -> new TopicPartition(settings.prefix() + ".Risk", number))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    ids.add(EventRecords.keyOf(record).id());
                }
            }
        }
        return ids;
    }

    /// How many events the group is done with, as far as it is committed.
    private static int done(KafkaSettings settings) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.servers()))) {
            positions.putAll(admin.listConsumerGroupOffsets(
                            settings.prefix() + ".scorer_group",
                            new ListConsumerGroupOffsetsOptions().requireStable(true))
                    .partitionsToOffsetAndMetadata()
                    .get());
        }
        return positions.values().stream()
                .mapToInt(position -> (int) position.offset()
                        + DoneOffsets.read(position.metadata()).cardinality())
                .sum();
    }

    private static void publish(KafkaTransport transport) {
        for (int from = 0; from < EVENTS; from += 500) {
            transport.send(IntStream.range(from, from + 500)
                    .mapToObj(number -> Reader.event("event" + number, "account" + number % 100))
                    .toList());
        }
    }

    @Test
    void results_are_there_once_each_and_exactly_as_far_as_the_position_after_a_kill() throws Exception {
        KafkaSettings settings = settings(broker.servers(), "killed");
        try (KafkaTransport transport = KafkaTransport.open(settings)) {
            publish(transport);
            transport.send(List.of(resultOf(Reader.event("none", "account")))); // makes the topic
        }
        Process victim = Victim.start(settings);
        try {
            await("some results")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> results(settings).size() > 300);
        } finally {
            victim.destroyForcibly().waitFor();
        }
        await("the end of its transaction")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(results(settings)).hasSize(done(settings) + 1));
        assertThat(results(settings)).as("killed in the middle").hasSizeLessThan(EVENTS);

        try (KafkaTransport transport = KafkaTransport.open(settings);
                TradeSense next = platform(transport)) {
            next.register(scorer());
            await("the rest").atMost(Duration.ofSeconds(60)).until(() -> done(settings) == EVENTS);
        }
        List<String> all = results(settings);
        assertThat(all).doesNotHaveDuplicates().hasSize(EVENTS + 1);
    }

    @Test
    void what_a_handler_published_before_it_failed_is_not_there() throws Exception {
        KafkaSettings settings = settings(broker.servers(), "failed");
        Set<String> handled = Collections.synchronizedSet(new HashSet<>());
        try (KafkaTransport transport = KafkaTransport.open(settings);
                TradeSense platform = platform(transport)) {
            transport.send(List.of(resultOf(Reader.event("none", "account"))));
            platform.register(Worker.named("scorer")
                    .on("Trading.*", (event, context) -> {
                        context.publish(resultOf(event));
                        handled.add(event.id());
                        if (event.id().equals("bad")) {
                            throw new PermanentException("on purpose");
                        }
                    })
                    .transactional()
                    .build());
            transport.send(List.of(Reader.event("bad", "account"), Reader.event("good", "account")));

            await("the end of both").atMost(Duration.ofSeconds(30)).until(() -> done(settings) == 2);
        }
        assertThat(handled).containsExactlyInAnyOrder("bad", "good");
        assertThat(results(settings)).containsExactlyInAnyOrder("of-none", "of-good");
    }

    @Test
    void a_transport_without_transactions_refuses_such_a_worker_and_says_so() {
        try (TradeSense memory = TradeSense.builder().build()) {
            assertThatThrownBy(() -> memory.register(scorer()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("worker 'scorer' is transactional")
                    .hasMessageContaining("'memory'");
            assertThat(memory.workers().workers()).isEmpty();
        }
    }

    @Test
    void a_worker_of_batches_cannot_be_transactional() {
        BatchWorker batches = new BatchWorker() {
            @Override
            public String workerName() {
                return "batches";
            }

            @Override
            public Set<String> subscribesTo() {
                return Set.of("Trading.*");
            }

            @Override
            public void processBatch(List<DomainEvent> events, BatchContext context) {}

            @Override
            public boolean isTransactional() {
                return true;
            }
        };
        try (TradeSense memory = TradeSense.builder().build()) {
            assertThatThrownBy(() -> memory.register(batches))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("processes batches");
        }
    }
}
