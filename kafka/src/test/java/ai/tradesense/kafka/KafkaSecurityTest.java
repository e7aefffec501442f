package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.testkit.services.TestCertificate;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A broker that speaks TLS alone, asks for a password (SASL, `SCRAM-SHA-256`), and permits what its access control
/// lists permit. The rights are those that docs/kafka.md names.
class KafkaSecurityTest {
    private static final String PASSWORD = "of-the-trader";
    private static final Right CREATE = new Right(ResourceType.TOPIC, AclOperation.CREATE);
    private static final Right DESCRIBE_CONFIGS = new Right(ResourceType.TOPIC, AclOperation.DESCRIBE_CONFIGS);
    private static final Right READ = new Right(ResourceType.TOPIC, AclOperation.READ);
    private static final Right WRITE = new Right(ResourceType.TOPIC, AclOperation.WRITE);
    private static final Right READ_GROUP = new Right(ResourceType.GROUP, AclOperation.READ);
    private static final Right WRITE_TRANSACTIONS = new Right(ResourceType.TRANSACTIONAL_ID, AclOperation.WRITE);
    private static final List<Right> ALL = List.of(CREATE, DESCRIBE_CONFIGS, READ, WRITE, READ_GROUP);

    @TempDir
    private static Path folder;

    private static TestCertificate certificate;
    private static KafkaBroker kafka;
    private static Admin admin;

    private final String user = "trader-" + UUID.randomUUID();
    private final String prefix = "desk-" + UUID.randomUUID();

