package ai.tradesense.bench;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;

/// A listener container of Spring Kafka, which commits after each record or after each batch. A failing record stops
/// its partition while it is retried.
final class SpringKafka implements Contender {
    private static final int AT_ONCE = 2_000;

    private final PreparedEvents prepared;
    private final AckMode ackMode;

    SpringKafka(PreparedEvents prepared, AckMode ackMode) {
        this.prepared = prepared;
        this.ackMode = ackMode;
    }

    @Override
    public String name() {
        return ackMode == AckMode.RECORD ? "Spring Kafka, per record" : "Spring Kafka, per batch";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(KafkaTopic.SETTINGS);
        settings.put("consuming", "one listener, AckMode." + ackMode + ", max.poll.records=" + AT_ONCE);
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) throws ExecutionException, InterruptedException {
        return new OneRound(new KafkaTopic(prepared.of(load)), observations, ackMode);
    }

    private static final class OneRound implements Session {
        private final KafkaTopic topic;
        private final KafkaMessageListenerContainer<byte[], byte[]> container;

        OneRound(KafkaTopic topic, Observations observations, AckMode ackMode) {
            this.topic = topic;
            ContainerProperties properties = new ContainerProperties(KafkaTopic.NAME);
            properties.setAckMode(ackMode);
            if (ackMode == AckMode.RECORD) {
                properties.setMessageListener(
                        (MessageListener<byte[], byte[]>) record -> KafkaTopic.handle(record.value(), observations));
            } else {
                properties.setMessageListener((BatchMessageListener<byte[], byte[]>)
                        records -> records.forEach(record -> KafkaTopic.handle(record.value(), observations)));
            }
            this.container = new KafkaMessageListenerContainer<>(
                    new DefaultKafkaConsumerFactory<>(topic.consumer(AT_ONCE)), properties);
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
        public void close() {
            container.stop();
            topic.close();
        }
    }
}
