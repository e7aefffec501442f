package ai.tradesense.kafka;

import ai.tradesense.kafka.Assignment.Position;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/// Finds out where a member of a group goes on in partitions that are new to it. Blocks while Kafka answers.
final class Places {
    private final Map<TopicPartition, Long> startOffsets;
    private final Partitioning partitioning;

    Places(Map<TopicPartition, Long> startOffsets, Partitioning partitioning) {
        this.startOffsets = startOffsets;
        this.partitioning = partitioning;
    }

    /// Makes an assignment of each partition.
    ///
    /// @param lapsed former assignments, should nobody else have had the partitions since
    /// @param outOfRange where the group was, in partitions in which Kafka has nothing there
    /// @param answer how long each answer may take
    Map<TopicPartition, Assignment> find(
            Consumer<byte[], byte[]> consumer,
            Set<TopicPartition> partitions,
            Map<TopicPartition, Assignment> lapsed,
            Map<TopicPartition, Long> outOfRange,
            Duration answer) {
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(partitions, answer);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions, answer);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, answer);
        Map<TopicPartition, Assignment> found = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            long beginning = beginnings.getOrDefault(partition, 0L);
            Long gone = outOfRange.get(partition);
            Assignment former = lapsed.get(partition);
            OffsetAndMetadata known = committed.get(partition);
            Long start = startOffsets.get(partition);
            Position position;
            if (gone != null) {
                position = Position.at(beginning);
            } else if (former != null) {
                position = former.position();
            } else if (known != null) {
                position = Position.of(known);
            } else {
                position = Position.at(start == null ? beginning : Math.max(start, beginning));
            }
            long readFrom = readFrom(position.offset(), beginning, ends.getOrDefault(partition, 0L));
            found.put(partition, new Assignment(partition, partitioning, position, readFrom));
        }
        return found;
    }

    /// A position at which there is nothing is read from, so that Kafka says so.
    private static long readFrom(long position, long beginning, long end) {
        boolean isThere = position >= beginning && position <= end;
        return isThere ? Math.max(beginning, position - Assignment.REMEMBERED) : position;
    }
}
