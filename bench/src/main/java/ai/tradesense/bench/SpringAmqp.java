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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;

/// Spring AMQP on a quorum queue, in two ways: tuned to what the raw client does, and as it comes.
final class SpringAmqp implements Contender {
    private static final String QUEUE = "events";
    private static final int PREFETCH = 10_000;
    private static final int ACKNOWLEDGE_EVERY = 500;
    private static final long CONFIRM_MILLIS = 30_000;

    private final Way way;
    private final PreparedEvents prepared;

    private SpringAmqp(Way way, PreparedEvents prepared) {
        this.way = way;
        this.prepared = prepared;
    }

    /// With confirms of a batch awaited at once on one channel, and with as much prefetch, and acknowledgements
    /// as rare, as the raw client has.
    static SpringAmqp tuned(PreparedEvents prepared) {
        return new SpringAmqp(Way.TUNED, prepared);
    }

    /// With the defaults of its listener container, which acknowledges each message, and correlated confirms,
    /// of which those of a batch are awaited when all of it was sent.
    static SpringAmqp asItComes(PreparedEvents prepared) {
        return new SpringAmqp(Way.AS_IT_COMES, prepared);
    }

    @Override
    public String name() {
        return way.name;
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "publishing", way.publishing,
                "consuming", way.consuming,
                "events", "encoded beforehand, decoded while the clock runs"));
    }

    private enum Way {
        TUNED(
                "Spring AMQP, a quorum queue",
                "RabbitTemplate, confirms of a batch awaited together",
                "DirectMessageListenerContainer, prefetch " + PREFETCH + ", one acknowledgement for "
                        + ACKNOWLEDGE_EVERY) {
            @Override
            CachingConnectionFactory publishing(URI url) {
                CachingConnectionFactory factory = new CachingConnectionFactory(url);
                factory.setPublisherConfirmType(ConfirmType.SIMPLE);
                return factory;
            }

            @Override
            AbstractMessageListenerContainer container(CachingConnectionFactory connections) {
                DirectMessageListenerContainer container = new DirectMessageListenerContainer(connections);
                container.setPrefetchCount(PREFETCH);
                container.setMessagesPerAck(ACKNOWLEDGE_EVERY);
                return container;
            }

            @Override
            void publish(RabbitTemplate template, List<byte[]> bodies) {
                template.invoke(operations -> {
                    bodies.forEach(body -> operations.send("", QUEUE, new Message(body, new MessageProperties())));
                    operations.waitForConfirmsOrDie(CONFIRM_MILLIS);
                    return true;
                });
            }
        },
        AS_IT_COMES(
                "Spring AMQP as it comes, a quorum queue",
                "RabbitTemplate.convertAndSend within invoke, correlated confirms, those of a batch awaited when all was sent",
                "SimpleMessageListenerContainer with its defaults: prefetch 250, an acknowledgement for each message") {
            @Override
            CachingConnectionFactory publishing(URI url) {
                CachingConnectionFactory factory = new CachingConnectionFactory(url);
                factory.setPublisherConfirmType(ConfirmType.CORRELATED);
                return factory;
            }

            @Override
            AbstractMessageListenerContainer container(CachingConnectionFactory connections) {
                return new SimpleMessageListenerContainer(connections);
            }

            @Override
            void publish(RabbitTemplate template, List<byte[]> bodies) {
                template.invoke(
                        operations -> { // on one channel, or the order is lost
                            List<CorrelationData> sent = new ArrayList<>(bodies.size());
                            for (byte[] body : bodies) {
                                CorrelationData correlation = new CorrelationData();
                                operations.convertAndSend("", QUEUE, body, correlation);
                                sent.add(correlation);
                            }
                            sent.forEach(Way::awaitConfirmation);
                            return true;
                        });
            }
        };

        private final String name;
        private final String publishing;
        private final String consuming;

        Way(String name, String publishing, String consuming) {
            this.name = name;
            this.publishing = publishing;
            this.consuming = consuming;
        }

        abstract CachingConnectionFactory publishing(URI url);

        abstract AbstractMessageListenerContainer container(CachingConnectionFactory connections);

        abstract void publish(RabbitTemplate template, List<byte[]> bodies);

        private static void awaitConfirmation(CorrelationData sent) {
            try {
                if (!sent.getFuture().get(CONFIRM_MILLIS, TimeUnit.MILLISECONDS).ack()) {
                    throw new BenchmarkException("an event was not confirmed");
                }
            } catch (ExecutionException | TimeoutException unknown) {
                throw new BenchmarkException("an event was not confirmed", unknown);
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
                throw new BenchmarkException("interrupted while an event was on its way", ended);
            }
        }
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<byte[]> bodies = new ArrayList<>(load.events());
        for (DomainEvent event : prepared.of(load)) {
            bodies.add(CloudEventJson.write(event.envelope()));
        }
        return new OneRound(way, bodies, observations, RabbitServer.with());
    }

    private static final class OneRound implements Session {
        private final Way way;
        private final List<byte[]> bodies;
        private final RabbitServer rabbit;
        private final CachingConnectionFactory publishing;
        private final CachingConnectionFactory consuming;
        private final RabbitTemplate template;
        private final AbstractMessageListenerContainer container;

        OneRound(Way way, List<byte[]> bodies, Observations observations, RabbitServer rabbit) {
            this.way = way;
            this.bodies = bodies;
            this.rabbit = rabbit;
            this.publishing = way.publishing(URI.create(rabbit.url()));
            this.consuming = new CachingConnectionFactory(URI.create(rabbit.url()));
            this.template = new RabbitTemplate(publishing);
            Queue queue = QueueBuilder.durable(QUEUE).quorum().build();
            new RabbitAdmin(consuming).declareQueue(queue);
            this.container = way.container(consuming);
            container.setQueueNames(QUEUE);
            container.setMessageListener(
                    message -> observations.handled(DomainEvent.of(CloudEventJson.readTrusted(message.getBody()))
                            .dataAs(OrderPlaced.class)));
            container.afterPropertiesSet();
            container.start();
        }

        @Override
        public void publish(int from, int to) throws Exception {
            way.publish(template, bodies.subList(from, to));
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
