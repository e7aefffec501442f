package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.TransactionalTransport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.worker.BatchContext;
import ai.tradesense.worker.BatchWorker;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
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
        return TradeSense.builder()
                .transport(transport)
                .parking(new MemoryParkingStore())
                .build();
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
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (KafkaTransport transport = KafkaTransport.open(settings);
                TradeSense platform = TradeSense.builder()
                        .transport(transport)
                        .parking(new MemoryParkingStore())
                        .meters(meters)
                        .build()) {
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
            await("a count").until(() -> published(meters) > 0);
        }
        assertThat(published(meters)).isEqualTo(1);
        assertThat(handled).containsExactlyInAnyOrder("bad", "good");
        assertThat(results(settings)).containsExactlyInAnyOrder("of-none", "of-good");
    }

    private static double published(SimpleMeterRegistry meters) {
        return meters.get("tradesense.published").counter().count();
    }

    /// A member of the group whose events cause a result each, as far as its failures let it.
    private static final class Scorer implements AutoCloseable {
        private final TransactionalTransport.Results member;
        private final List<TransportException> failures = new ArrayList<>();
        private int handled;

        private Scorer(KafkaTransport transport) {
            this.member = transport.subscribeTransactionally(
                    new GroupMembership("scorer_group", Set.of("Trading"), StartFrom.BEGINNING, 1_000),
                    () -> {},
                    durable -> {});
        }

        /// Handles what there is, until something is so.
        private void until(String what, Callable<Boolean> condition) {
            await(what)
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> {
                        handle();
                        return condition.call();
                    });
        }

        private void handle() {
            try {
                List<Delivery> deliveries = member.poll(100).deliveries();
                deliveries.forEach(delivery -> member.caused(delivery, List.of(resultOf(delivery.event()))));
                member.settle(deliveries);
                handled += deliveries.size();
            } catch (TransportException failure) {
                failures.add(failure);
            }
        }

        @Override
        public void close() {
            member.close();
        }
    }

    @Test
    void what_a_membership_that_failed_has_left_open_ends_when_the_next_one_begins() throws Exception {
        KafkaSettings settings = settings(broker.servers(), "open").withLease(Duration.ofMinutes(1));
        try (KafkaTransport transport = KafkaTransport.open(settings)) {
            transport.send(List.of(resultOf(Reader.event("none", "account"))));
            limitResults(settings, 100);
            transport.send(List.of(Reader.event("event", "account")));
            try (Scorer scorer = new Scorer(transport)) {
                scorer.until("a refusal", () -> !scorer.failures.isEmpty());
                limitResults(settings, settings.maxMessageBytes());

                scorer.until("the end of the event", () -> done(settings) == 1);
            }
        }
        assertThat(results(settings)).containsExactlyInAnyOrder("of-none", "of-event");
    }

    private static void limitResults(KafkaSettings settings, int bytes) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, settings.prefix() + ".Risk");
        ConfigEntry limit = new ConfigEntry("max.message.bytes", Integer.toString(bytes));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.servers()))) {
            admin.incrementalAlterConfigs(Map.of(topic, List.of(new AlterConfigOp(limit, AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
            await("a broker that knows of it")
                    .until(() -> admin.describeConfigs(List.of(topic))
                            .all()
                            .get()
                            .get(topic)
                            .get(limit.name())
                            .value()
                            .equals(limit.value()));
        }
    }

    @Test
    void a_member_goes_on_without_a_failure_while_others_come_and_go() throws Exception {
        KafkaSettings settings = settings(broker.servers(), "shared");
        AtomicInteger sent = new AtomicInteger();
        AtomicBoolean sending = new AtomicBoolean(true);
        try (KafkaTransport transport = KafkaTransport.open(settings);
                Scorer standing = new Scorer(transport)) {
            Thread publisher = Thread.ofVirtual().start(() -> {
                while (sending.get()) {
                    int number = sent.get();
                    transport.send(List.of(Reader.event("event" + number, "account" + number % 100)));
                    sent.incrementAndGet();
                }
            });
            for (int round = 0; round < 4; round++) {
                try (Scorer passing = new Scorer(transport)) {
                    standing.until("a share", () -> {
                        passing.handle();
                        return passing.handled > 100;
                    });
                    standing.failures.addAll(passing.failures);
                }
            }
            sending.set(false);
            publisher.join();
            standing.until("all", () -> done(settings) == sent.get());
            assertThat(standing.failures).isEmpty();
        }
        assertThat(results(settings)).doesNotHaveDuplicates().hasSize(sent.get());
    }

    /// Kafka tells nobody where a group is in a partition while a transaction is open that says so.
    @Test
    void a_partition_of_which_the_position_is_not_known_yet_costs_a_member_no_other() {
        KafkaSettings settings = settings(broker.servers(), "pending");
        String group = settings.prefix() + ".readers";
        Map<TopicPartition, OffsetAndMetadata> anywhere = new HashMap<>();
        for (int number = 0; number < PARTITIONS; number++) {
            anywhere.put(new TopicPartition(settings.prefix() + ".Trading", number), new OffsetAndMetadata(0));
        }
        try (KafkaTransport transport = KafkaTransport.open(settings);
                Reader reader = new Reader(transport, "readers");
                KafkaProducer<byte[], byte[]> open = new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                settings.servers(),
                                "transactional.id",
                                "open",
                                "transaction.timeout.ms",
                                5_000), // longer than a lease
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            open.initTransactions();
            try (Reader passing = new Reader(transport, "readers")) {
                reader.until("a share each", () -> {
                    passing.until("a poll", () -> true);
                    return !passing.assigned().isEmpty()
                            && reader.assigned().size() + passing.assigned().size() == PARTITIONS;
                });
                open.beginTransaction();
                open.sendOffsetsToTransaction(anywhere, groupMetadata(settings.servers(), group));
            }
            int losses = reader.losses();

            reader.untilAssigned(PARTITIONS);

            assertThat(reader.losses()).isEqualTo(losses);
        }
    }

    private static ConsumerGroupMetadata groupMetadata(String servers, String group) {
        try (KafkaConsumer<byte[], byte[]> outsider = new KafkaConsumer<>(
                Map.of("bootstrap.servers", servers, "group.id", group),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            return outsider.groupMetadata();
        }
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
