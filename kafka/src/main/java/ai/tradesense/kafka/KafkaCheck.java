package ai.tradesense.kafka;

import ai.tradesense.kafka.KafkaTransportException.Reason;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTransactionsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;

/// Looks whether a Kafka can be used as the settings say: that it answers, that the topics that are there are as
/// they should be, and that the user may read and write them.
final class KafkaCheck {
    private static final Set<AclOperation> NEEDED =
            EnumSet.of(AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS, AclOperation.READ, AclOperation.WRITE);

    private static final int MAX_MILLIS_FOR_TRANSACTIONS = 5_000; // of a broker that cannot make its topic for them

    private final KafkaSettings settings;
    private final Partitioning partitioning;

    KafkaCheck(KafkaSettings settings) {
        this.settings = settings;
        this.partitioning = new Partitioning(settings.prefix(), settings.partitions());
    }

    /// What is there, in words.
    ///
    /// @throws KafkaTransportException saying what is wrong
    String look() {
        Admin admin;
        try {
            admin = Admin.create(new ClientProperties(settings).admin());
        } catch (KafkaException refused) {
            throw KafkaTransport.unusable(refused);
        }
        try {
            return look(admin, new Topics(admin, settings, partitioning));
        } finally {
            admin.close(Duration.ZERO);
        }
    }

    private String look(Admin admin, Topics topics) {
        int brokers = topics.await(admin.describeCluster().nodes()).size();
        Set<String> domains = topics.domains();
        topics.check(domains);
        List<String> names = domains.stream().map(partitioning::topicOf).toList();
        topics.await(admin.describeTopics(names, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                        .allTopicNames())
                .values()
                .forEach(this::requireRights);
        return "Kafka at " + settings.servers() + ", " + (brokers == 1 ? "1 broker" : brokers + " brokers") + ", "
                + (domains.isEmpty()
                        ? "no topic of " + settings.prefix() + " yet"
                        : "topics " + String.join(", ", names))
                + transactions(admin, topics);
    }

    /// Transactional workers need one right more. Others do without, so that it is missing is said and is no trouble.
    /// What is asked for is to see an id, which whoever may write it may do, too.
    private String transactions(Admin admin, Topics topics) {
        String id = partitioning.groupId("doctor"); // of a transaction that there is not
        DescribeTransactionsOptions options = new DescribeTransactionsOptions().timeoutMs(MAX_MILLIS_FOR_TRANSACTIONS);
        try {
            var _ = topics.await(
                    admin.describeTransactions(List.of(id), options).description(id));
            return "";
        } catch (KafkaTransportException answer) {
            return switch (answer.getCause()) {
                case TransactionalIdNotFoundException _ -> "";
                case TransactionalIdAuthorizationException _ ->
                    "; no right to [WRITE] the transactional ids that begin with " + partitioning.groupId("")
                            + ", so no worker can be transactional";
                case null, default -> "; transactions cannot be used: " + answer.getMessage();
            };
        }
    }

    private void requireRights(TopicDescription topic) {
        Set<AclOperation> missing = EnumSet.copyOf(NEEDED);
        missing.removeAll(topic.authorizedOperations());
        if (!missing.isEmpty()) {
            throw new KafkaTransportException(
                    Reason.NOT_PERMITTED,
                    settings.servers() + ": the user has no right to " + missing + " the topic " + topic.name(),
                    null);
        }
    }
}