    /// What a user may do with all topics or groups whose name begins with the prefix.
    private record Right(ResourceType type, AclOperation operation) {
        private AclBinding of(String user, String prefix) {
            return new AclBinding(
                    new ResourcePattern(type, prefix, PatternType.PREFIXED),
                    new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW));
        }
    }

    @BeforeAll
    static void start() {
        certificate = TestCertificate.in(folder, "ip:127.0.0.1");
        kafka = KafkaBroker.secured(certificate);
        admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        kafka.close();
    }

    private void makeUserWith(List<Right> rights) throws Exception {
        admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                        user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4_096), PASSWORD)))
                .all()
                .get();
        permit(rights);
    }

    private void permit(List<Right> rights) throws Exception {
        admin.createAcls(rights.stream().map(right -> right.of(user, prefix)).toList())
                .all()
                .get();
    }

    private void withdraw(Right right) throws Exception {
        admin.deleteAcls(List.of(right.of(user, prefix).toFilter())).all().get();
    }

    private KafkaSettings settings() {
        return settings(kafka.secureServers(), PASSWORD, certificate.trustStore());
    }

    private KafkaSettings settings(String servers, String password, Path trustStore) {
        Map<String, String> client = new HashMap<>();
        client.put("security.protocol", "SASL_SSL");
        client.put("sasl.mechanism", "SCRAM-SHA-256");
        client.put(
                "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\""
                        + password + "\";");
        client.put("ssl.truststore.type", "PKCS12");
        client.put("ssl.truststore.location", trustStore.toString());
        client.put("ssl.truststore.password", TestCertificate.PASSWORD);
        return KafkaSettings.of(servers)
                .withPrefix(prefix)
                .withPartitions(2)
                .withTimeout(Duration.ofSeconds(10))
                .withClient(client);
    }

    /// All that a service does.
    private static void publishAndProcess(KafkaSettings settings) {
        try (KafkaTransport transport = KafkaTransport.open(settings)) {
            transport.send(Reader.events("event", 10));
            try (Reader reader = new Reader(transport, "readers")) {
                reader.untilHas("event9").settleAll();
                await().until(() -> reader.subscription().lag() == 0);
            }
        }
    }

    @Test
    void a_user_with_the_documented_rights_publishes_and_processes_over_tls() throws Exception {
        makeUserWith(ALL);

        publishAndProcess(settings());

        assertThat(KafkaTransport.check(settings()))
                .isEqualTo("Kafka at " + kafka.secureServers() + ", 1 broker, topics " + prefix
                        + ".Trading; no right to [WRITE] the transactional ids that begin with " + prefix
                        + "., so no worker can be transactional");
    }

    @Test
    void a_transactional_worker_needs_the_documented_right_on_transactional_ids_and_is_refused_without()
            throws Exception {
        makeUserWith(ALL);
        Set<String> results = ConcurrentHashMap.newKeySet();
        try (KafkaTransport transport = KafkaTransport.open(settings());
                TradeSense platform = TradeSense.builder()
                        .transport(transport)
                        .parking(new MemoryParkingStore())
                        .build()) {
            platform.register(Worker.named("readers")
                    .on("Risk.*", (event, context) -> results.add(event.id()))
                    .build());
            assertThatThrownBy(() -> platform.register(scorer()))
                    .satisfies(failure -> assertRefused(
                            failure, "no right to [WRITE] the transactional id " + prefix + ".scorer_group."));

            permit(List.of(WRITE_TRANSACTIONS));
            await("rights").ignoreException(KafkaTransportException.class).until(() -> {
                platform.register(scorer());
                return true;
            });
            transport.send(Reader.events("event", 10));

            await("results").until(() -> results.size() == 10);
            assertThat(KafkaTransport.check(settings())).endsWith("topics " + prefix + ".Risk, " + prefix + ".Trading");
        }
    }

    /// Says of each event that it has seen it.
    private static EventWorker scorer() {
        return Worker.named("scorer")
                .on(
                        "Trading.*",
                        (event, context) ->
                                context.publish(DomainEvent.builder(EventType.parse("Risk.Score.Updated.v1"))
                                        .id("of-" + event.id())
                                        .source(URI.create("/scorer"))
                                        .subject(event.subject())
                                        .time(event.time())
                                        .data(Payload.NONE)
                                        .build()))
                .transactional()
                .build();
    }

    @Test
    void a_user_that_may_not_make_topics_uses_those_that_somebody_else_has_made() throws Exception {
        try (KafkaTransport somebody = KafkaTransport.open(
                KafkaSettings.of(kafka.servers()).withPrefix(prefix).withPartitions(2))) {
            somebody.send(Reader.events("first", 1));
        }
        makeUserWith(without(CREATE));

        publishAndProcess(settings());
    }

    @Test
    void without_the_right_to_write_a_publish_is_refused_until_the_right_is_there() throws Exception {
        makeUserWith(without(WRITE));
        try (KafkaTransport transport = KafkaTransport.open(settings())) {
            assertThatThrownBy(() -> transport.send(Reader.events("event", 1)))
                    .satisfies(failure -> assertRefused(failure, "no topic at all"));
            assertThatThrownBy(() -> KafkaTransport.check(settings()))
                    .satisfies(failure -> assertRefused(failure, "no right to [WRITE] the topic " + prefix));

            permit(List.of(WRITE));
            await("rights").until(() -> !isRefused(transport));
        }
    }

    @Test
    void without_the_right_to_see_how_topics_are_nothing_is_opened() throws Exception {
        try (KafkaTransport somebody = KafkaTransport.open(
                KafkaSettings.of(kafka.servers()).withPrefix(prefix).withPartitions(2))) {
            somebody.send(Reader.events("first", 1));
        }
        makeUserWith(without(DESCRIBE_CONFIGS));
        assertThatThrownBy(() -> KafkaTransport.open(settings()).close())
                .satisfies(failure -> assertRefused(failure, "uthorization"));
    }

    @Test
    void without_the_right_to_make_a_topic_a_first_event_is_refused() throws Exception {
        makeUserWith(without(CREATE));
        try (KafkaTransport transport = KafkaTransport.open(settings())) {
            assertThatThrownBy(() -> transport.send(Reader.events("event", 1)))
                    .satisfies(failure -> assertRefused(failure, "Authorization failed"));
        }
    }

    @Test
    void a_group_that_may_not_be_used_is_named() throws Exception {
        makeUserWith(without(READ_GROUP));
        List<Throwable> failures = new ArrayList<>();
        try (KafkaTransport transport = KafkaTransport.open(settings())) {
            transport.send(Reader.events("event", 1));
            try (Reader reader = new Reader(transport, "readers")) {
                await().pollInSameThread().until(() -> {
                    try {
                        reader.subscription().poll(10);
                    } catch (KafkaTransportException failure) {
                        failures.add(failure);
                    }
                    return !failures.isEmpty();
                });
            }
        }
        assertRefused(failures.getFirst(), prefix + ".readers");
    }

    private static List<Right> without(Right one) {
        return ALL.stream().filter(right -> !right.equals(one)).toList();
    }

    private static void assertRefused(Throwable failure, String words) {
        assertThat(failure)
                .isInstanceOfSatisfying(
                        KafkaTransportException.class,
                        refused -> assertThat(refused.reason())
                                .as(refused.getMessage())
                                .isEqualTo(Reason.NOT_PERMITTED));
        assertThat(failure).hasMessageContaining(words);
    }

    @Test
    void rights_that_are_withdrawn_while_it_runs_are_said_and_work_goes_on_when_they_are_back() throws Exception {
        makeUserWith(ALL);
        try (KafkaTransport transport = KafkaTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 10));
            reader.untilHas("before9").settleAll();

            withdraw(WRITE);
            await("a refusal").until(() -> isRefused(transport));
            assertThat(transport.health().detail()).contains(prefix + ".Trading");
            withdraw(READ);
            permit(List.of(WRITE));
            await("rights").until(() -> !isRefused(transport));
            permit(List.of(READ));

            transport.send(Reader.events("after", 10));
            reader.untilHas("after9");
            assertThat(reader.ids().stream().filter(id -> id.startsWith("after")))
                    .containsExactlyElementsOf(Reader.events("after", 10).stream()
                            .map(event -> event.id())
                            .toList());
            reader.untilDone();
            await().until(() -> transport.health().available());
        }
    }

    @Test
    void a_member_that_cannot_join_again_while_its_certificates_are_gone_does_when_they_are_back() throws Exception {
        makeUserWith(ALL);
        Path trustStore = Files.copy(certificate.trustStore(), folder.resolve("trust-" + user));
        try (KafkaTransport transport = KafkaTransport.open(
                        settings(kafka.secureServers(), PASSWORD, trustStore).withLease(Duration.ofSeconds(3)));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 1));
            reader.untilHas("before0").settleAll();

            Files.delete(trustStore);
            withdraw(READ_GROUP);
            await("a member that is not there")
                    .pollInSameThread()
                    .until(() ->
                            failureOf(reader).contains(trustStore.getFileName().toString()));
            Files.copy(certificate.trustStore(), trustStore);
            permit(List.of(READ_GROUP));

            transport.send(Reader.events("after", 1));
            reader.untilHas("after0").untilDone();
        }
    }

    private static String failureOf(Reader reader) {
        try {
            var _ = reader.subscription().poll(1);
            return "";
        } catch (KafkaTransportException failure) {
            return String.valueOf(failure.getMessage());
        }
    }

    private static boolean isRefused(KafkaTransport transport) {
        try {
            transport.send(Reader.events("probe", 1));
            return false;
        } catch (KafkaTransportException refused) {
            assertThat(refused.reason()).isEqualTo(Reason.NOT_PERMITTED);
            return true;
        }
    }

    @Test
    void a_wrong_password_is_refused_and_not_repeated() throws Exception {
        makeUserWith(ALL);
        assertThatThrownBy(() -> KafkaTransport.open(
                                settings(kafka.secureServers(), "wrong-secret", certificate.trustStore()))
                        .close())
                .satisfies(failure -> assertRefused(failure, kafka.secureServers()))
                .hasMessageNotContaining("wrong-secret");
    }

    @Test
    void a_certificate_that_is_not_trusted_is_refused() throws Exception {
        makeUserWith(ALL);
        Path others = Files.createDirectory(folder.resolve("others"));
        assertThatThrownBy(() -> KafkaTransport.open(settings(
                                kafka.secureServers(),
                                PASSWORD,
                                TestCertificate.in(others).trustStore()))
                        .close())
                .satisfies(failure -> assertRefused(failure, "SSL handshake failed"));
    }

    @Test
    void a_certificate_of_another_host_is_refused() throws Exception {
        makeUserWith(ALL);
        String byName = kafka.secureServers().replace("127.0.0.1", "localhost");
        assertThatThrownBy(() -> KafkaTransport.open(settings(byName, PASSWORD, certificate.trustStore()))
                        .close())
                .satisfies(failure -> assertRefused(failure, "SSL handshake failed"));
    }
}
