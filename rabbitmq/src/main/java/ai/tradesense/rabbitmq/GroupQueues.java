package ai.tradesense.rabbitmq;

import ai.tradesense.transport.Partition;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The queues of a group, as a member of it looks after them. Unless it says otherwise, a method waits for the broker.
final class GroupQueues {
    private static final Logger LOG = LoggerFactory.getLogger(GroupQueues.class);

    private final RabbitTransport transport;
    private final Broker broker;
    private final Topology topology;
    private final String group;
    private final AtomicBoolean deleting = new AtomicBoolean();

    GroupQueues(RabbitTransport transport, String group) {
        this.transport = transport;
        this.broker = transport.broker();
        this.topology = transport.topology();
        this.group = group;
    }

    /// Whether there is no queue of a partition.
    boolean isMissing(Connection connection, Partition partition) throws IOException {
        return !Topology.isThere(broker, connection, topology.queue(group, partition));
    }

    /// Somebody has deleted the queue. A new one takes what is sent from now on, and tells of the backlog first if
    /// that is still there. Done again if it breaks off.
    void restore(Connection connection, Partition partition) throws IOException {
        String queue = topology.queue(group, partition);
        Channel channel = broker.channel(connection);
        try {
            topology.declareQueue(channel, queue);
            if (Topology.isThere(broker, connection, topology.backlog(group, partition))) {
                tellOfBacklog(transport.keeper().talking(), queue);
            }
            topology.bind(channel, group, partition);
            topology.settle(channel);
        } finally {
            Broker.abandon(channel);
        }
    }

    /// Puts a message of ours into each queue that is empty, for who waits to be given it: that the broker gives a
    /// queue to a consumer shows with the first message, and parked events of the partition may wait for somebody
    /// to have it. Should the message be lost, this is done again.
    void rouse(Connection connection, List<Partition> partitions) throws IOException {
        Connection talking = transport.keeper().talking();
        if (partitions.isEmpty() || broker.isBlocked(talking)) {
            return; // it would not answer
        }
        Channel asking = broker.channel(connection);
        Channel telling = broker.channel(talking);
        try {
            for (Partition partition : partitions) {
                String queue = topology.queue(group, partition);
                if (asking.messageCount(queue) == 0) {
                    GroupJoin.tellOfBacklog(telling, queue); // who is told finds none
                }
            }
        } catch (IOException failure) {
            if (!Broker.isMissing(failure)) {
                throw failure;
            }
            LOG.debug("a queue of group {} was deleted just now", group, failure);
        } finally {
            Broker.abandon(asking);
            Broker.abandon(telling);
        }
    }

    private void tellOfBacklog(Connection talking, String queue) throws IOException {
        Channel channel = broker.channel(talking);
        try {
            channel.confirmSelect();
            GroupJoin.tellOfBacklog(channel, queue);
            broker.awaitConfirms(channel, "the word on a backlog");
        } finally {
            Broker.abandon(channel);
        }
    }

    /// Deletes what the group has read first, without waiting and on a connection of its own: a broker that was
    /// killed while it did so may take a while.
    void deleteBacklogs(List<Partition> done) {
        if (done.isEmpty()) {
            return;
        }
        deleting.set(true);
        Thread.ofVirtual().name("rabbitmq-delete-" + group).start(() -> {
            try {
                transport.errands().run("deleting", connection -> delete(connection, done));
            } catch (RabbitTransportException notNow) {
                if (!transport.isClosed()) {
                    LOG.warn("what group {} has read first is not deleted: {}", group, notNow.getMessage());
                }
            } finally {
                deleting.set(false);
            }
        });
    }

    /// Whether that is still under way.
    boolean isDeleting() {
        return deleting.get();
    }

    /// What was not read, the broker having given up the word on it, is told of again.
    private void delete(Connection connection, List<Partition> done) throws IOException {
        Channel channel = broker.channel(connection);
        for (Partition partition : done) {
            String backlog = topology.backlog(group, partition);
            if (Topology.messages(broker, connection, backlog) > 1) { // the last one is only its end
                LOG.error("{} was not read to its end; it is told of again", backlog);
                tellOfBacklog(connection, topology.queue(group, partition));
            } else {
                channel.queueDelete(backlog);
            }
        }
    }

    /// How many messages of a partition wait in its queue; in its backlog, too, if that is asked for.
    long waiting(Channel channel, Partition partition, boolean withBacklog) throws IOException {
        long waiting = channel.messageCount(topology.queue(group, partition));
        return withBacklog ? waiting + channel.messageCount(topology.backlog(group, partition)) : waiting;
    }
}
