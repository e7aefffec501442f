package ai.tradesense.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.testkit.services.RedisServer.Fsync;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.stream.Consumer;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamRecords;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.stream.StreamMessageListenerContainer;
import org.springframework.data.redis.stream.StreamMessageListenerContainer.StreamMessageListenerContainerOptions;

/// Spring Data Redis as its documentation has it: a template adds one record after the other, and a listener
/// container reads for a consumer group and acknowledges each record when it was handled. A failing record is not
/// tried again.
final class SpringDataRedis implements Contender {
    private static final String STREAM = "events";
    private static final String FIELD = "event";
    private static final String GROUP = "readers";
    private static final int AT_ONCE = 1_000;

    private final PreparedEvents prepared;

    SpringDataRedis(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "Spring Data Redis";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "appendfsync", "everysec",
                "publishing", "StringRedisTemplate, opsForStream().add one by one",
                "consuming",
                        "StreamMessageListenerContainer, one consumer of a group, batchSize " + AT_ONCE
                                + ", acknowledges each record",
                "events", "encoded beforehand, decoded while the clock runs"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<String> bodies = new ArrayList<>(load.events());
        for (DomainEvent event : prepared.of(load)) {
            bodies.add(new String(CloudEventJson.write(event.envelope()), UTF_8));
        }
        return new OneRound(bodies, observations);
    }

    private static final class OneRound implements Session {
        private final List<String> bodies;
        private final Observations observations;
        private final RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
        private final LettuceConnectionFactory connections = new LettuceConnectionFactory("127.0.0.1", redis.port());
        private final StringRedisTemplate template;
        private final StreamMessageListenerContainer<String, MapRecord<String, String, String>> container;
        private final ExecutorService polling = Executors.newSingleThreadExecutor();
        private final AtomicInteger acknowledged = new AtomicInteger();

        OneRound(List<String> bodies, Observations observations) {
            this.bodies = bodies;
            this.observations = observations;
            connections.afterPropertiesSet();
            connections.start();
            this.template = new StringRedisTemplate(connections);
            template.opsForStream().createGroup(STREAM, ReadOffset.from("0"), GROUP);
            this.container = StreamMessageListenerContainer.create(
                    connections,
                    StreamMessageListenerContainerOptions.builder()
                            .batchSize(AT_ONCE)
                            .pollTimeout(Duration.ofMillis(100))
                            .executor(polling)
                            .build());
            container.receive(
                    Consumer.from(GROUP, "one"), StreamOffset.create(STREAM, ReadOffset.lastConsumed()), this::handle);
            container.start();
        }

        private void handle(MapRecord<String, String, String> message) {
            byte[] body = message.getValue().getOrDefault(FIELD, "").getBytes(UTF_8);
            DomainEvent event = DomainEvent.of(CloudEventJson.readTrusted(body));
            observations.handled(event.dataAs(OrderPlaced.class));
            template.opsForStream().acknowledge(GROUP, message);
            acknowledged.incrementAndGet();
        }

        @Override
        public void publish(int from, int to) {
            for (int index = from; index < to; index++) {
                template.opsForStream()
                        .add(StreamRecords.newRecord().in(STREAM).ofMap(Map.of(FIELD, bodies.get(index))));
            }
        }

        @Override
        public void acknowledge() {
            while (acknowledged.get() < bodies.size()) {
                LockSupport.parkNanos(200_000);
            }
        }

        @Override
        public void close() {
            container.stop();
            polling.close(); // waits for the poll that is under way
            connections.destroy();
            redis.close();
        }
    }
}
