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
    private final Map<String, Partition[]> ofDomain = new ConcurrentHashMap<>();
    private final Map<Partition, TopicPartition> places = new ConcurrentHashMap<>();

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
        Partition[] known = ofDomain.get(domain);
        return known != null ? known : ofDomain.computeIfAbsent(domain, this::make);
    }

    private Partition[] make(String domain) {
        Partition[] made = new Partition[partitions];
        for (int number = 0; number < partitions; number++) {
            made[number] = new Partition(domain, number);
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
        TopicPartition known = places.get(partition);
        return known != null
                ? known
                : places.computeIfAbsent(partition, each -> new TopicPartition(topicOf(each.topic()), each.number()));
    }

    /// One more than there should be is one of its own.
    Partition partition(TopicPartition topicPartition) {
        String domain = domainOf(topicPartition.topic());
        return topicPartition.partition() < partitions
                ? ofDomain(domain)[topicPartition.partition()]
                : new Partition(domain, topicPartition.partition());
    }
}
