package ai.tradesense.bench;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/// The raw clients of the path on Kafka: a thread polls, decodes and commits after each poll. No filter of
/// duplicates, no retries; one failing event stops its partition.
final class KafkaClients implements Contender {
    private static final int AT_ONCE = 2_000;

    private final PreparedEvents prepared;

    KafkaClients(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "kafka clients, the same JSON";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(KafkaTopic.SETTINGS);
        settings.put("consuming", "one thread, max.poll.records=" + AT_ONCE + ", commitAsync after each poll");
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) throws ExecutionException, InterruptedException {
        return new OneRound(new KafkaTopic(prepared.of(load)), observations);
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
                kafka.subscribe(List.of(KafkaTopic.NAME));
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
        public void close() {
            closed = true;
            topic.close();
        }
    }
}
