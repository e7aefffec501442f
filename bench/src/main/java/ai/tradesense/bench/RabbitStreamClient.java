package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.RabbitServer;
import com.rabbitmq.stream.ConfirmationStatus;
import com.rabbitmq.stream.Consumer;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.OffsetSpecification;
import com.rabbitmq.stream.Producer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// The raw client of the path on RabbitMQ's streams, as its documentation says: one stream, a producer that
/// confirms, publishers that wait for the confirmations of a batch together, and a consumer whose offset the
/// broker stores every 10,000 events. No filter of duplicates, no retries, no partitions.
final class RabbitStreamClient implements Contender {
    private static final String STREAM = "events";
    private static final int STORE_EVERY = 10_000;
    private static final long CONFIRM_SECONDS = 30;

    private final PreparedEvents prepared;

    RabbitStreamClient(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "stream-client, a stream";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "publishing", "one producer, confirms of a batch awaited together",
                "consuming", "offset stored every " + STORE_EVERY,
                "events", "encoded beforehand, decoded while the clock runs"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<byte[]> bodies = new ArrayList<>(load.events());
        for (DomainEvent event : prepared.of(load)) {
            bodies.add(CloudEventJson.write(event.envelope()));
        }
        return new OneRound(bodies, observations, RabbitServer.with().streams());
    }

    private static final class OneRound implements Session {
        private final List<byte[]> bodies;
        private final Broker broker;
        private final Environment environment;
        private final Producer producer;
        private final Consumer consumer;

        OneRound(List<byte[]> bodies, Observations observations, Broker broker) {
            this.bodies = bodies;
            this.broker = broker;
            this.environment = Environment.builder()
                    .uri(RabbitServer.streamUrlAt(broker.port()))
                    .build();
            environment.streamCreator().stream(STREAM).create();
            this.producer = environment.producerBuilder().stream(STREAM).build();
            this.consumer = environment.consumerBuilder().stream(STREAM)
                    .name("readers")
                    .offset(OffsetSpecification.first())
                    .autoTrackingStrategy()
                    .messageCountBeforeStorage(STORE_EVERY)
                    .builder()
                    .messageHandler((context, message) -> {
                        DomainEvent event = DomainEvent.of(CloudEventJson.readTrusted(message.getBodyAsBinary()));
                        observations.handled(event.dataAs(OrderPlaced.class));
                    })
                    .build();
        }

        @Override
        public void publish(int from, int to) throws InterruptedException {
            CountDownLatch confirmed = new CountDownLatch(to - from);
            AtomicBoolean refused = new AtomicBoolean();
            for (int index = from; index < to; index++) {
                producer.send(
                        producer.messageBuilder().addData(bodies.get(index)).build(),
                        status -> note(status, refused, confirmed));
            }
            if (!confirmed.await(CONFIRM_SECONDS, TimeUnit.SECONDS) || refused.get()) {
                throw new BenchmarkException("events were not confirmed");
            }
        }

        private static void note(ConfirmationStatus status, AtomicBoolean refused, CountDownLatch confirmed) {
            if (!status.isConfirmed()) {
                refused.set(true);
            }
            confirmed.countDown();
        }

        @Override
        public void close() {
            consumer.close();
            producer.close();
            environment.close();
            broker.close();
        }
    }
}
