package ai.tradesense.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Commits how far a member is: when something is done with, so often that its partitions stay its own, and before
/// they go. In a transactional group what handlers have moved is committed with what they published, and in no other
/// way. For use by the member's thread.
final class Committer {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

    private final String group;
    private final Consumer<byte[], byte[]> consumer;
    private final OwnPartitions partitions;
    private final CommitState state;
    private final @Nullable Transactions transactions;

    /// @param transactions in which positions are committed; null if they are by themselves
    Committer(
            String group,
            Consumer<byte[], byte[]> consumer,
            OwnPartitions partitions,
            CommitState state,
            @Nullable Transactions transactions) {
        this.group = group;
        this.consumer = consumer;
        this.partitions = partitions;
        this.state = state;
        this.transactions = transactions;
    }

    /// Moves positions by what was settled, where that is not done at once.
    void apply() {
        if (transactions != null) {
            transactions.apply();
        }
    }

    /// Commits where partitions begin that are new here; if Kafka accepts it they are this member's.
    void claim(Map<TopicPartition, Assignment> found, Duration answer) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        found.forEach((partition, assignment) ->
                offsets.put(partition, assignment.position().committable()));
        long sentAt = System.nanoTime();
        consumer.commitSync(offsets, answer);
        state.accepted(sentAt);
    }

    /// Commits what is to be committed by now.
    void commit() {
        long now = System.nanoTime();
        boolean prove = state.mustProve(now);
        if (partitions.hasNone() || !(prove || state.isDue(now))) {
            return;
        }
        state.begin(now);
        if (!commitInTransaction()) {
            state.refused();
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = Assignment.uncommitted(partitions.assignments());
        if (offsets.isEmpty()) {
            if (!prove) {
                state.nothing();
                return;
            }
            Assignment any = partitions.assignments().iterator().next();
            offsets.put(any.topicPartition(), any.position().committable());
        }
        state.sent();
        consumer.commitAsync(offsets, (committed, refusal) -> {
            if (refusal == null) {
                state.accepted(now);
                partitions.note(committed);
            } else {
                state.refused();
                LOG.debug("{} could not commit {}", group, committed, refusal);
            }
        });
    }

    /// Commits what is done with in partitions that go. Blocks until it is done.
    ///
    /// @return false if it is worth another try
    /// @throws KafkaException if it is not known what became of a transaction
    boolean commitLast(Collection<Assignment> assignments, Duration answer) {
        if (!commitInTransaction()) {
            return false;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = Assignment.uncommitted(assignments);
        if (offsets.isEmpty()) {
            return true;
        }
        try {
            consumer.commitSync(offsets, answer);
            return true;
        } catch (WakeupException | RebalanceInProgressException again) {
            return false;
        } catch (KafkaException refused) {
            LOG.warn("{} could not commit {}; what was done comes again", group, assignments, refused);
            return true;
        }
    }

    /// In a transactional group, positions that handlers have moved are committed so. Blocks until it is done.
    ///
    /// @return false if it was refused as a whole
    private boolean commitInTransaction() {
        if (transactions == null) {
            return true;
        }
        transactions.apply();
        Map<TopicPartition, OffsetAndMetadata> positions = Assignment.uncommitted(partitions.assignments());
        if (positions.isEmpty()) {
            return true;
        }
        if (!transactions.commit(positions, partitions.assignments(), consumer.groupMetadata())) {
            return false;
        }
        partitions.note(positions);
        return true;
    }
}
