package ai.tradesense.kafka;

import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.TransactionalTransport;
import ai.tradesense.transport.TransportHealth;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries events in Kafka: a topic per domain, a partition per hash of the subject, consumer groups that commit
/// what is done with.
///
/// ```java
/// KafkaTransport transport = KafkaTransport.open(KafkaSettings.of("localhost:9092"));
/// JdbcLog log = JdbcLog.open("jdbc:postgresql://localhost:5432/tradesense"); // records, and keeps what is parked
/// TradeSense tradesense = TradeSense.builder().log(log).transport(transport).build();
/// ```
///
/// Topics are made when they are missing and refused when they are not as the settings say. A [#send] that failed
/// may be repeated: an event whose answer was lost is found in its partition and is not stored twice.
public final class KafkaTransport implements TransactionalTransport {
    static final String NAME = "kafka";

    private static final Duration MAX_BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(KafkaTransport.class);

    private final KafkaSettings settings;
    private final ClientProperties properties;
    private final Partitioning partitioning;
    private final Admin admin;
    private final Topics topics;
    private final Groups groups;
    private final Appender appender;
    private final Set<KafkaSubscription> subscriptions = new CopyOnWriteArraySet<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread watch;
    private volatile Set<String> domains;
    private volatile @Nullable String trouble;
    private volatile boolean closed;

    private KafkaTransport(KafkaSettings settings) {
        this.settings = settings;
        this.properties = new ClientProperties(settings);
        this.partitioning = new Partitioning(settings.prefix(), settings.partitions());
        try {
            this.admin = Admin.create(properties.admin());
        } catch (KafkaException refused) {
            throw unusable(refused);
        }
        this.topics = new Topics(admin, settings, partitioning);
        this.groups = new Groups(admin, topics, partitioning, this::domainsOf);
        try {
            this.domains = topics.domains();
            topics.check(domains);
            this.appender = new Appender(settings, properties, partitioning);
        } catch (KafkaException refused) {
            admin.close(Duration.ZERO);
            throw unusable(refused);
        } catch (RuntimeException failure) {
            admin.close(Duration.ZERO);
            throw failure;
        }
        this.watch = Thread.ofPlatform().daemon(true).name("kafka-watch").unstarted(this::watch);
    }

    /// Connects.
    ///
    /// @throws KafkaTransportException if there is no Kafka, it refuses, or a topic is not as the settings say
    public static KafkaTransport open(KafkaSettings settings) {
        KafkaTransport transport = new KafkaTransport(settings);
        transport.watch.start();
        return transport;
    }

    /// Looks whether a Kafka can be used with these settings, and says what is there. Makes and changes nothing;
    /// blocks while Kafka answers.
    ///
    /// @throws KafkaTransportException if it cannot, saying why
    public static String check(KafkaSettings settings) {
        return new KafkaCheck(settings).look();
    }

    /// Kafka's clients say what is wrong in the cause.
    static KafkaTransportException unusable(KafkaException refused) {
        Throwable cause = refused.getCause();
        String why = cause == null ? refused.getMessage() : refused.getMessage() + ": " + cause.getMessage();
        return new KafkaTransportException(Reason.UNSUITABLE, "the settings cannot be used: " + why, refused);
    }

    KafkaSettings settings() {
        return settings;
    }

    ClientProperties properties() {
        return properties;
    }

