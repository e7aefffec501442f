package ai.tradesense.kafka;

import ai.tradesense.kafka.Assignment.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/// The partitions that Kafka has given to a member: those that it works on, each with its [Assignment], and those of
/// which is to be found out where to begin. Tells the subscription what it gains and loses, and hands on what is
/// fetched. For use by the member's thread.
final class OwnPartitions {
    private final KafkaSubscription subscription;
    private final Consumer<byte[], byte[]> consumer;
    private final Places places;
    private final String group;
    private final Map<TopicPartition, Assignment> placed = new LinkedHashMap<>();
    private final Set<TopicPartition> unplaced = new HashSet<>();
    private final Map<TopicPartition, Assignment> lapsed = new HashMap<>(); // should nobody else have had them
    private final Map<TopicPartition, Long> outOfRange = new HashMap<>(); // where the group was

    OwnPartitions(KafkaSubscription subscription, Consumer<byte[], byte[]> consumer, Places places) {
        this.subscription = subscription;
        this.consumer = consumer;
        this.places = places;
        this.group = subscription.membership().group();
    }

    /// Those that it works on.
    Collection<Assignment> assignments() {
        return placed.values();
    }

    boolean hasNone() {
        return placed.isEmpty();
    }

    /// Whether there is something to do with them soon.
    boolean areBusy() {
        return !unplaced.isEmpty()
                || placed.values().stream().anyMatch(each -> each.outstanding() > 0 || !each.hasRoom());
    }

    // Those that come and go.

    /// These came; it is to be found out where to begin.
    void add(Collection<TopicPartition> partitions) {
        consumer.pause(partitions);
        partitions.forEach(partition -> consumer.seek(partition, 0)); // until it is placed
        unplaced.addAll(partitions);
    }

    /// Nothing more is delivered of these.
    List<Assignment> hold(Collection<TopicPartition> partitions) {
        List<Assignment> held = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            Assignment assignment = placed.get(partition);
            if (assignment != null) {
                assignment.hold();
                held.add(assignment);
            }
        }
        return held;
    }

    /// These are somebody else's.
    void remove(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            end(partition);
            unplaced.remove(partition);
            lapsed.remove(partition);
            outOfRange.remove(partition);
        }
    }

    private void end(TopicPartition partition) {
        Assignment assignment = placed.remove(partition);
        if (assignment != null) {
            subscription.lose(assignment);
        }
    }

    /// All of them are.
    void removeAll() {
        placed.values().forEach(subscription::lose);
        placed.clear();
        unplaced.clear();
        lapsed.clear();
        outOfRange.clear();
    }

    /// Gives up one that may be somebody else's without a word from Kafka. If it turns out not to be, the member goes
    /// on where it was; in a transactional group where Kafka says, since what was published says so, too.
    void giveUp(Assignment assignment) {
        if (!subscription.isTransactional()) {
            lapsed.put(assignment.topicPartition(), assignment);
        }
        unplace(assignment.topicPartition());
    }

    private void unplace(TopicPartition partition) {
        end(partition);
        consumer.pause(List.of(partition));
        unplaced.add(partition);
    }

    // Where they are read from.

    boolean areAllPlaced() {
        return unplaced.isEmpty();
    }

    /// Finds out where to read on in those that are not placed. They are this member's if Kafka accepts a commit for
    /// them.
    Map<TopicPartition, Assignment> find(Duration answer) {
        Map<TopicPartition, Assignment> found = places.find(consumer, unplaced, lapsed, outOfRange, answer);
        found.forEach((partition, assignment) -> {
            Long from = outOfRange.get(partition);
            if (from != null) {
                assignment.noteLoss(group, from, assignment.readFrom(), Position.at(from), subscription::signal);
            }
        });
        return found;
    }

    /// Begins with what was found.
    void begin(Map<TopicPartition, Assignment> found) {
        found.forEach((partition, assignment) -> {
            consumer.seek(partition, assignment.readFrom());
            placed.put(partition, assignment);
            subscription.gain(assignment);
        });
        consumer.resume(found.keySet());
        unplaced.clear();
        lapsed.clear();
        outOfRange.clear();
    }

    /// Kafka has none of what comes next in a partition. If that was only to be remembered, nothing is lost.
    void foundNothing(TopicPartition partition, long offset) {
        Assignment assignment = placed.get(partition);
        if (assignment != null && assignment.isPast(offset)) {
            unplace(partition);
        } else {
            outOfRange.put(partition, offset);
        }
    }

    /// Where records were deleted before they were fetched, goes on behind them: those that were fetched before are
    /// still delivered. A partition that was cut off begins anew.
    void passGaps(Duration answer) {
        Set<TopicPartition> gaps = new HashSet<>(outOfRange.keySet());
        gaps.removeAll(unplaced);
        if (gaps.isEmpty()) {
            return;
        }
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(gaps, answer);
        for (TopicPartition partition : gaps) {
            long from = Objects.requireNonNull(outOfRange.get(partition));
            long beginning = beginnings.getOrDefault(partition, 0L);
            Assignment assignment = placed.get(partition);
            if (assignment == null || beginning <= from) {
                unplace(partition);
            } else {
                assignment.noteLoss(group, from, beginning, null, subscription::signal);
                consumer.seek(partition, beginning);
                outOfRange.remove(partition);
                subscription.signal();
            }
        }
    }

    // What is fetched of them, and committed.

    void pauseAndResume() {
        Set<TopicPartition> paused = consumer.paused();
        List<TopicPartition> toPause = new ArrayList<>();
        List<TopicPartition> toResume = new ArrayList<>();
        placed.forEach((partition, assignment) -> {
            if (paused.contains(partition)) {
                if (assignment.hasMuchRoom()) {
                    toResume.add(partition);
                }
            } else if (!assignment.hasRoom()) {
                toPause.add(partition);
            }
        });
        consumer.pause(toPause);
        consumer.resume(toResume);
    }

    void take(ConsumerRecords<byte[], byte[]> records) {
        if (records.nextOffsets().isEmpty()) {
            return;
        }
        records.nextOffsets().forEach((partition, next) -> {
            Assignment assignment = placed.get(partition);
            if (assignment != null) {
                assignment.fetched(records.records(partition), next.offset());
            }
        });
        subscription.signal();
    }

    /// These positions were committed.
    void note(Map<TopicPartition, OffsetAndMetadata> committed) {
        committed.forEach((partition, position) -> {
            Assignment assignment = placed.get(partition);
            if (assignment != null) {
                assignment.committed(position);
            }
        });
    }
}
