package ai.tradesense.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Looks whether a RabbitMQ can be used as the settings say: that it answers and is new enough, that the user may
/// do what a transport does, and that a message gets through. It does so with a queue and an exchange of its own
/// that go with the connection, and leaves nothing behind.
final class RabbitCheck {
    private final Broker broker;
    private final Topology topology;
    private final String prefix;

    RabbitCheck(RabbitSettings settings) {
        this.broker = new Broker(settings);
        this.topology = new Topology(settings);
        this.prefix = settings.prefix();
    }

    /// What is there, in words.
    ///
    /// @throws RabbitTransportException saying what is wrong
    String look() {
        Connection connection = broker.connect("check");
        try {
            RabbitTransport.requireVersion(broker.address(), broker.version());
            boolean used = topology.isThere(broker, connection);
            carry(connection);
            return "RabbitMQ " + broker.version() + " at " + broker.address() + " (" + said(connection, "cluster_name")
                    + ", " + said(connection, "platform") + "), no alarm, the user has the rights it takes, prefix '"
                    + prefix + "' is " + (used ? "in use" : "not in use yet") + silentNodes();
        } catch (IOException | RuntimeException refused) {
            throw broker.translate(refused);
        } catch (InterruptedException interrupted) {
            throw Broker.interrupted(interrupted);
        } finally {
            Broker.abandon(connection);
        }
    }

    /// Of several nodes that are named, those that cannot be used: nobody would notice before they are needed.
    private String silentNodes() {
        if (broker.nodes().size() == 1) {
            return "";
        }
        String silent = "";
        for (Node node : broker.nodes()) {
            try {
                Broker.abandon(broker.connect(node, "check"));
            } catch (RabbitTransportException refused) {
                silent += "; " + node + " cannot be used: " + refused.sentence();
            }
        }
        return silent;
    }

    private static String said(Connection connection, String property) {
        return String.valueOf(connection.getServerProperties().get(property));
    }

    /// Does once what a transport does, on names that its own begin with: each needs a right of its own.
    private void carry(Connection connection) throws IOException, InterruptedException {
        String name = prefix + ".check." + UUID.randomUUID();
        Channel channel = broker.channel(connection);
        channel.exchangeDeclare(name, BuiltinExchangeType.TOPIC, false, true, Map.of());
        channel.queueDeclare(name, false, true, true, Map.of());
        channel.queueBind(name, name, "#");
        String own = channel.queueDeclare("", false, true, true, Map.of()).getQueue();
        channel.queueBind(own, name, "#");
        CountDownLatch arrived = new CountDownLatch(3);
        consume(channel, name, arrived);
        consume(channel, own, arrived);
        channel.confirmSelect();
        channel.basicPublish(name, "any", null, new byte[0]);
        channel.basicPublish("", name, null, new byte[0]);
        broker.awaitConfirms(channel, "a message");
        if (!arrived.await(broker.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
            throw broker.silence(connection, "given what was sent to " + name, null);
        }
    }

    private static void consume(Channel channel, String queue, CountDownLatch arrived) throws IOException {
        channel.basicConsume(queue, true, new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
                arrived.countDown();
            }
        });
    }
}
