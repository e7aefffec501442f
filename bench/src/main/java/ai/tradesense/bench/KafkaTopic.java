package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.kafka.KafkaSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// What the contenders on Kafka have in common: a topic of as many partitions as ours, and Kafka's producer as its
/// documentation has it for throughput, with the same guarantees as ours. The value of a record is the event as
/// JSON.
final class KafkaTopic implements AutoCloseable {
    static final Map<String, String> SETTINGS = Map.of(
            "producer",
            "one for all publishers, acks=all, idempotent, lz4, linger.ms=5, batch.size=256 KiB, keyed by subject",
            "publishing",
            "send for each event, then every answer is waited for",
            "partitions",
            Integer.toString(KafkaSettings.DEFAULT_PARTITIONS),
            "events",
            "structured JSON, encoded beforehand, decoded into the record while the clock runs",
            "broker",
            "one for all rounds and contenders, a topic for each round");

    private static final Duration LEADERS = Duration.ofSeconds(30);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

    private final WarmKafka kafka;
    private final String name;
    private final KafkaProducer<byte[], byte[]> producer;
    private final IntFunction<DomainEvent> events;
    private final List<byte[]> keys = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();

    /// @param encoded encoded here, before the clock runs; if there are none, `events` are made while it does
    private KafkaTopic(WarmKafka kafka, List<DomainEvent> encoded, IntFunction<DomainEvent> events)
            throws ExecutionException, InterruptedException {
        this.kafka = kafka;
        this.name = kafka.nextName();
        this.events = events;
        for (DomainEvent event : encoded) {
            keys.add(key(event));
            values.add(CloudEventJson.write(event.envelope()));
        }
        try (Admin admin = kafka.admin()) {
            admin.createTopics(List.of(
                            new NewTopic(name, Optional.of(KafkaSettings.DEFAULT_PARTITIONS), Optional.empty())))
                    .all()
                    .get();
            awaitLeaders(admin);
        }
        this.producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        kafka.servers(),
                        "acks",
                        "all",
                        "enable.idempotence",
                        true,
                        "compression.type",
                        "lz4",
                        "linger.ms",
                        5,
                        "batch.size",
                        256 << 10),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /// Leaders alone know where a partition ends. What is sent to a partition that was made a moment ago and has
    /// none yet may wait for its answer until it times out.
    private void awaitLeaders(Admin admin) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int partition = 0; partition < KafkaSettings.DEFAULT_PARTITIONS; partition++) {
            ends.put(new TopicPartition(name, partition), OffsetSpec.latest());
        }
        long until = System.nanoTime() + LEADERS.toNanos();
        while (true) {
            try {
                admin.listOffsets(ends).all().get();
                return;
            } catch (ExecutionException notYet) {
                if (!(notYet.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > until) {
                    throw notYet;
                }
                LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            }
        }
    }

    /// Events are encoded here.
    static KafkaTopic of(WarmKafka kafka, List<DomainEvent> events) throws ExecutionException, InterruptedException {
        return new KafkaTopic(kafka, events, events::get);
    }

    /// Events are made and encoded when they are published.
    static KafkaTopic making(WarmKafka kafka, IntFunction<DomainEvent> events)
            throws ExecutionException, InterruptedException {
        return new KafkaTopic(kafka, List.of(), events);
    }

    String name() {
        return name;
    }

    private static byte[] key(DomainEvent event) {
        return event.subject().getBytes(StandardCharsets.UTF_8);
    }

    /// The properties of a consumer that commits by itself what it is told to.
    Map<String, Object> consumer(int maxPollRecords) {
        Map<String, Object> consumer = new HashMap<>();
        consumer.put("bootstrap.servers", kafka.servers());
        consumer.put("group.id", name);
        consumer.put("auto.offset.reset", "earliest");
        consumer.put("enable.auto.commit", false);
        consumer.put("max.poll.records", maxPollRecords);
        consumer.put("key.deserializer", ByteArrayDeserializer.class);
        consumer.put("value.deserializer", ByteArrayDeserializer.class);
        return consumer;
    }

    void publish(int from, int to) throws ExecutionException, InterruptedException {
        List<Future<RecordMetadata>> answers = new ArrayList<>(to - from);
        for (int index = from; index < to; index++) {
            answers.add(producer.send(record(index)));
        }
        for (Future<RecordMetadata> answer : answers) {
            answer.get();
        }
    }

    private ProducerRecord<byte[], byte[]> record(int index) {
        if (!values.isEmpty()) {
            return new ProducerRecord<>(name, keys.get(index), values.get(index));
        }
        DomainEvent event = events.apply(index);
        return new ProducerRecord<>(name, key(event), CloudEventJson.write(event.envelope()));
    }

    /// Decodes what a record holds, and notes it.
    static void handle(byte[] value, Observations observations) {
        DomainEvent event = DomainEvent.of(CloudEventJson.readTrusted(value));
        observations.handled(event.dataAs(OrderPlaced.class));
    }

    @Override
    public void close() throws IOException {
        producer.close();
        try {
            kafka.delete(name);
        } catch (ExecutionException failure) {
            throw new IOException("topic " + name + " cannot be deleted", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
