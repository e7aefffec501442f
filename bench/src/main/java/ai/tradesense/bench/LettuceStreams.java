package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.testkit.services.RedisServer.Fsync;
import io.lettuce.core.Consumer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/// The raw client of the path on Redis: an XADD per event, those of a batch in one pipeline, and a consumer
/// of a group that reads 1,000 at a time, decodes them and acknowledges them together. One stream; no order
/// across consumers, no filter of duplicates, no retries.
final class LettuceStreams implements Contender {
    private static final byte[] STREAM = "events".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FIELD = "event".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] GROUP = "readers".getBytes(StandardCharsets.US_ASCII);
    private static final int AT_ONCE = 1_000;

    private final PreparedEvents prepared;

    LettuceStreams(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "lettuce, an XADD per event";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "appendfsync", "everysec",
                "publishing", "a connection per publisher, the XADDs of a batch in a pipeline",
                "consuming", "XREADGROUP COUNT " + AT_ONCE + ", XACK of all of them at once",
                "events", "encoded beforehand, decoded while the clock runs"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<byte[]> bodies = new ArrayList<>(load.events());
        for (DomainEvent event : prepared.of(load)) {
            bodies.add(CloudEventJson.write(event.envelope()));
        }
        return new OneRound(bodies, observations);
    }

    private static final class OneRound implements Session {
        private final List<byte[]> bodies;
        private final Observations observations;
        private final RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
        private final RedisClient client = RedisClient.create(redis.url());
        private final ThreadLocal<StatefulRedisConnection<byte[], byte[]>> publishing =
                ThreadLocal.withInitial(this::unflushed);
        private final StatefulRedisConnection<byte[], byte[]> consuming = client.connect(ByteArrayCodec.INSTANCE);
        private final Thread consumer;
        private volatile boolean closed;

        OneRound(List<byte[]> bodies, Observations observations) {
            this.bodies = bodies;
            this.observations = observations;
            consuming.sync().xgroupCreate(StreamOffset.from(STREAM, "0"), GROUP, XGroupCreateArgs.Builder.mkstream());
            this.consumer = Thread.ofPlatform().daemon(true).name("consumer").start(this::consume);
        }

        private StatefulRedisConnection<byte[], byte[]> unflushed() {
            StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
            connection.setAutoFlushCommands(false);
            return connection;
        }

        @Override
        public void publish(int from, int to) throws ExecutionException, InterruptedException {
            StatefulRedisConnection<byte[], byte[]> connection = publishing.get();
            List<RedisFuture<String>> answers = new ArrayList<>(to - from);
            for (int index = from; index < to; index++) {
                answers.add(connection.async().xadd(STREAM, Map.of(FIELD, bodies.get(index))));
            }
            connection.flushCommands();
            for (RedisFuture<String> answer : answers) {
                answer.get();
            }
        }

        @SuppressWarnings("unchecked") // the client takes streams as an array of a generic type
        private void consume() {
            XReadArgs read = XReadArgs.Builder.count(AT_ONCE).block(Duration.ofMillis(100));
            while (!closed) {
                List<StreamMessage<byte[], byte[]>> messages = consuming
                        .sync()
                        .xreadgroup(
                                Consumer.from(GROUP, "one".getBytes(StandardCharsets.US_ASCII)),
                                read,
                                StreamOffset.lastConsumed(STREAM));
                if (!messages.isEmpty()) {
                    handle(messages);
                }
            }
        }

        private void handle(List<StreamMessage<byte[], byte[]>> messages) {
            String[] ids = new String[messages.size()];
            for (int at = 0; at < ids.length; at++) {
                byte[] body = messages.get(at).getBody().values().iterator().next();
                DomainEvent event = DomainEvent.of(CloudEventJson.readTrusted(body));
                observations.handled(event.dataAs(OrderPlaced.class));
                ids[at] = messages.get(at).getId();
            }
            consuming.sync().xack(STREAM, GROUP, ids);
        }

        @Override
        public void close() {
            closed = true;
            try {
                consumer.join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            client.shutdown();
            redis.close();
        }
    }
}
