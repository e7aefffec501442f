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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// The raw client of the path on Redis: an XADD per event, of which a batch is awaited together, and a consumer of
/// a group that reads 1,000 at a time, decodes and acknowledges them. One stream; no order across consumers, no
/// filter of duplicates, no retries.
final class LettuceStreams implements Contender {
    private static final byte[] STREAM = "events".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FIELD = "event".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] GROUP = "readers".getBytes(StandardCharsets.US_ASCII);
    private static final int AT_ONCE = 1_000;

    /// When commands are written to the socket.
    enum Flushing {
        /// Each as it comes, which is what Lettuce does unless told otherwise; and each event is acknowledged by a
        /// command of its own.
        PER_COMMAND,
        /// Those of a batch together, and what was read together is acknowledged by one command.
        BY_HAND
    }

    private final PreparedEvents prepared;
    private final Flushing flushing;

    LettuceStreams(PreparedEvents prepared, Flushing flushing) {
        this.prepared = prepared;
        this.flushing = flushing;
    }

    @Override
    public String name() {
        return flushing == Flushing.PER_COMMAND ? "lettuce, per command" : "lettuce, flushed by hand";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "appendfsync",
                "everysec",
                "publishing",
                "a connection per publisher, an XADD per event, "
                        + (flushing == Flushing.PER_COMMAND
                                ? "flushed one by one and awaited by batch"
                                : "flushed and awaited by batch"),
                "consuming",
                "XREADGROUP COUNT " + AT_ONCE + ", "
                        + (flushing == Flushing.PER_COMMAND
                                ? "an XACK per event, awaited together"
                                : "one XACK for all of them"),
                "events",
                "encoded beforehand, decoded while the clock runs"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<byte[]> bodies = new ArrayList<>(load.events());
        for (DomainEvent event : prepared.of(load)) {
            bodies.add(CloudEventJson.write(event.envelope()));
        }
        return new OneRound(bodies, observations, flushing);
    }

    private static final class OneRound implements Session {
        private final List<byte[]> bodies;
        private final Observations observations;
        private final Flushing flushing;
        private final RedisServer redis = RedisServer.start(Fsync.EVERYSEC);
        private final RedisClient client = RedisClient.create(redis.url());
        private final ThreadLocal<StatefulRedisConnection<byte[], byte[]>> publishing =
                ThreadLocal.withInitial(this::connect);
        private final StatefulRedisConnection<byte[], byte[]> consuming = client.connect(ByteArrayCodec.INSTANCE);
        private final AtomicInteger acknowledged = new AtomicInteger();
        private final Thread consumer;
        private volatile boolean closed;

        OneRound(List<byte[]> bodies, Observations observations, Flushing flushing) {
            this.bodies = bodies;
            this.observations = observations;
            this.flushing = flushing;
            consuming.sync().xgroupCreate(StreamOffset.from(STREAM, "0"), GROUP, XGroupCreateArgs.Builder.mkstream());
            this.consumer = Thread.ofPlatform().daemon(true).name("consumer").start(this::consume);
        }

        private StatefulRedisConnection<byte[], byte[]> connect() {
            StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
            connection.setAutoFlushCommands(flushing == Flushing.PER_COMMAND);
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

        private void consume() {
            try {
                while (!closed) {
                    List<StreamMessage<byte[], byte[]>> messages = read();
                    if (!messages.isEmpty()) {
                        handle(messages);
                        acknowledged.addAndGet(messages.size());
                    }
                }
            } catch (ExecutionException failure) {
                throw new BenchmarkException("what was read cannot be acknowledged: " + failure, failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        @SuppressWarnings("unchecked") // the client takes streams as an array of a generic type
        private List<StreamMessage<byte[], byte[]>> read() {
            return consuming
                    .sync()
                    .xreadgroup(
                            Consumer.from(GROUP, "one".getBytes(StandardCharsets.US_ASCII)),
                            XReadArgs.Builder.count(AT_ONCE).block(Duration.ofMillis(100)),
                            StreamOffset.lastConsumed(STREAM));
        }

        private void handle(List<StreamMessage<byte[], byte[]>> messages)
                throws ExecutionException, InterruptedException {
            List<RedisFuture<Long>> answers = new ArrayList<>();
            String[] ids = new String[messages.size()];
            for (int at = 0; at < ids.length; at++) {
                StreamMessage<byte[], byte[]> message = messages.get(at);
                byte[] body = message.getBody().values().iterator().next();
                DomainEvent event = DomainEvent.of(CloudEventJson.readTrusted(body));
                observations.handled(event.dataAs(OrderPlaced.class));
                ids[at] = message.getId();
                if (flushing == Flushing.PER_COMMAND) {
                    answers.add(consuming.async().xack(STREAM, GROUP, message.getId()));
                }
            }
            if (flushing == Flushing.BY_HAND) {
                answers.add(consuming.async().xack(STREAM, GROUP, ids));
            }
            for (RedisFuture<Long> answer : answers) {
                answer.get();
            }
        }

        @Override
        public void acknowledge() {
            while (acknowledged.get() < bodies.size() && consumer.isAlive()) {
                LockSupport.parkNanos(200_000);
            }
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
