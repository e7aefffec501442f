package ai.tradesense.rabbitmq;

import ai.tradesense.transport.Partition;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// The exchanges and queues there are, and how they are declared: always the same way, so that declaring one
/// that is there changes nothing, and one that was made otherwise is refused by the broker, which says what
/// differs.
///
/// Each partition has an exchange that gives what it gets to all queues bound to it: there our events are
/// published, and groups bind. A routing key is the number of a partition and the type of an event,
/// `3.Trading.Order.Placed.v1`, and is looked at in two topic exchanges: in `topics`, where other clients bind
/// for events by type, and in `events`, where other clients publish; what no queue wants of that goes to the
/// queue `unrouted`.
final class Topology {
    /// In the place of a number of messages: there is no queue.
    static final int NONE = -1;

    private static final long MAX_SEGMENT_BYTES = 16L << 20;

    private final String prefix;
    private final RabbitSettings settings;

    Topology(RabbitSettings settings) {
        this.prefix = settings.prefix();
        this.settings = settings;
    }

    /// The exchange that other clients publish to.
    String events() {
        return prefix + ".events";
    }

    /// The exchange that other clients bind their queues to: it gets every event.
    String topics() {
        return prefix + ".topics";
    }

    /// The exchange of a partition's events of ours.
    String exchange(Partition partition) {
        return prefix + "." + partition;
    }

    /// An exchange and a queue: what was published and no queue is bound for.
    String unrouted() {
        return prefix + ".unrouted";
    }

    /// An exchange and a queue: what the broker itself gave up delivering.
    String dead() {
        return prefix + ".dead";
    }

    /// The stream of what all transports of the prefix must know.
    String registry() {
        return prefix + ".registry";
    }

    /// The stream of a domain's events, for groups to come.
    String history(String domain) {
        return prefix + "." + domain + ".history";
    }

    /// The events of a partition for a group.
    String queue(String group, Partition partition) {
        return prefix + "." + partition + "." + group;
    }

    /// The events of a partition from before the group joined.
    String backlog(String group, Partition partition) {
        return queue(group, partition) + ".before";
    }

    /// The exchange by which the members of a group hear of each other.
    String members(String group) {
        return prefix + ".members." + group;
    }

    /// Held, as an exclusive queue, by who makes a group known.
    String joining(String group) {
        return prefix + ".joining." + group;
    }

    /// Held, as an exclusive queue, by the connection that a transport publishes on.
    String publisher(String id) {
        return prefix + ".publisher." + id;
    }

    static String routingKey(Partition partition, String type) {
        return partition.number() + "." + type;
    }

    /// What other clients publish of a partition. Of numbers that no partition has there is no pattern: what has one
    /// is unrouted, and not lost.
    private static String routingPattern(Partition partition) {
        return partition.number() + "." + partition.topic() + ".#";
    }

    /// Whether what does not depend on domains and groups is there already.
    boolean isThere(Broker broker, Connection connection) throws IOException {
        return isThere(broker, connection, registry()); // the last one to be declared
    }

    /// Whether there is such a queue.
    static boolean isThere(Broker broker, Connection connection, String queue) throws IOException {
        return messages(broker, connection, queue) != NONE;
    }

    /// How many messages wait in a queue; [#NONE] if there is no such queue.
    static int messages(Broker broker, Connection connection, String queue) throws IOException {
        Channel channel = broker.channel(connection);
        try {
            return channel.queueDeclarePassive(queue).getMessageCount();
        } catch (IOException | ShutdownSignalException failure) {
            if (Broker.isMissing(failure)) {
                return NONE;
            }
            throw failure;
        } finally {
            Broker.abandon(channel);
        }
    }

    /// Declares what does not depend on domains and groups.
    void declareCommon(Channel channel) throws IOException {
        channel.exchangeDeclare(unrouted(), BuiltinExchangeType.FANOUT, true);
        channel.queueDeclare(unrouted(), true, false, false, Map.of("x-queue-type", "quorum"));
        channel.queueBind(unrouted(), unrouted(), "");
        channel.exchangeDeclare(dead(), BuiltinExchangeType.FANOUT, true);
        channel.queueDeclare(dead(), true, false, false, Map.of("x-queue-type", "quorum"));
        channel.queueBind(dead(), dead(), "");
        channel.exchangeDeclare(
                events(), BuiltinExchangeType.TOPIC, true, false, Map.of("alternate-exchange", unrouted()));
        channel.exchangeDeclare(topics(), BuiltinExchangeType.TOPIC, true);
        channel.queueDeclare(registry(), true, false, false, Map.of("x-queue-type", "stream"));
    }

    /// Declares what a domain has: the stream of its events, for groups to come, and the exchanges of its
    /// partitions.
    void declareDomain(Channel channel, String domain) throws IOException {
        Map<String, Object> arguments = Map.of(
                "x-queue-type",
                "stream",
                "x-max-length-bytes",
                settings.historyBytes(),
                "x-stream-max-segment-size-bytes",
                Math.min(MAX_SEGMENT_BYTES, settings.historyBytes() / 2));
        channel.queueDeclare(history(domain), true, false, false, arguments);
        for (int number = 0; number < settings.partitions(); number++) {
            Partition partition = new Partition(domain, number);
            String exchange = exchange(partition);
            channel.queueBindNoWait(history(domain), events(), routingPattern(partition), Map.of());
            channel.exchangeBindNoWait(topics(), events(), routingPattern(partition), Map.of());
            channel.exchangeDeclareNoWait(exchange, BuiltinExchangeType.FANOUT, true, false, false, Map.of());
            channel.exchangeBindNoWait(topics(), exchange, "", Map.of());
        }
        channel.queueDeclarePassive(history(domain)); // its answer is one to all before
    }

    void declareQueue(Channel channel, String name) throws IOException {
        declare(
                channel,
                name,
                Map.of(
                        "x-delivery-limit",
                        settings.deliveryLimit(),
                        "x-dead-letter-exchange",
                        dead(),
                        "x-dead-letter-strategy",
                        "at-least-once"));
    }

    /// Declares what a group reads first and then deletes. It has no delivery limit and no dead letters: RabbitMQ
    /// 3.10 may lose the process that moves dead letters at least once when its queue is deleted just after the
    /// broker has started, and with it, for good, every quorum queue that is declared afterwards.
    void declareBacklog(Channel channel, String name) throws IOException {
        declare(channel, name, Map.of("x-delivery-limit", Integer.MAX_VALUE)); // newer brokers have one otherwise
    }

    private static void declare(Channel channel, String name, Map<String, Object> limits) throws IOException {
        Map<String, Object> arguments = new HashMap<>(limits);
        arguments.put("x-queue-type", "quorum");
        arguments.put("x-single-active-consumer", true);
        arguments.put("x-overflow", "reject-publish"); // without it, dead letters at least once are not to be had
        channel.queueDeclare(name, true, false, false, arguments);
    }

    /// Makes sure that the quorum queues declared before will answer after the broker was killed. RabbitMQ 3.10
    /// that is killed within seconds of declaring one brings up the last one declared without a leader, for
    /// good; so the last one must be one that nobody needs.
    void settle(Channel channel) throws IOException {
        String needless = prefix + ".settling." + UUID.randomUUID();
        channel.queueDeclare(needless, true, false, false, Map.of("x-queue-type", "quorum"));
        channel.queueDelete(needless);
    }

    void bind(Channel channel, String group, Partition partition) throws IOException {
        channel.queueBind(queue(group, partition), exchange(partition), "");
        channel.queueBind(queue(group, partition), events(), routingPattern(partition));
    }
}
