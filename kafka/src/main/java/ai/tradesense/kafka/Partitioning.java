package ai.tradesense.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.transport.Partition;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;

/// Which partition a subject is of: the one in which Kafka's own clients for Java put a key, so that whoever
/// publishes with the subject as the key of the record puts it where it belongs. What this says may never change:
/// it is where events are.
final class Partitioning {
    private final String topicPrefix;
    private final int partitions;
    private final Map<String, Domain> domains = new ConcurrentHashMap<>();

    /// The partitions of a domain, by number, here and in Kafka.
    private record Domain(Partition[] partitions, TopicPartition[] inKafka) {}

    Partitioning(String prefix, int partitions) {
        this.topicPrefix = prefix + ".";
        this.partitions = partitions;
    }

    Partition of(String domain, String subject) {
        return of(domain, subject.getBytes(UTF_8));
    }

    Partition of(String domain, byte[] key) {
        return ofDomain(domain)[Utils.toPositive(Utils.murmur2(key)) % partitions];
    }

    /// All of a domain, by number.
    Partition[] ofDomain(String domain) {
        return domain(domain).partitions;
    }

    private Domain domain(String name) {
        Domain known = domains.get(name);
        return known != null ? known : domains.computeIfAbsent(name, this::make);
    }

    private Domain make(String name) {
        Domain made = new Domain(new Partition[partitions], new TopicPartition[partitions]);
        for (int number = 0; number < partitions; number++) {
            made.partitions[number] = new Partition(name, number);
            made.inKafka[number] = new TopicPartition(topicOf(name), number);
        }
        return made;
    }

    String topicOf(String domain) {
        return topicPrefix + domain;
    }

    /// The id of a group in Kafka.
    String groupId(String group) {
        return topicPrefix + group;
    }

    String domainOf(String topic) {
        return topic.substring(topicPrefix.length());
    }

    /// Whether a topic is named as those of a domain are.
    boolean isOurs(String topic) {
        return topic.startsWith(topicPrefix) && domainOf(topic).matches("[A-Z][A-Za-z0-9]*");
    }

    TopicPartition topicPartition(Partition partition) {
        return partition.number() < partitions
                ? domain(partition.topic()).inKafka[partition.number()]
                : new TopicPartition(topicOf(partition.topic()), partition.number());
    }

    /// One more than there should be is one of its own.
    Partition partition(TopicPartition topicPartition) {
        String domain = domainOf(topicPartition.topic());
        return topicPartition.partition() < partitions
                ? ofDomain(domain)[topicPartition.partition()]
                : new Partition(domain, topicPartition.partition());
    }
}
