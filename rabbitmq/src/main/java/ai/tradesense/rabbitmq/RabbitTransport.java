package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportHealth;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Carries events by way of RabbitMQ: durable in quorum queues, one per group, domain and partition, of which
/// the broker gives each to one consumer at a time.
///
/// ```java
/// RabbitTransport transport = RabbitTransport.open(RabbitSettings.of("amqp://localhost:5672"));
/// JdbcLog log = JdbcLog.open("jdbc:postgresql://localhost:5432/tradesense"); // records, and keeps what is parked
/// TradeSense tradesense = TradeSense.builder().log(log).transport(transport).build();
/// ```
///
/// It needs RabbitMQ 3.10 or newer, and says so if it finds another. Nothing is repeated behind anybody's back:
/// a [#send] that failed may be repeated, and the same event is delivered once as long as a partition stays
/// assigned.
public final class RabbitTransport implements Transport {
    static final String NAME = "rabbitmq";

    private static final int LEAST_MAJOR = 3;
    private static final int LEAST_MINOR = 10;

    private final RabbitSettings settings;
    private final Broker broker;
    private final Topology topology;
    private final Partitioning partitioning;
    private final Registry registry;
    private final Keeper keeper;
    private final Publisher publisher;
    private final Errands errands;
    private volatile boolean closed;

    private RabbitTransport(RabbitSettings settings) {
        this.settings = settings;
        this.broker = new Broker(settings);
        this.errands = new Errands(broker);
        this.topology = new Topology(settings);
        this.partitioning = new Partitioning(settings.partitions());
        this.keeper = new Keeper(this);
        this.registry = new Registry(broker, topology, keeper::tendNow);
        keeper.start();
        this.publisher = new Publisher(broker, topology, partitioning, registry, settings);
    }

    /// Connects and declares what it needs.
    ///
    /// @throws RabbitTransportException if there is no RabbitMQ, it refuses, or it has exchanges or queues of
    ///     these names that are made otherwise
    public static RabbitTransport open(RabbitSettings settings) {
        return new RabbitTransport(settings);
    }

    /// Looks whether a RabbitMQ can be used: that it is there and new enough, that the user has the rights, and
    /// that a message gets through. Blocks; leaves nothing behind.
    ///
    /// @return what was found, in words
    /// @throws RabbitTransportException saying what is wrong
    public static String check(RabbitSettings settings) {
        return new RabbitCheck(settings).look();
    }

    /// Checks what was found at the other end.
    void requireSuitable() {
        requireVersion(broker.address(), broker.version());
        if (registry.partitions() != settings.partitions()) {
            throw new RabbitTransportException(
                    Reason.UNSUITABLE,
                    broker.address() + " holds events under the prefix '" + settings.prefix() + "' in "
                            + registry.partitions() + " partitions per domain, expected " + settings.partitions(),
                    null);
        }
    }

    static void requireVersion(String address, String version) {
        String[] parts = version.split("[.]", -1);
        try {
            int major = Integer.parseInt(parts[0]);
            int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
            if (major > LEAST_MAJOR || (major == LEAST_MAJOR && minor >= LEAST_MINOR)) {
                return;
            }
        } catch (NumberFormatException unreadable) {
            // It is said below.
        }
        throw new RabbitTransportException(
                Reason.UNSUITABLE,
                address + " is version " + version + ", expected " + LEAST_MAJOR + "." + LEAST_MINOR + " or newer",
                null);
    }

    RabbitSettings settings() {
        return settings;
    }

    Broker broker() {
        return broker;
    }

    Topology topology() {
        return topology;
    }

    Partitioning partitioning() {
        return partitioning;
    }

    Registry registry() {
        return registry;
    }

    Errands errands() {
        return errands;
    }

    Keeper keeper() {
        return keeper;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean filtersDuplicates() {
        return true;
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        requireOpen();
        return events.isEmpty() ? List.of() : publisher.send(events);
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        requireOpen();
        join(membership.group(), domainsOf(membership), membership.domains().isEmpty(), membership.startFrom());
        RabbitSubscription subscription = new RabbitSubscription(this, membership, signal);
        keeper.add(subscription);
        return subscription;
    }

    /// Makes a group known for domains, unless it is. Blocks, longer if much history is to be copied.
    void join(String group, Set<String> domains, boolean all, StartFrom startFrom) {
        requireOpen();
        errands.run(
                "joining",
                connection -> new GroupJoin(broker, topology, partitioning, registry, group, connection)
                        .join(domains, all, startFrom));
    }

    /// Those that a member wants, as far as there are any.
    Set<String> domainsOf(GroupMembership membership) {
        return membership.domains().isEmpty() ? registry.domains() : new TreeSet<>(membership.domains());
    }

    boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (closed) {
            throw new RabbitTransportException(
                    Reason.CLOSED, "the transport to " + broker.address() + " is closed", null);
        }
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return partitioning.of(domain, subject);
    }

    @Override
    public TransportHealth health() {
        if (closed) {
            return new TransportHealth(false, "the transport to " + broker.address() + " is closed");
        }
        String trouble = keeper.trouble() != null ? keeper.trouble() : publisher.trouble();
        return trouble != null
                ? new TransportHealth(false, trouble)
                : new TransportHealth(
                        true,
                        broker.address() + ", version " + broker.version()
                                + ", quorum queues: a completed publish survives" + " a power failure"
                                + keeper.stranded());
    }

    /// Ends subscriptions that are still open, too. A group that is being joined meanwhile is let come to an end, for
    /// [RabbitSettings#timeout] at most.
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        publisher.close();
        errands.close(settings.timeout());
        keeper.subscriptions().forEach(Subscription::close);
        keeper.close();
    }
}
