package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.redis.RedisSettings;
import ai.tradesense.redis.RedisTransport;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.testkit.services.RedisServer.Fsync;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/// Ours on Redis Streams, on a Redis of its own for each round on this machine.
final class TradeSenseRedis implements Contender {
    private final Fsync fsync;
    private final EventCatalog catalog;
    private final InstantSource clock;

    TradeSenseRedis(Fsync fsync, EventCatalog catalog, InstantSource clock) {
        this.fsync = fsync;
        this.catalog = catalog;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "tradesense redis" + (fsync == Fsync.ALWAYS ? ", fsync always" : "");
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        settings.put("appendfsync", fsync.name().toLowerCase(Locale.ROOT));
        settings.put("partitions", Integer.toString(RedisSettings.DEFAULT_PARTITIONS));
        settings.put("duplicates", "filtered by source and id");
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) {
        return new OneRound(load, observations);
    }

    private final class OneRound implements Session {
        private final Load load;
        private final Observations observations;
        private final RedisServer redis;
        private final RedisTransport transport;
        private final TradeSense tradesense;

        OneRound(Load load, Observations observations) {
            this.load = load;
            this.observations = observations;
            this.redis = RedisServer.start(fsync);
            this.transport = RedisTransport.open(RedisSettings.of(redis.url()));
            this.tradesense = platform(transport);
            tradesense.register(Platforms.worker(load, observations));
        }

        private TradeSense platform(RedisTransport on) {
            return TradeSense.builder()
                    .source(Platforms.SOURCE)
                    .registry(catalog)
                    .transport(on)
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

        /// Kills Redis and starts it again: nothing may be left to do.
        @Override
        public void verify() {
            tradesense.close();
            transport.close();
            redis.restart();
            try (RedisTransport again = RedisTransport.open(RedisSettings.of(redis.url()));
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
            redis.close();
        }
    }
}
