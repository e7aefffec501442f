package ai.tradesense.kafka;

import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What Kafka knows of groups: where they are, and how much is left for them. Blocks while Kafka answers. Safe for use
/// by several threads.
final class Groups {
    private static final Logger LOG = LoggerFactory.getLogger(Groups.class);

    private final Admin admin;
    private final Topics topics;
    private final Partitioning partitioning;
    private final Function<GroupMembership, Collection<String>> domainsOf;

    Groups(
            Admin admin,
            Topics topics,
            Partitioning partitioning,
            Function<GroupMembership, Collection<String>> domainsOf) {
        this.admin = admin;
        this.topics = topics;
        this.partitioning = partitioning;
        this.domainsOf = domainsOf;
    }

    /// Makes a group that begins at the end known where there are events that it wants, so that what is sent from now
    /// on is its own. A domain that comes later begins at its beginning.
    ///
    /// @return where it begins in partitions of which it knows nothing; in those left out, at the beginning
    Map<TopicPartition, Long> prepare(GroupMembership membership) {
        if (membership.startFrom() == StartFrom.BEGINNING) {
            return Map.of();
        }
        Map<TopicPartition, OffsetAndMetadata> committed = committed(membership.group());
        if (membership.domains().isEmpty() && !committed.isEmpty()) {
            return Map.of();
        }
        Map<TopicPartition, Partition> unknown = partitionsOf(membership);
        unknown.keySet().removeAll(committed.keySet());
        Map<TopicPartition, Long> ends = ends(unknown.keySet());
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        ends.forEach((partition, end) -> offsets.put(partition, new OffsetAndMetadata(end)));
        if (!offsets.isEmpty()) {
            try {
                topics.await(admin.alterConsumerGroupOffsets(partitioning.groupId(membership.group()), offsets)
                        .all());
            } catch (KafkaTransportException hasMembers) {
                LOG.debug("{} has members; its positions are theirs", membership.group(), hasMembers);
            }
        }
        return ends;
    }

    private Map<TopicPartition, Partition> partitionsOf(GroupMembership membership) {
        Map<TopicPartition, Partition> partitions = new LinkedHashMap<>();
        for (String domain : domainsOf.apply(membership)) {
            for (Partition partition : partitioning.ofDomain(domain)) {
                partitions.put(partitioning.topicPartition(partition), partition);
            }
        }
        return partitions;
    }

    private Map<TopicPartition, OffsetAndMetadata> committed(String ofGroup) {
        String group = partitioning.groupId(ofGroup);
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        try {
            topics.await(admin.listConsumerGroupOffsets(Map.of(group, new ListConsumerGroupOffsetsSpec()))
                            .partitionsToOffsetAndMetadata(group))
                    .forEach((partition, offset) -> {
                        if (offset != null) {
                            committed.put(partition, offset);
                        }
                    });
        } catch (KafkaTransportException failure) {
            if (!(failure.getCause() instanceof GroupIdNotFoundException)) {
                throw failure;
            }
        }
        return committed;
    }

    private Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetSpec.latest());
    }

    private Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, which));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        if (!asked.isEmpty()) {
            topics.await(admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                            .all())
                    .forEach((partition, found) -> offsets.put(partition, found.offset()));
        }
        return offsets;
    }

    /// How many records of a group's domains are not done with. Records that are no events (of transactions, fences)
    /// count until they are fetched.
    ///
    /// @param owned what the one who asks has, and knows better than Kafka
    long lag(GroupMembership membership, Function<Partition, Assignment> owned) {
        Map<TopicPartition, Partition> partitions = partitionsOf(membership);
        Map<TopicPartition, Long> ends = ends(partitions.keySet());
        Map<TopicPartition, Long> others = new HashMap<>();
        long lag = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            Assignment own = owned.apply(partitions.get(end.getKey()));
            if (own != null) {
                lag += own.lag(end.getValue());
            } else {
                others.put(end.getKey(), end.getValue());
            }
        }
        return others.isEmpty() ? lag : lag + lagOfOthers(membership.group(), others);
    }

    private long lagOfOthers(String group, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, OffsetAndMetadata> committed = committed(group);
        Map<TopicPartition, Long> starts = offsets(ends.keySet(), OffsetSpec.earliest());
        long lag = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            OffsetAndMetadata position = committed.get(end.getKey());
            long first = starts.getOrDefault(end.getKey(), 0L);
            long left = end.getValue() - (position == null ? first : Math.max(first, position.offset()));
            lag += Math.max(
                    0,
                    position == null
                            ? left
                            : left - DoneOffsets.read(position.metadata()).cardinality());
        }
        return lag;
    }
}