    /// What a member of a group reads with.
    ///
    /// @param instance what it is called there; null if it has no name
    KafkaConsumer<byte[], byte[]> newMember(String group, @Nullable String instance) {
        return new KafkaConsumer<>(
                properties.member(partitioning.groupId(group), instance),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /// What a member publishes with in transactions.
    KafkaProducer<byte[], byte[]> newTransactionalProducer(String id) {
        return new KafkaProducer<>(
                properties.transactional(partitioning.groupId(id)),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    Outgoing encode(DomainEvent event) {
        return Outgoing.of(event, partitioning, settings.maxMessageBytes());
    }

    Partitioning partitioning() {
        return partitioning;
    }

    Groups groups() {
        return groups;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int maxPayloadBytes() {
        return settings.maxMessageBytes() - Limits.MAX_ATTRIBUTES_BYTES;
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        requireOpen();
        requireTopics(events);
        return events.isEmpty() ? List.of() : appender.append(events);
    }

    void requireTopics(List<DomainEvent> events) {
        for (DomainEvent event : events) {
            announceUnlessKnown(event.type().domain());
        }
    }

    /// A domain has a topic before its first event is sent, and who is subscribed here to all of them is told.
    private void announce(String domain) {
        topics.require(domain);
        learn(Set.of(domain));
    }

    private synchronized void learn(Collection<String> found) {
        Set<String> all = new TreeSet<>(domains);
        if (all.addAll(found)) {
            domains = all;
            subscriptions.forEach(KafkaSubscription::topicsChanged);
        }
    }

    /// Those that a member wants, as far as there are any.
    Collection<String> domainsOf(GroupMembership membership) {
        return membership.domains().isEmpty() ? domains : membership.domains();
    }

    Set<String> topicsOf(GroupMembership membership) {
        Set<String> names = new TreeSet<>();
        domainsOf(membership).forEach(domain -> names.add(partitioning.topicOf(domain)));
        return names;
    }

    /// Looks from time to time whether Kafka is there and which topics there are.
    private void watch() {
        long between = Math.min(settings.timeout().dividedBy(4).toMillis(), MAX_BETWEEN_LOOKS.toMillis());
        try {
            while (!closing.await(between, TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            Set<String> found = topics.domains();
            topics.forgetAllBut(found);
            topics.check(
                    found.stream().filter(domain -> !topics.isKnown(domain)).toList());
            learn(found);
            if (trouble != null) {
                LOG.info("{} answers again", settings.servers());
            }
            trouble = null;
        } catch (RuntimeException failure) {
            if (trouble == null && !closed) {
                LOG.error("Kafka cannot be asked; trying again", failure);
            }
            trouble = String.valueOf(failure.getMessage());
        }
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        return join(membership, signal, null);
    }

    @Override
    public Results subscribeTransactionally(GroupMembership membership, Runnable signal, IntConsumer published) {
        String id = membership.group() + "." + UUID.randomUUID();
        return join(membership, signal, new TransactionSource(this, id, published));
    }

    private KafkaSubscription join(
            GroupMembership membership, Runnable signal, @Nullable TransactionSource transactions) {
        requireOpen();
        membership.domains().forEach(this::announceUnlessKnown);
        Map<TopicPartition, Long> start = groups.prepare(membership);
        KafkaSubscription subscription = new KafkaSubscription(this, membership, signal, start, transactions);
        subscriptions.add(subscription);
        subscription.join();
        return subscription;
    }

    private void announceUnlessKnown(String domain) {
        if (!topics.isKnown(domain)) {
            announce(domain);
        }
    }

    void remove(KafkaSubscription subscription) {
        subscriptions.remove(subscription);
    }

    boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (closed) {
            throw new KafkaTransportException(
                    Reason.CLOSED, "the transport to " + settings.servers() + " is closed", null);
        }
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return partitioning.of(domain, subject);
    }

    @Override
    public boolean filtersDuplicates() {
        return true;
    }

    @Override
    public TransportHealth health() {
        if (closed) {
            return new TransportHealth(false, "the transport to " + settings.servers() + " is closed");
        }
        String found = trouble != null ? trouble : appender.trouble();
        return found != null
                ? new TransportHealth(false, found)
                : new TransportHealth(true, settings.servers() + ", events are acknowledged by all replicas in sync");
    }

    /// Ends subscriptions that are still open, too.
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        closing.countDown();
        appender.close();
        List.copyOf(subscriptions).forEach(Subscription::close);
        admin.close(settings.timeout().dividedBy(4));
        try {
            watch.join(settings.timeout());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
