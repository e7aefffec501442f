package ai.tradesense.rabbitmq;

import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportHealth;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Carries events in RabbitMQ's streams: a stream per domain and partition, which every group reads for itself and
/// which is kept for a while after everybody has read it. For throughput; [RabbitTransport] is for routing.
///
/// ```java
/// RabbitStreamTransport transport =
///         RabbitStreamTransport.open(RabbitStreamSettings.of("rabbitmq-stream://localhost:5552"));
/// JdbcLog log = JdbcLog.open("jdbc:postgresql://localhost:5432/tradesense"); // records, and keeps what is parked
/// TradeSense tradesense = TradeSense.builder().log(log).transport(transport).build();
/// ```
///
/// It needs RabbitMQ 3.10 or newer with the plug-in `rabbitmq_stream`, and nothing of newer ones. A [#send] that
/// failed may be repeated: an event whose answer was lost is stored once.
public final class RabbitStreamTransport implements Transport {
    /// A consumer remembers so much less than a publisher, per partition.
    static final int CONSUMER_SHARE = 8;

    private final RabbitStreamSettings settings;
    private final StreamBroker broker;
    private final Partitioning partitioning;
    private final StreamDirectory directory;
    private final StreamTail tail;
    private final StreamKeeper keeper;
    private final StreamAppender appender;
    private volatile boolean closed;

    private RabbitStreamTransport(RabbitStreamSettings settings) {
        this.settings = settings;
        this.broker = new StreamBroker(settings);
        this.partitioning = new Partitioning(settings.partitions());
        this.tail = new StreamTail(broker, Purpose.CONTROL);
        this.directory = new StreamDirectory(broker, settings, partitioning, this::learned);
        this.keeper = new StreamKeeper(broker, directory, settings.lease());
        this.appender = new StreamAppender(broker, settings, partitioning, directory);
    }

    /// Connects and makes what it needs.
    ///
    /// @throws RabbitTransportException if there is no RabbitMQ with streams, it refuses, or it has streams
    ///     of these names that are made otherwise
    public static RabbitStreamTransport open(RabbitStreamSettings settings) {
        RabbitStreamTransport transport = new RabbitStreamTransport(settings);
        try {
            transport.directory.open();
            RabbitTransport.requireVersion(transport.broker.address(), transport.broker.version());
        } catch (RuntimeException failure) {
            transport.broker.close();
            throw failure;
        }
        transport.keeper.start();
        transport.appender.start();
        return transport;
    }

    private void learned() {
        keeper.tendNow();
    }

    RabbitStreamSettings settings() {
        return settings;
    }

    StreamBroker broker() {
        return broker;
    }

    Partitioning partitioning() {
        return partitioning;
    }

    StreamDirectory directory() {
        return directory;
    }

    StreamTail tail() {
        return tail;
    }

    StreamKeeper keeper() {
        return keeper;
    }

    @Override
    public String name() {
        return RabbitTransport.NAME;
    }

    @Override
    public int maxPayloadBytes() {
        return StreamMessages.MAX_BYTES - Limits.MAX_ATTRIBUTES_BYTES;
    }

    @Override
    public boolean filtersDuplicates() {
        return true;
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        requireOpen();
        for (DomainEvent event : events) {
            directory.require(event.type().domain()); // making streams takes longer than publishing may
        }
        return events.isEmpty() ? List.of() : appender.append(events);
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        requireOpen();
        membership.domains().forEach(directory::require);
        StreamMember member = new StreamMember(this, membership, keeper::tendNow);
        try {
            member.join();
        } catch (RuntimeException failure) {
            member.leave(List.of());
            throw failure;
        }
        StreamSubscription subscription = new StreamSubscription(this, membership, signal, member);
        keeper.add(subscription);
        return subscription;
    }

    /// Those that a member wants, as far as there are any.
    Set<String> domainsOf(GroupMembership membership) {
        Set<String> known = directory.domains();
        if (!membership.domains().isEmpty()) {
            known.retainAll(membership.domains());
        }
        return new TreeSet<>(known);
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
        String trouble = keeper.trouble() != null ? keeper.trouble() : appender.trouble();
        return trouble != null
                ? new TransportHealth(false, trouble)
                : new TransportHealth(
                        true,
                        broker.address() + ", version " + broker.version()
                                + ", streams: a completed publish is at most replicas, and is written to disk soon"
                                + " after");
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
        appender.close();
        keeper.subscriptions().forEach(Subscription::close);
        keeper.close();
        directory.close();
        broker.close();
    }
}
