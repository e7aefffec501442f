package ai.tradesense.kafka;

import ai.tradesense.kafka.KafkaTransportException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The topics of the domains: which there are, that they are as the settings say, and made when one is missing.
/// Blocks while Kafka answers. Safe for use by several threads.
final class Topics {
    private static final String FOREVER = "-1";
    private static final int SAFE_COPIES = 2;
    private static final int COPIES_OF_WHICH_ONE_MAY_GO = SAFE_COPIES + 1;
    private static final Logger LOG = LoggerFactory.getLogger(Topics.class);

    private final Admin admin;
    private final KafkaSettings settings;
    private final Partitioning partitioning;
    private final Set<String> suitable = ConcurrentHashMap.newKeySet(); // domains

    Topics(Admin admin, KafkaSettings settings, Partitioning partitioning) {
        this.admin = admin;
        this.settings = settings;
        this.partitioning = partitioning;
    }

    /// What Kafka answers.
    ///
    /// @throws KafkaTransportException if it is a refusal, or none in time
    <T> T await(KafkaFuture<T> answer) {
        try {
            return answer.get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failure) {
            throw KafkaTransportException.of(Objects.requireNonNull(failure.getCause()), settings.servers());
        } catch (TimeoutException silent) {
            throw new KafkaTransportException(
                    Reason.NO_ANSWER, "no answer from " + settings.servers() + " within " + settings.timeout(), silent);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new KafkaTransportException(
                    Reason.NO_ANSWER, "interrupted while waiting for " + settings.servers(), interrupted);
        }
    }

    /// The domains that have a topic.
    Set<String> domains() {
        Set<String> found = new TreeSet<>();
        for (String topic : await(admin.listTopics().names())) {
            if (partitioning.isOurs(topic)) {
                found.add(partitioning.domainOf(topic));
            }
        }
        return found;
    }

    boolean isKnown(String domain) {
        return suitable.contains(domain);
    }

    /// Topics that are not there any more are made anew when they are needed.
    ///
    /// @param found the domains that have one
    void forgetAllBut(Set<String> found) {
        suitable.retainAll(found);
    }

    /// Sees to it that there is a topic for a domain.
    ///
    /// @throws KafkaTransportException if there is one, and it is not as it should be
    void require(String domain) {
        try {
            await(admin.createTopics(List.of(newTopic(domain))).all());
        } catch (KafkaTransportException failure) {
            if (!(failure.getCause() instanceof TopicExistsException)) {
                throw failure;
            }
        }
        check(List.of(domain));
    }

    private NewTopic newTopic(String domain) {
        Optional<Short> replication =
                settings.replication() == 0 ? Optional.empty() : Optional.of((short) settings.replication());
        Map<String, String> config = new HashMap<>(Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_DELETE,
                TopicConfig.RETENTION_MS_CONFIG,
                Long.toString(settings.retention().toMillis()),
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                Integer.toString(settings.maxMessageBytes())));
        if (settings.replication() >= COPIES_OF_WHICH_ONE_MAY_GO) {
            config.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(SAFE_COPIES));
        }
        return new NewTopic(partitioning.topicOf(domain), Optional.of(settings.partitions()), replication)
                .configs(config);
    }

    /// Compares topics with the settings.
    ///
    /// @throws KafkaTransportException naming the first that is not as it should be
    void check(Collection<String> domains) {
        List<String> names = domains.stream().map(partitioning::topicOf).toList();
        if (names.isEmpty()) {
            return;
        }
        Map<String, TopicDescription> descriptions = describe(names);
        List<ConfigResource> resources = new ArrayList<>();
        names.forEach(name -> resources.add(new ConfigResource(ConfigResource.Type.TOPIC, name)));
        Map<ConfigResource, Config> configs =
                await(admin.describeConfigs(resources).all());
        for (String name : names) {
            check(name, Objects.requireNonNull(descriptions.get(name)));
            Config config = Objects.requireNonNull(configs.get(new ConfigResource(ConfigResource.Type.TOPIC, name)));
            check(name, config);
            warn(name, copiesOf(Objects.requireNonNull(descriptions.get(name))), config);
        }
        suitable.addAll(domains);
    }

    /// A topic that was made just now is not known to every broker yet.
    private Map<String, TopicDescription> describe(List<String> names) {
        long until = System.nanoTime() + settings.timeout().toNanos();
        while (true) {
            try {
                return await(admin.describeTopics(names).allTopicNames());
            } catch (KafkaTransportException failure) {
                if (!(failure.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > until) {
                    throw failure;
                }
                Thread.onSpinWait();
            }
        }
    }

    private void check(String topic, TopicDescription found) {
        require(topic, "partitions", settings.partitions(), found.partitions().size());
        if (settings.replication() > 0) {
            require(topic, "copies of each event", settings.replication(), copiesOf(found));
        }
    }

    private static int copiesOf(TopicDescription topic) {
        return topic.partitions().getFirst().replicas().size();
    }

    /// Copies do not help while the others are out of sync, if one alone may acknowledge.
    private static void warn(String topic, int copies, Config config) {
        int safe = Integer.parseInt(valueOf(config, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG));
        if (copies >= COPIES_OF_WHICH_ONE_MAY_GO && safe < SAFE_COPIES) {
            LOG.warn(
                    "the topic {} has {} copies and min.insync.replicas={}: an event may be acknowledged that is in one"
                            + " place only; set it to {}",
                    topic,
                    copies,
                    safe,
                    SAFE_COPIES);
        }
    }

    private void check(String topic, Config found) {
        String policy = valueOf(found, TopicConfig.CLEANUP_POLICY_CONFIG);
        if (!policy.equals(TopicConfig.CLEANUP_POLICY_DELETE)) {
            throw unsuitable("the topic " + topic + " has cleanup.policy=" + policy
                    + ", which keeps the latest event of a subject and forgets the others; expected delete");
        }
        if (valueOf(found, TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG).equals("true")) {
            throw unsuitable("the topic " + topic + " has unclean.leader.election.enable=true, so that a broker that"
                    + " missed events may take over; expected false");
        }
        String retention = valueOf(found, TopicConfig.RETENTION_MS_CONFIG);
        if (!retention.equals(FOREVER)
                && Long.parseLong(retention) != settings.retention().toMillis()) {
            throw unsuitable("the topic " + topic + " keeps events for "
                    + Duration.ofMillis(Long.parseLong(retention)) + ", expected "
                    + settings.retention() + ": change its retention.ms, or the retention of the settings");
        }
        int largest = Integer.parseInt(valueOf(found, TopicConfig.MAX_MESSAGE_BYTES_CONFIG));
        if (largest < settings.maxMessageBytes()) {
            throw unsuitable("the topic " + topic + " takes messages of " + largest + " bytes, expected "
                    + settings.maxMessageBytes() + ": change its max.message.bytes, or the settings");
        }
    }

    private static String valueOf(Config config, String name) {
        return config.get(name).value();
    }

    private static void require(String topic, String what, int expected, int found) {
        if (found != expected) {
            throw unsuitable("the topic " + topic + " has " + found + " " + what + ", expected " + expected);
        }
    }

    private static KafkaTransportException unsuitable(String text) {
        return new KafkaTransportException(Reason.UNSUITABLE, text, null);
    }
}
