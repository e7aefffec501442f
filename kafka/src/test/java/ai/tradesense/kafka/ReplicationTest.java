package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.testkit.services.KafkaCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Three brokers, each event on all of them and acknowledged by at least two: what happens when some are killed.
class ReplicationTest {
    private static final int EVENTS = 3_000;
    private static final int SUBJECTS = 30;

    private static KafkaCluster cluster;

    private final String prefix = "copies-" + UUID.randomUUID();
    private final String topic = prefix + ".Trading";

    @BeforeAll
    static void start() {
        cluster = KafkaCluster.started(3, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private KafkaSettings settings() {
        return KafkaSettings.of(cluster.servers())
                .withPrefix(prefix)
                .withPartitions(2)
                .withReplication(3)
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(8));
    }

    private static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", cluster.servers()));
    }

    private TopicDescription description(Admin admin) throws Exception {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    }

    private int leader(Admin admin) throws Exception {
        Node leader = description(admin).partitions().getFirst().leader();
        return leader == null ? Node.noNode().id() : leader.id();
    }

    private static List<DomainEvent> events(String name, int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> Reader.event(name + number, "account-" + number % SUBJECTS))
                .toList();
    }

    /// As an application does: what failed is sent again.
    private static void sendUntilStored(KafkaTransport transport, List<DomainEvent> events) {
        await("stored").atMost(Duration.ofSeconds(60)).until(() -> {
            try {
                return transport.send(events).size() == events.size();
            } catch (KafkaTransportException again) {
                return false;
            }
        });
    }

    /// What another group finds: one that reads on while brokers come and go gets again what it has not settled.
    private static void assertStoredOnceAndInOrder(KafkaTransport transport, List<DomainEvent> sent) {
        try (Reader another = new Reader(transport, "another")) {
            another.until("all events", () -> another.ids().size() >= sent.size());
            assertEachOnceAndInOrder(another, sent);
        }
    }

    private static void assertEachOnceAndInOrder(Reader reader, List<DomainEvent> sent) {
        assertThat(reader.ids())
                .containsExactlyInAnyOrderElementsOf(
                        sent.stream().map(DomainEvent::id).toList());
        for (int number = 0; number < SUBJECTS; number++) {
            String subject = "account-" + number;
            assertThat(idsOf(reader.events(), subject)).containsExactlyElementsOf(idsOf(sent, subject));
        }
    }

    private static List<String> idsOf(List<DomainEvent> events, String subject) {
        return events.stream()
                .filter(event -> event.subject().equals(subject))
                .map(DomainEvent::id)
                .toList();
    }

    @Test
    void a_topic_that_is_made_with_three_copies_is_acknowledged_by_two() throws Exception {
        try (KafkaTransport transport = KafkaTransport.open(settings());
                Admin admin = admin()) {
            sendUntilStored(transport, events("event", 1));

            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            assertThat(admin.describeConfigs(List.of(resource))
                            .all()
                            .get()
                            .get(resource)
                            .get("min.insync.replicas")
                            .value())
                    .isEqualTo("2");
            assertThat(description(admin).partitions())
                    .allMatch(each -> each.replicas().size() == 3);
            assertThat(KafkaTransport.check(settings())).contains("3 brokers, topics " + topic);
        }
    }

    @Test
    void when_the_leader_of_a_partition_is_killed_nothing_is_lost_doubled_or_out_of_order() throws Exception {
        List<DomainEvent> sent = events("event", EVENTS);
        try (KafkaTransport transport = KafkaTransport.open(settings());
                Reader reader = new Reader(transport, "readers");
                Admin admin = admin()) {
            sendUntilStored(transport, sent.subList(0, 100));
            reader.untilHas("event99").settleAll();
            int before = leader(admin);
            KafkaBroker leader = cluster.broker(before);

            Thread publisher = Thread.ofVirtual().start(() -> {
                for (int from = 100; from < EVENTS; from += 50) {
                    sendUntilStored(transport, sent.subList(from, from + 50));
                    if (from == 1_000) {
                        leader.kill();
                    }
                }
            });
            reader.until("all events", () -> Set.copyOf(reader.ids()).size() == EVENTS);
            publisher.join();

            assertThat(leader(admin)).as("another leads").isNotEqualTo(before);
            assertStoredOnceAndInOrder(transport, sent);
            reader.untilDone();
            leader.start();
            await("all copies in sync")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> description(admin).partitions().stream()
                            .allMatch(each -> each.isr().size() == 3));
        }
    }

    @Test
    void with_two_of_three_brokers_gone_a_publish_fails_and_is_stored_once_when_they_are_back() throws Exception {
        List<DomainEvent> sent = new ArrayList<>(events("before", 100));
        try (KafkaTransport transport = KafkaTransport.open(settings().withTimeout(Duration.ofSeconds(4)));
                Reader reader = new Reader(transport, "readers");
                Admin admin = admin()) {
            sendUntilStored(transport, sent);
            reader.untilHas("before99").settleAll();
            List<KafkaBroker> others = cluster.others(cluster.broker(leader(admin)));
            others.forEach(KafkaBroker::kill);

            List<DomainEvent> doubtful = events("doubtful", 100);
            assertThatThrownBy(() -> transport.send(doubtful)).isInstanceOf(KafkaTransportException.class);
            assertThat(transport.health().available()).isFalse();

            cluster.start(others);
            sendUntilStored(transport, doubtful);
            sent.addAll(doubtful);
            assertStoredOnceAndInOrder(transport, sent);
            reader.untilDone();
        }
    }
}
