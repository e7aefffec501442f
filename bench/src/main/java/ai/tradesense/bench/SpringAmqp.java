package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.RabbitServer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;

/// Spring AMQP on a quorum queue: a template with publisher confirms, those of a batch awaited together, and a
/// listener container with as much prefetch, and acknowledgements as rare, as the raw client has.
final class SpringAmqp implements Contender {
    private static final String QUEUE = "events";
    private static final int PREFETCH = 10_000;
    private static final int ACKNOWLEDGE_EVERY = 500;
    private static final long CONFIRM_MILLIS = 30_000;

    private final PreparedEvents prepared;

    SpringAmqp(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "Spring AMQP, a quorum queue";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "publishing", "RabbitTemplate, confirms of a batch awaited together",
                "consuming",
                        "DirectMessageListenerContainer, prefetch " + PREFETCH + ", one acknowledgement for "
                                + ACKNOWLEDGE_EVERY,
                "events", "encoded beforehand, decoded while the clock runs"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<byte[]> bodies = new ArrayList<>(load.events());
        for (DomainEvent event : prepared.of(load)) {
            bodies.add(CloudEventJson.write(event.envelope()));
        }
        return new OneRound(bodies, observations, RabbitServer.with());
    }

    private static final class OneRound implements Session {
        private final List<byte[]> bodies;
        private final RabbitServer rabbit;
        private final CachingConnectionFactory publishing;
        private final CachingConnectionFactory consuming;
        private final RabbitTemplate template;
        private final DirectMessageListenerContainer container;

        OneRound(List<byte[]> bodies, Observations observations, RabbitServer rabbit) {
            this.bodies = bodies;
            this.rabbit = rabbit;
            this.publishing = new CachingConnectionFactory(URI.create(rabbit.url()));
            publishing.setPublisherConfirmType(ConfirmType.SIMPLE);
            this.consuming = new CachingConnectionFactory(URI.create(rabbit.url()));
            this.template = new RabbitTemplate(publishing);
            Queue queue = QueueBuilder.durable(QUEUE).quorum().build();
            new RabbitAdmin(consuming).declareQueue(queue);
            this.container = new DirectMessageListenerContainer(consuming);
            container.setQueueNames(QUEUE);
            container.setPrefetchCount(PREFETCH);
            container.setMessagesPerAck(ACKNOWLEDGE_EVERY);
            container.setMessageListener(
                    message -> observations.handled(DomainEvent.of(CloudEventJson.readTrusted(message.getBody()))
                            .dataAs(OrderPlaced.class)));
            container.afterPropertiesSet();
            container.start();
        }

        @Override
        public void publish(int from, int to) {
            template.invoke(operations -> {
                for (int index = from; index < to; index++) {
                    operations.send("", QUEUE, new Message(bodies.get(index), new MessageProperties()));
                }
                operations.waitForConfirmsOrDie(CONFIRM_MILLIS);
                return true;
            });
        }

        @Override
        public void acknowledge() {
            container.stop();
        }

        @Override
        public void close() {
            container.stop();
            consuming.destroy();
            publishing.destroy();
            rabbit.close();
        }
    }
}
