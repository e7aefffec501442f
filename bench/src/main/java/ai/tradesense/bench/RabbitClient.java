package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.RabbitServer;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;

/// The raw client of the path on RabbitMQ: a quorum queue, a channel with confirms per publisher that waits for
/// those of a batch together, and a consumer that acknowledges every 500 messages. One queue; no filter of
/// duplicates, no retries, no event kept for groups to come.
final class RabbitClient implements Contender {
    private static final String QUEUE = "events";
    private static final int PREFETCH = 10_000;
    private static final int ACKNOWLEDGE_EVERY = 500;
    private static final long CONFIRM_MILLIS = 30_000;

    private final PreparedEvents prepared;

    RabbitClient(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "amqp-client, a quorum queue";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "publishing", "a channel per publisher, confirms of a batch awaited together",
                "consuming", "prefetch " + PREFETCH + ", one acknowledgement for " + ACKNOWLEDGE_EVERY,
                "events", "encoded beforehand, decoded while the clock runs"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<byte[]> bodies = new ArrayList<>(load.events());
        for (DomainEvent event : prepared.of(load)) {
            bodies.add(CloudEventJson.write(event.envelope()));
        }
        RabbitServer rabbit = RabbitServer.with();
        try {
            return new OneRound(bodies, observations, rabbit);
        } catch (IOException | TimeoutException | URISyntaxException | GeneralSecurityException failure) {
            rabbit.close();
            throw new BenchmarkException("no connection to " + rabbit.url(), failure);
        }
    }

    private static final class OneRound implements Session {
        private final List<byte[]> bodies;
        private final RabbitServer rabbit;
        private final Connection publishing;
        private final Connection consuming;
        private final ThreadLocal<Channel> channels = ThreadLocal.withInitial(this::channel);

        OneRound(List<byte[]> bodies, Observations observations, RabbitServer rabbit)
                throws IOException, TimeoutException, URISyntaxException, GeneralSecurityException {
            this.bodies = bodies;
            this.rabbit = rabbit;
            ConnectionFactory factory = new ConnectionFactory();
            factory.setUri(rabbit.url());
            this.publishing = factory.newConnection();
            this.consuming = factory.newConnection();
            consume(observations);
        }

        private void consume(Observations observations) throws IOException {
            Channel channel = consuming.createChannel();
            channel.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
            channel.basicQos(PREFETCH);
            int events = bodies.size();
            channel.basicConsume(QUEUE, false, new DefaultConsumer(channel) {
                @Override
                public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body)
                        throws IOException {
                    DomainEvent event = DomainEvent.of(CloudEventJson.readTrusted(body));
                    observations.handled(event.dataAs(OrderPlaced.class));
                    long number = envelope.getDeliveryTag();
                    if (number % ACKNOWLEDGE_EVERY == 0 || number == events) {
                        channel.basicAck(number, true);
                    }
                }
            });
        }

        private Channel channel() {
            try {
                Channel channel = publishing.createChannel();
                channel.confirmSelect();
                return channel;
            } catch (IOException failure) {
                throw new BenchmarkException("no channel", failure);
            }
        }

        @Override
        public void publish(int from, int to) throws IOException, InterruptedException, TimeoutException {
            Channel channel = channels.get();
            for (int index = from; index < to; index++) {
                channel.basicPublish("", QUEUE, MessageProperties.MINIMAL_PERSISTENT_BASIC, bodies.get(index));
            }
            channel.waitForConfirmsOrDie(CONFIRM_MILLIS);
        }

        @Override
        public void close() {
            consuming.abort();
            publishing.abort();
            rabbit.close();
        }
    }
}
