package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.History.AnyMessage;
import ai.tradesense.rabbitmq.History.Kept;
import ai.tradesense.rabbitmq.History.OurEvent;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.RecentEvents;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// Makes a group known for a domain, once and for all: declares and binds its queues and, if it is to begin at
/// the beginning, copies what the history has for it.
///
/// The copy goes to a queue beside each of the group's, its backlog; the first message in the group's own queue
/// says that the backlog comes first. The queues are bound before the copying ends, so that nothing falls
/// between; what is in both is recognised by who consumes. One connection at a time does this for a group. If it
/// breaks off, the next one begins again: nobody consumes before it has ended.
final class GroupJoin {
    /// The header of the message that says that a backlog comes first.
    static final String BACKLOG = "tradesense_backlog";

    /// The header of the last message of a backlog.
    static final String BACKLOG_END = "tradesense_backlog_end";

    private static final Duration LOCK_PATIENCE = Duration.ofMinutes(1);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(50);
    private static final Duration BINDINGS_SETTLE = Duration.ofMillis(100);
    private static final Duration QUEUES_SETTLE = Duration.ofSeconds(1);
    private static final int UNCONFIRMED = 2_000;
    private static final int MAX_DIGITS = 9; // of a number that fits

    private final Broker broker;
    private final Topology topology;
    private final Partitioning partitioning;
    private final Registry registry;
    private final String group;
    private final Connection connection;

    GroupJoin(
            Broker broker,
            Topology topology,
            Partitioning partitioning,
            Registry registry,
            String group,
            Connection connection) {
        this.broker = broker;
        this.topology = topology;
        this.partitioning = partitioning;
        this.registry = registry;
        this.group = group;
        this.connection = connection;
    }

    /// Joins for these domains, and for all to come if asked to, unless that was done before.
    void join(Set<String> domains, boolean all, StartFrom startFrom) throws IOException {
        Set<String> missing = missing(domains);
        if (missing.isEmpty() && (!all || registry.hasJoined(group, Registry.ALL))) {
            return;
        }
        Channel lock = lock();
        try {
            registry.sync(connection);
            boolean wantsNew = all && registry.hasJoined(group, Registry.ALL);
            for (String domain : missing(domains)) {
                join(domain, wantsNew ? StartFrom.BEGINNING : startFrom);
            }
            if (all && !registry.hasJoined(group, Registry.ALL)) {
                registry.addJoined(connection, Registry.ALL, group);
            }
            registry.sync(connection);
            lock.queueDelete(topology.joining(group));
        } finally {
            Broker.abandon(lock);
        }
    }

    private Set<String> missing(Set<String> domains) {
        Set<String> missing = new HashSet<>(domains);
        missing.removeIf(domain -> registry.hasJoined(group, domain));
        return missing;
    }

    private Channel lock() throws IOException {
        long due = System.nanoTime() + LOCK_PATIENCE.toNanos();
        while (true) {
            Channel channel = broker.channel(connection);
            try {
                channel.queueDeclare(topology.joining(group), false, true, false, Map.of());
                return channel;
            } catch (IOException | ShutdownSignalException failure) {
                Broker.abandon(channel);
                if (!Broker.refusedWith(AMQP.RESOURCE_LOCKED, failure)) {
                    throw failure;
                }
            }
            if (System.nanoTime() - due > 0 || Thread.currentThread().isInterrupted()) {
                throw new RabbitTransportException(
                        Reason.NO_ANSWER,
                        "another instance has been joining group " + group + " for " + LOCK_PATIENCE,
                        null);
            }
            LockSupport.parkNanos(BETWEEN_ATTEMPTS.toNanos());
        }
    }

    private void join(String domain, StartFrom startFrom) throws IOException {
        Channel channel = broker.channel(connection);
        try {
            channel.confirmSelect();
            topology.declareDomain(channel, domain);
            if (!registry.domains().contains(domain)) {
                registry.addDomain(connection, domain);
            }
            deleteLeftovers(channel, domain);
            for (Partition partition : partitioning.ofDomain(domain)) {
                String queue = topology.queue(group, partition);
                topology.declareQueue(channel, queue);
                if (startFrom == StartFrom.BEGINNING) {
                    tellOfBacklog(channel, queue);
                }
            }
            confirm(channel);
            for (Partition partition : partitioning.ofDomain(domain)) {
                topology.bind(channel, group, partition);
            }
            if (startFrom == StartFrom.BEGINNING) {
                // An event that was routed before the bindings were there has reached the history after this.
                LockSupport.parkNanos(BINDINGS_SETTLE.toNanos());
                copy(channel, domain);
            }
            topology.settle(channel);
            registry.addJoined(connection, domain, group);
        } finally {
            Broker.abandon(channel);
        }
    }

