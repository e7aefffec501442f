package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.rabbitmq.RabbitSettings;
import ai.tradesense.rabbitmq.RabbitStreamSettings;
import ai.tradesense.rabbitmq.RabbitStreamTransport;
import ai.tradesense.rabbitmq.RabbitTransport;
import ai.tradesense.redis.RedisSettings;
import ai.tradesense.redis.RedisTransport;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.testkit.services.RedisServer.Fsync;
import ai.tradesense.transport.Transport;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/// Ours on a broker, which each round starts for itself on this machine.
final class TradeSenseOnBroker implements Contender {
    private final String name;
    private final Map<String, String> settings;
    private final Supplier<? extends Broker> start;
    private final IntFunction<? extends Transport> open;
    private final IntConsumer beforeKill;
    private final EventCatalog catalog;
    private final InstantSource clock;

    /// @param settings those that only this broker has
    /// @param open opens the transport on a broker that listens on a port
    /// @param beforeKill waits until the broker there has given to the system what it has confirmed
    private TradeSenseOnBroker(
            String name,
            Map<String, String> settings,
            Supplier<? extends Broker> start,
            IntFunction<? extends Transport> open,
            IntConsumer beforeKill,
            EventCatalog catalog,
            InstantSource clock) {
        this.name = name;
        this.settings = settings;
        this.start = start;
        this.open = open;
        this.beforeKill = beforeKill;
        this.catalog = catalog;
        this.clock = clock;
    }

    /// On Redis Streams.
    static TradeSenseOnBroker redis(Fsync fsync, EventCatalog catalog, InstantSource clock) {
        return new TradeSenseOnBroker(
                "tradesense redis" + (fsync == Fsync.ALWAYS ? ", fsync always" : ""),
                Map.of(
                        "appendfsync", fsync.name().toLowerCase(Locale.ROOT),
                        "partitions", Integer.toString(RedisSettings.DEFAULT_PARTITIONS),
                        "duplicates", "filtered by source and id"),
                () -> RedisServer.start(fsync),
                port -> RedisTransport.open(RedisSettings.of(RedisServer.urlAt(port))),
                TradeSenseOnBroker::awaitWritten,
                catalog,
                clock);
    }

    /// With `everysec`, Redis writes nothing while an fsync takes longer than a second or two; what it has
    /// confirmed meanwhile would go with the process.
    private static void awaitWritten(int port) {
        try (RedisClient client = RedisClient.create(RedisServer.urlAt(port));
                StatefulRedisConnection<String, String> connection = client.connect()) {
            while (!connection.sync().info("persistence").contains("aof_buffer_length:0")) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /// On quorum queues of RabbitMQ.
    static TradeSenseOnBroker rabbit(EventCatalog catalog, InstantSource clock) {
        return new TradeSenseOnBroker(
                "tradesense rabbitmq",
                Map.of(
                        "queues", "quorum, a history stream beside them",
                        "partitions", Integer.toString(RabbitSettings.DEFAULT_PARTITIONS),
                        "duplicates", "filtered by source and id"),
                RabbitServer::with,
                port -> RabbitTransport.open(RabbitSettings.of(RabbitServer.urlAt(port))),
                port -> {},
                catalog,
                clock);
    }

    /// On streams of RabbitMQ.
    static TradeSenseOnBroker rabbitStreams(EventCatalog catalog, InstantSource clock) {
        return new TradeSenseOnBroker(
                "tradesense rabbitmq streams",
                Map.of(
                        "streams", "one per partition, confirmed",
                        "partitions", Integer.toString(RabbitStreamSettings.DEFAULT_PARTITIONS),
                        "duplicates", "filtered by source and id, when sending and when handling"),
                () -> RabbitServer.with().streams(),
                port -> RabbitStreamTransport.open(RabbitStreamSettings.of(RabbitServer.streamUrlAt(port))),
                port -> {},
                catalog,
                clock);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> all = new TreeMap<>(Platforms.SETTINGS);
        all.putAll(settings);
        return all;
    }

    @Override
    public Session open(Load load, Observations observations) {
        return new OneRound(load, observations);
    }

    private final class OneRound implements Session {
        private final Load load;
        private final Observations observations;
        private final Broker broker = start.get();
        private final Transport transport = open.apply(broker.port());
        private final TradeSense tradesense = platform(transport);

        OneRound(Load load, Observations observations) {
            this.load = load;
            this.observations = observations;
            tradesense.register(Platforms.worker(load, observations));
        }

        private TradeSense platform(Transport on) {
            return TradeSense.builder()
                    .source(Platforms.SOURCE)
                    .registry(catalog)
                    .transport(on)
                    .parking(new MemoryParkingStore())
                    .build();
        }

        @Override
        public void publish(int from, int to) {
            List<DomainEvent> events = new ArrayList<>(to - from);
            for (int index = from; index < to; index++) {
                events.add(tradesense.event(load.order(index, clock.instant())).build());
            }
            tradesense.publish(events);
        }

        @Override
        public void acknowledge() {
            Platforms.acknowledge(tradesense);
        }

        /// Kills the broker and starts it again: nothing may be left to do.
        @Override
        public void verify() {
            tradesense.close();
            transport.close();
            beforeKill.accept(broker.port());
            broker.kill();
            broker.start();
            try (Transport again = open.apply(broker.port());
                    TradeSense restarted = platform(again)) {
                restarted.register(Platforms.worker(load, observations));
                long unsettled = Platforms.unsettled(restarted);
                if (unsettled > 0) {
                    throw new BenchmarkException(
                            unsettled + " events were acknowledged, but their position was not durable");
                }
            }
        }

        @Override
        public void close() {
            tradesense.close();
            transport.close();
            broker.close();
        }
    }
}
