package ai.tradesense.bench;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Uuid7;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.jspecify.annotations.Nullable;

/// The raw clients of the path on Kafka: a thread polls, decodes and commits after each poll. No filter of
/// duplicates, no retries; one failing event stops its partition.
final class KafkaClients implements Contender {
    private static final int AT_ONCE = 2_000;

    private final WarmKafka kafka;
    private final PreparedEvents prepared;
    private final @Nullable InstantSource clock; // null if events are encoded beforehand

    private KafkaClients(WarmKafka kafka, PreparedEvents prepared, @Nullable InstantSource clock) {
        this.kafka = kafka;
        this.prepared = prepared;
        this.clock = clock;
    }

    /// Publishes bytes that were encoded before the round.
    static KafkaClients encodedBeforehand(WarmKafka kafka, PreparedEvents prepared) {
        return new KafkaClients(kafka, prepared, null);
    }

    /// Makes and encodes events while the clock runs, as ours does.
    static KafkaClients encoding(WarmKafka kafka, PreparedEvents prepared, InstantSource clock) {
        return new KafkaClients(kafka, prepared, clock);
    }

    @Override
    public String name() {
        return clock == null ? "kafka clients, encoded beforehand" : "kafka clients, encoding JSON too";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(KafkaTopic.SETTINGS);
        if (clock != null) {
            settings.put("events", "structured JSON, made, encoded and decoded while the clock runs");
        }
        settings.put("consuming", "one thread, max.poll.records=" + AT_ONCE + ", commitAsync after each poll");
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) throws ExecutionException, InterruptedException {
        KafkaTopic topic =
                clock == null ? KafkaTopic.of(kafka, prepared.of(load)) : KafkaTopic.making(kafka, maker(load, clock));
        return new OneRound(topic, observations);
    }

    private static IntFunction<DomainEvent> maker(Load load, InstantSource clock) {
        URI source = URI.create(Platforms.SOURCE);
        Uuid7 ids = new Uuid7(clock, new SplittableRandom(load.events()));
        return index -> {
            Instant now = clock.instant();
            return DomainEvent.builder(load.order(index, now))
                    .id(ids.next())
                    .source(source)
                    .time(now)
                    .build();
        };
    }

    private static final class OneRound implements Session {
        private final KafkaTopic topic;
        private final Observations observations;
        private final Thread consumer;
        private volatile boolean closed;

        OneRound(KafkaTopic topic, Observations observations) {
            this.topic = topic;
            this.observations = observations;
            this.consumer = Thread.ofPlatform().daemon(true).name("consumer").start(this::consume);
        }

        @Override
        public void publish(int from, int to) throws ExecutionException, InterruptedException {
            topic.publish(from, to);
        }

        private void consume() {
            try (KafkaConsumer<byte[], byte[]> kafka = new KafkaConsumer<>(topic.consumer(AT_ONCE))) {
                kafka.subscribe(List.of(topic.name()));
                while (!closed) {
                    ConsumerRecords<byte[], byte[]> records = kafka.poll(Duration.ofMillis(100));
                    for (ConsumerRecord<byte[], byte[]> record : records) {
                        KafkaTopic.handle(record.value(), observations);
                    }
                    if (!records.isEmpty()) {
                        kafka.commitAsync();
                    }
                }
                kafka.commitSync();
            }
        }

        @Override
        public void acknowledge() throws InterruptedException {
            closed = true;
            consumer.join();
        }

        @Override
        public void close() throws IOException {
            closed = true;
            topic.close();
        }
    }
}
