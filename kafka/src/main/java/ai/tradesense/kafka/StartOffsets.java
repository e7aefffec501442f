package ai.tradesense.kafka;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Where a group begins in partitions of which it knows nothing: behind what was there when it joined, or, where
/// nothing is said, at the beginning.
record StartOffsets(Map<TopicPartition, Long> ends) {
    @Nullable
    Long of(TopicPartition partition) {
        return ends.get(partition);
    }
}
