package ai.tradesense.bench;

import ai.tradesense.kafka.KafkaSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
import org.springframework.kafka.listener.MessageListener;

/// A listener container of Spring Kafka, which commits after each record or after each batch. A failing record
/// stops its partition while it is retried.
final class SpringKafka implements Contender {
    private static final int AT_ONCE = 2_000;

    private final WarmKafka kafka;
    private final PreparedEvents prepared;
    private final AckMode ackMode;
    private final Duration blocking;

    /// @param blocking how long the handler blocks for each event; if it does, there is a consumer for each
    /// partition
    SpringKafka(WarmKafka kafka, PreparedEvents prepared, AckMode ackMode, Duration blocking) {
        this.kafka = kafka;
        this.prepared = prepared;
        this.ackMode = ackMode;
        this.blocking = blocking;
    }

    @Override
    public String name() {
        return ackMode == AckMode.RECORD ? "Spring Kafka, per record" : "Spring Kafka, per batch";
    }

    private int consumers() {
        return blocking.isZero() ? 1 : KafkaSettings.DEFAULT_PARTITIONS;
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(KafkaTopic.SETTINGS);
        settings.put(
                "consuming", "concurrency=" + consumers() + ", AckMode." + ackMode + ", max.poll.records=" + AT_ONCE);
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) throws ExecutionException, InterruptedException {
        return new OneRound(KafkaTopic.of(kafka, prepared.of(load)), observations);
    }

    private final class OneRound implements Session {
        private final KafkaTopic topic;
        private final ConcurrentMessageListenerContainer<byte[], byte[]> container;

        OneRound(KafkaTopic topic, Observations observations) {
            this.topic = topic;
            ContainerProperties properties = new ContainerProperties(topic.name());
            properties.setAckMode(ackMode);
            MessageListener<byte[], byte[]> listener = record -> {
                Blocking.forAWhile(blocking);
                KafkaTopic.handle(record.value(), observations);
            };
            if (ackMode == AckMode.RECORD) {
                properties.setMessageListener(listener);
            } else {
                properties.setMessageListener(
                        (BatchMessageListener<byte[], byte[]>) records -> records.forEach(listener::onMessage));
            }
            this.container = new ConcurrentMessageListenerContainer<>(
                    new DefaultKafkaConsumerFactory<>(topic.consumer(AT_ONCE)), properties);
            container.setConcurrency(consumers());
            container.start();
        }

        @Override
        public void publish(int from, int to) throws ExecutionException, InterruptedException {
            topic.publish(from, to);
        }

        @Override
        public void acknowledge() {
            container.stop();
        }

        @Override
        public void close() throws IOException {
            container.stop();
            topic.close();
        }
    }
}