    /// Deletes what somebody left who did not come to the end. If a queue goes that has only just come, RabbitMQ
    /// 3.10 may lose the process that moves dead letters at least once, and with it, for good, every quorum queue
    /// that is declared afterwards; so what is there is given time first.
    private void deleteLeftovers(Channel channel, String domain) throws IOException {
        List<String> leftovers = new ArrayList<>();
        for (Partition partition : partitioning.ofDomain(domain)) {
            String queue = topology.queue(group, partition);
            if (Topology.isThere(broker, connection, queue)) {
                leftovers.add(queue);
            }
        }
        if (!leftovers.isEmpty()) {
            LockSupport.parkNanos(QUEUES_SETTLE.toNanos());
        }
        for (String queue : leftovers) {
            channel.queueDelete(queue);
        }
        for (Partition partition : partitioning.ofDomain(domain)) {
            channel.queueDelete(topology.backlog(group, partition));
        }
    }

    static void tellOfBacklog(Channel channel, String queue) throws IOException {
        publish(channel, queue, marked(BACKLOG), new byte[0]);
    }

    private void copy(Channel channel, String domain) throws IOException {
        Map<Partition, String> backlogs = new HashMap<>();
        RecentEvents copied = new RecentEvents(1 << 16);
        int[] unconfirmed = {0};
        new History(broker).readAll(connection, topology.history(domain), kept -> {
            Outgoing.Identity identity = kept.identity();
            if (identity != null && !copied.add(identity.source(), identity.id())) {
                return; // sent twice
            }
            Partition partition = partitionOf(kept, domain);
            String backlog = backlogs.get(partition);
            if (backlog == null) {
                backlog = topology.backlog(group, partition);
                topology.declareBacklog(channel, backlog);
                backlogs.put(partition, backlog);
            }
            copy(channel, kept, backlog);
            if (++unconfirmed[0] % UNCONFIRMED == 0) {
                confirm(channel);
            }
        });
        for (String backlog : backlogs.values()) {
            publish(channel, backlog, marked(BACKLOG_END), new byte[0]);
        }
        confirm(channel);
    }

    private static void copy(Channel channel, Kept kept, String backlog) throws IOException {
        switch (kept) {
            case OurEvent(DomainEvent event) ->
                publish(
                        channel,
                        backlog,
                        EventBinding.properties(event.envelope()),
                        EventBinding.messageBody(event.envelope()));
            case AnyMessage(Delivery message) ->
                publish(channel, backlog, copied(message.getProperties()), message.getBody());
        }
    }

    /// Whatever its sender wanted: that it is from a user that this one is not, so that it would be refused; that it
    /// goes elsewhere, too; or that it expires.
    private static BasicProperties copied(BasicProperties original) {
        Map<String, Object> headers = original.getHeaders();
        Map<String, Object> kept = headers == null ? new HashMap<>() : new HashMap<>(headers);
        kept.keySet().removeAll(List.of("CC", "BCC", BACKLOG, BACKLOG_END));
        return original.builder().userId(null).expiration(null).headers(kept).build();
    }

    private Partition partitionOf(Kept kept, String domain) {
        return switch (kept) {
            case OurEvent(DomainEvent event) -> partitioning.of(domain, event.subject());
            case AnyMessage(Delivery message) ->
                partitioning.ofDomain(domain)[numberOf(message) % partitioning.ofDomain(domain).length];
        };
    }

    /// The routing key says it.
    private static int numberOf(Delivery message) {
        String key = message.getEnvelope().getRoutingKey();
        int end = key.indexOf('.');
        return end > 0 && end <= MAX_DIGITS && key.chars().limit(end).allMatch(Character::isDigit)
                ? Integer.parseInt(key, 0, end, 10)
                : 0;
    }

    private static BasicProperties marked(String header) {
        return new BasicProperties.Builder()
                .deliveryMode(2)
                .headers(Map.of(header, true))
                .build();
    }

    private static void publish(Channel channel, String queue, BasicProperties properties, byte[] body)
            throws IOException {
        channel.basicPublish("", queue, properties, body);
    }

    private void confirm(Channel channel) {
        broker.awaitConfirms(channel, "what group " + group + " is to read");
    }
}
