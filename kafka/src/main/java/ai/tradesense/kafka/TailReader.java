package ai.tradesense.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads which events there are at the end of partitions, so that one that is sent again can be recognised.
/// What is no longer there, because retention took it, is passed over. Blocks, all in all for as long as a
/// timeout says. For use by one thread.
final class TailReader implements AutoCloseable {
    private static final Duration AT_ONCE = Duration.ofMillis(100);
    private static final int NEWEST = 256; // of a partition; no less will do
    private static final Logger LOG = LoggerFactory.getLogger(TailReader.class);

    private final Duration timeout;
    private final long until;
    private final KafkaConsumer<byte[], byte[]> consumer;

    TailReader(ClientProperties properties, Duration timeout) {
        this.timeout = timeout;
        this.until = System.nanoTime() + timeout.toNanos();
        this.consumer =
                new KafkaConsumer<>(properties.reader(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /// Reads the last records of partitions: the newest, and those before them as far as there is time.
    ///
    /// @param most how many records of a partition
    /// @throws TimeoutException if there is no time even for the newest; the next call goes on from there
    void readLast(Map<TopicPartition, SentEvents> sent, int most) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(sent.keySet());
        Map<TopicPartition, Long> newest = new HashMap<>();
        Map<TopicPartition, Long> oldest = new HashMap<>();
        ends.forEach((partition, end) -> {
            newest.put(partition, Math.max(0, end - Math.min(NEWEST, most)));
            oldest.put(partition, Math.max(0, end - most));
        });
        sent.forEach((partition, events) ->
                events.knownUntil(Math.max(events.knownUntil(), Objects.requireNonNull(newest.get(partition)))));
        readOn(sent, ends);
        try {
            read(sent, oldest, newest, (partition, behind) -> {});
        } catch (TimeoutException content) {
            LOG.warn("of {} only the newest events are known for certain: {}", ends.keySet(), content.getMessage());
        }
    }

    /// Reads on from where partitions are known. How far they are known moves along.
    ///
    /// @throws TimeoutException if there is not enough time
    void readOn(Map<TopicPartition, SentEvents> sent, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> starts = new HashMap<>();
        ends.forEach((partition, end) -> {
            long known = eventsOf(sent, partition).knownUntil();
            starts.put(partition, known > end ? 0 : known); // if the topic was made anew
        });
        read(
                sent,
                starts,
                ends,
                (partition, behind) -> eventsOf(sent, partition).knownUntil(behind));
    }

    private static SentEvents eventsOf(Map<TopicPartition, SentEvents> sent, TopicPartition partition) {
        return Objects.requireNonNull(sent.get(partition));
    }

    private void read(
            Map<TopicPartition, SentEvents> sent,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends,
            BiConsumer<TopicPartition, Long> behind) {
        consumer.assign(ends.keySet());
        starts.forEach(consumer::seek);
        while (ends.entrySet().stream().anyMatch(each -> consumer.position(each.getKey()) < each.getValue())) {
            if (System.nanoTime() > until) {
                throw new TimeoutException("the ends of " + ends.keySet() + " could not be read within " + timeout);
            }
            ConsumerRecords<byte[], byte[]> records = consumer.poll(AT_ONCE);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                EventKey key = EventRecords.keyOf(record);
                if (key != null) {
                    eventsOf(sent, new TopicPartition(record.topic(), record.partition()))
                            .found(key);
                }
            }
            records.nextOffsets().forEach((partition, next) -> behind.accept(partition, next.offset()));
        }
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
}
