package ai.tradesense.kafka;

import ai.tradesense.bus.Limits;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// How the transport uses a Kafka. Values that cannot be are refused here.
///
/// @param servers `host:port`, several separated by commas; the cluster names the others
/// @param prefix what the names of all topics begin with: events of the domain `Trading` are in `PREFIX.Trading`
/// @param partitions how many partitions a topic has; fixed when it is made, since a subject's partition follows
/// from it
/// @param replication how many copies of an event there are; 0 leaves it to the cluster
/// @param retention how long events are kept
/// @param lease for how long a member that shows no life keeps its partitions (`session.timeout.ms`)
/// @param timeout how long publishing, and each other answer, may take at most
/// @param remembered how many events of a partition are remembered at least, to recognise one that is sent again
/// @param maxMessageBytes the largest event on the wire, in bytes, attributes included
/// @param instance what this process is called among those that share its groups; null if it has no name. One with
/// a name that is started again within the lease goes on with its partitions, and no other is disturbed
/// (`group.instance.id`). Whoever names processes sees to it that two of the same name never live at the same time
/// @param client further properties of Kafka's clients, for example `security.protocol` and `sasl.jaas.config`
public record KafkaSettings(
        String servers,
        String prefix,
        int partitions,
        int replication,
        Duration retention,
        Duration lease,
        Duration timeout,
        int remembered,
        int maxMessageBytes,
        @Nullable String instance,
        Map<String, String> client) {
    public static final String DEFAULT_PREFIX = "tradesense";
    public static final int DEFAULT_PARTITIONS = 8;
    public static final Duration DEFAULT_RETENTION = Duration.ofDays(7);
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(10);
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(20);
    public static final int DEFAULT_REMEMBERED = 1 << 16;
    public static final int DEFAULT_MAX_MESSAGE_BYTES = 1 << 20;

    /// The most partitions of a domain.
    public static final int MAX_PARTITIONS = 1_024;

    private static final Duration MIN_DURATION = Duration.ofMillis(100);
    private static final Duration MAX_DURATION = Duration.ofHours(1);
    private static final Duration MAX_RETENTION = Duration.ofDays(36_500);
    private static final int MAX_NAME = 100;
    private static final String NAME = "[A-Za-z0-9._-]{1," + MAX_NAME + "}";
    private static final String NAME_IN_WORDS = "1 to " + MAX_NAME + " letters, digits, dots, underscores or hyphens";
    private static final int MAX_REMEMBERED = 1 << 24;
    private static final int MIN_MESSAGE_BYTES = 2 * Limits.MAX_ATTRIBUTES_BYTES;
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    /// What the transport's promises hang on; it is not for others to set.
    private static final Set<String> OURS = Set.of(
            "acks",
            "auto.offset.reset",
            "bootstrap.servers",
            "client.id",
            "enable.auto.commit",
            "enable.idempotence",
            "group.id",
            "group.instance.id",
            "group.protocol",
            "isolation.level",
            "key.deserializer",
            "key.serializer",
            "max.in.flight.requests.per.connection",
            "partition.assignment.strategy",
            "retries",
            "transactional.id",
            "value.deserializer",
            "value.serializer");

    public KafkaSettings {
        if (servers.isBlank()) {
            throw new IllegalArgumentException("no server is named, expected for example localhost:9092");
        }
        if (!prefix.matches(NAME)) {
            throw new IllegalArgumentException("the prefix is '" + prefix + "', expected " + NAME_IN_WORDS);
        }
        require("number of partitions", partitions, 1, MAX_PARTITIONS);
        require("replication", replication, 0, Short.MAX_VALUE);
        require("retention", retention, MIN_DURATION, MAX_RETENTION);
        require("lease", lease, MIN_DURATION, MAX_DURATION);
        require("timeout", timeout, MIN_DURATION, MAX_DURATION);
        require("number of remembered events", remembered, 1, MAX_REMEMBERED);
        require("size of a message", maxMessageBytes, MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
        if (instance != null && !instance.matches(NAME)) {
            throw new IllegalArgumentException("the instance is '" + instance + "', expected " + NAME_IN_WORDS);
        }
        client = Map.copyOf(client);
        Set<String> refused = new TreeSet<>(client.keySet());
        refused.retainAll(OURS);
        if (!refused.isEmpty()) {
            throw new IllegalArgumentException(
                    "properties of Kafka's clients that the transport sets itself: " + refused);
        }
    }

    /// The defaults.
    public static KafkaSettings of(String servers) {
        return new KafkaSettings(
                servers,
                DEFAULT_PREFIX,
                DEFAULT_PARTITIONS,
                0,
                DEFAULT_RETENTION,
                DEFAULT_LEASE,
                DEFAULT_TIMEOUT,
                DEFAULT_REMEMBERED,
                DEFAULT_MAX_MESSAGE_BYTES,
                null,
                Map.of());
    }

    public KafkaSettings withPrefix(String prefix) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withPartitions(int partitions) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withReplication(int replication) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withRetention(Duration retention) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withLease(Duration lease) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withTimeout(Duration timeout) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withRemembered(int remembered) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withMaxMessageBytes(int maxMessageBytes) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withInstance(String instance) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    public KafkaSettings withClient(Map<String, String> client) {
        return new KafkaSettings(
                servers,
                prefix,
                partitions,
                replication,
                retention,
                lease,
                timeout,
                remembered,
                maxMessageBytes,
                instance,
                client);
    }

    private static void require(String what, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + value + ", expected " + lowest + " to " + highest);
        }
    }

    private static void require(String what, Duration value, Duration lowest, Duration highest) {
        if (value.compareTo(lowest) < 0 || value.compareTo(highest) > 0) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + value + ", expected " + lowest + " to " + highest);
        }
    }

    /// Without what may be secret.
    @Override
    public String toString() {
        return "Kafka at " + servers + ", prefix " + prefix + ", " + partitions + " partitions, replication "
                + replication + ", retention " + retention + ", lease " + lease + ", timeout " + timeout + ", "
                + remembered + " remembered, messages of " + maxMessageBytes + " bytes"
                + (instance == null ? "" : ", instance " + instance) + ", client properties "
                + new TreeSet<>(client.keySet());
    }
}
