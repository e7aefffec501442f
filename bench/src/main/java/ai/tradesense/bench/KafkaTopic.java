package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.kafka.KafkaSettings;
import ai.tradesense.testkit.services.KafkaBroker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// What the contenders on Kafka have in common: a broker of their own, a topic of as many partitions as ours, and
/// Kafka's producer as its documentation has it for throughput, with the same guarantees as ours. The value of a record
/// is the event as JSON, encoded before the round.
final class KafkaTopic implements AutoCloseable {
    static final String NAME = "events";
    static final Map<String, String> SETTINGS = Map.of(
            "producer", "acks=all, idempotent, lz4, linger.ms=5, batch.size=256 KiB, keyed by subject",
            "partitions", Integer.toString(KafkaSettings.DEFAULT_PARTITIONS),
            "events", "encoded beforehand, decoded while the clock runs");

    private final KafkaBroker kafka = KafkaBroker.toBeMeasured();
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<byte[]> keys;
    private final List<byte[]> values;

    KafkaTopic(List<DomainEvent> events) throws ExecutionException, InterruptedException {
        this.keys = new ArrayList<>(events.size());
        this.values = new ArrayList<>(events.size());
        for (DomainEvent event : events) {
            keys.add(event.subject().getBytes(StandardCharsets.UTF_8));
            values.add(CloudEventJson.write(event.envelope()));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
            admin.createTopics(List.of(
                            new NewTopic(NAME, Optional.of(KafkaSettings.DEFAULT_PARTITIONS), Optional.empty())))
                    .all()
                    .get();
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

    /// The properties of a consumer that commits by itself what it is told to.
    Map<String, Object> consumer(int maxPollRecords) {
        Map<String, Object> consumer = new HashMap<>();
        consumer.put("bootstrap.servers", kafka.servers());
        consumer.put("group.id", "readers");
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
            answers.add(producer.send(new ProducerRecord<>(NAME, keys.get(index), values.get(index))));
        }
        for (Future<RecordMetadata> answer : answers) {
            answer.get();
        }
    }

    /// Decodes what a record holds, and notes it.
    static void handle(byte[] value, Observations observations) {
        DomainEvent event = DomainEvent.of(CloudEventJson.readTrusted(value));
        observations.handled(event.dataAs(OrderPlaced.class));
    }

    @Override
    public void close() {
        producer.close();
        kafka.close();
    }
}
