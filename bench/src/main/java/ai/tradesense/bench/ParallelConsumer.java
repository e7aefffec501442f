package ai.tradesense.bench;

import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.CommitMode;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// Confluent's parallel consumer, in the order of each key. It compares keys as objects, so they are text.
final class ParallelConsumer implements Contender {
    private static final int AT_ONCE = 2_000;

    private final WarmKafka kafka;
    private final PreparedEvents prepared;
    private final int concurrency;
    private final Duration blocking;

    /// @param blocking how long the handler blocks for each event
    ParallelConsumer(WarmKafka kafka, PreparedEvents prepared, int concurrency, Duration blocking) {
        this.kafka = kafka;
        this.prepared = prepared;
        this.concurrency = concurrency;
        this.blocking = blocking;
    }

    @Override
    public String name() {
        return "Confluent Parallel Consumer, by key";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(KafkaTopic.SETTINGS);
        settings.put(
                "consuming",
                "ordering KEY, maxConcurrency=" + concurrency + ", PERIODIC_CONSUMER_ASYNCHRONOUS, max.poll.records="
                        + AT_ONCE);
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) throws ExecutionException, InterruptedException {
        return new OneRound(KafkaTopic.of(kafka, prepared.of(load)), observations);
    }

    private final class OneRound implements Session {
        private final KafkaTopic topic;
        private final ParallelStreamProcessor<String, byte[]> processor;

        OneRound(KafkaTopic topic, Observations observations) {
            this.topic = topic;
            Map<String, Object> properties = topic.consumer(AT_ONCE);
            properties.put("key.deserializer", StringDeserializer.class);
            this.processor =
                    ParallelStreamProcessor.createEosStreamProcessor(ParallelConsumerOptions.<String, byte[]>builder()
                            .consumer(new KafkaConsumer<>(properties))
                            .ordering(ProcessingOrder.KEY)
                            .maxConcurrency(concurrency)
                            .commitMode(CommitMode.PERIODIC_CONSUMER_ASYNCHRONOUS)
                            .build());
            processor.subscribe(List.of(topic.name()));
            processor.poll(context -> {
                Blocking.forAWhile(blocking);
                KafkaTopic.handle(context.value(), observations);
            });
        }

        @Override
        public void publish(int from, int to) throws ExecutionException, InterruptedException {
            topic.publish(from, to);
        }

        @Override
        public void acknowledge() {
            processor.closeDrainFirst();
        }

        @Override
        public void close() throws IOException {
            processor.close();
            topic.close();
        }
    }
}
