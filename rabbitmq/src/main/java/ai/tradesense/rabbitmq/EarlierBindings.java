package ai.tradesense.rabbitmq;

import ai.tradesense.transport.Partition;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Binds the queues of an earlier version, once per prefix, to the exchanges of their partitions, which it had
/// not: every event was published to the one for other clients. What is in the queues and the histories stays
/// and is read.
final class EarlierBindings {
    private static final Logger LOG = LoggerFactory.getLogger(EarlierBindings.class);

    private final RabbitTransport transport;
    private final Broker broker;
    private final Topology topology;

    EarlierBindings(RabbitTransport transport) {
        this.transport = transport;
        this.broker = transport.broker();
        this.topology = transport.topology();
    }

    /// @param talking to write into the registry that it is done
    void renew(Connection connection, Connection talking) throws IOException {
        Registry registry = transport.registry();
        if (registry.isRenewed()) {
            return;
        }
        for (String domain : registry.domains()) {
            Channel channel = broker.channel(connection);
            topology.declareDomain(channel, domain);
            Broker.abandon(channel);
            for (String group : registry.groupsOf(domain)) {
                for (Partition partition : transport.partitioning().ofDomain(domain)) {
                    bind(connection, group, partition);
                }
            }
        }
        registry.addRenewed(talking);
    }

    private void bind(Connection connection, String group, Partition partition) throws IOException {
        Channel channel = broker.channel(connection);
        try {
            topology.bind(channel, group, partition);
        } catch (IOException | ShutdownSignalException failure) {
            if (!Broker.isMissing(failure)) {
                throw failure;
            }
            LOG.info("group {} has no queue for {} any more", group, partition);
        } finally {
            Broker.abandon(channel);
        }
    }
}
