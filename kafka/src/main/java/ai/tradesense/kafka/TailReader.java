package ai.tradesense.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads which events there are at the end of partitions, so that one that is sent again can be recognised. Blocks.
/// For use by one thread.
final class TailReader implements AutoCloseable {
    private static final Duration AT_ONCE = Duration.ofMillis(100);

    private final Duration timeout;
    private final KafkaConsumer<byte[], byte[]> consumer;

    TailReader(ClientProperties properties, Duration timeout) {
        this.timeout = timeout;
        this.consumer =
                new KafkaConsumer<>(properties.reader(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /// Reads the last records of partitions, as far as they are there.
    ///
    /// @param most how many records of a partition
    /// @return where each partition ends
    Map<TopicPartition, Long> readLast(
            Iterable<TopicPartition> partitions, int most, BiConsumer<TopicPartition, EventKey> found) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        partitions.forEach(partition -> ends.put(partition, 0L));
        consumer.assign(ends.keySet());
        ends.putAll(consumer.endOffsets(ends.keySet()));
        Map<TopicPartition, Long> starts = new HashMap<>();
        consumer.beginningOffsets(ends.keySet()).forEach((partition, first) -> {
            long end = ends.getOrDefault(partition, 0L);
            starts.put(partition, Math.max(first, end - most));
        });
        read(starts, ends, found);
        return ends;
    }

    /// Reads from some offsets up to others.
    ///
    /// @throws TimeoutException if it takes longer than everything may
    void read(
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends,
            BiConsumer<TopicPartition, EventKey> found) {
        consumer.assign(ends.keySet());
        starts.forEach(consumer::seek);
        long until = System.nanoTime() + timeout.toNanos();
        while (ends.entrySet().stream().anyMatch(each -> consumer.position(each.getKey()) < each.getValue())) {
            if (System.nanoTime() > until) {
                throw new TimeoutException("the ends of " + ends.keySet() + " could not be read within " + timeout);
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(AT_ONCE)) {
                EventKey key = EventRecords.keyOf(record);
                if (key != null) {
                    found.accept(new TopicPartition(record.topic(), record.partition()), key);
                }
            }
        }
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
}
