package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.testkit.services.PostgresServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Ours on its log in PostgreSQL, on a server of its own for each round on this machine.
final class TradeSensePostgres implements Contender {
    private final EventCatalog catalog;
    private final InstantSource clock;

    TradeSensePostgres(EventCatalog catalog, InstantSource clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "tradesense postgresql";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        settings.put("server", "PostgreSQL as it comes, fsync and synchronous_commit on");
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
        private final PostgresServer postgres;
        private final JdbcLog log;
        private final TradeSense tradesense;

        OneRound(Load load, Observations observations) {
            this.load = load;
            this.observations = observations;
            this.postgres = WarmPostgres.start();
            this.log = open(postgres.url());
            this.tradesense = platform(log);
            tradesense.register(Platforms.worker(load, observations));
        }

        private JdbcLog open(String url) {
            return JdbcLog.open(url, new JdbcLog.Settings(clock, new SimpleMeterRegistry()));
        }

        private TradeSense platform(JdbcLog on) {
            return TradeSense.builder()
                    .source(Platforms.SOURCE)
                    .registry(catalog)
                    .log(on)
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

        /// Kills the server and starts it again: everything must be stored and nothing may be left to do.
        @Override
        public void verify() {
            tradesense.close();
            log.close();
            postgres.restart();
            try (JdbcLog again = open(postgres.url());
                    TradeSense restarted = platform(again)) {
                long stored = again.events().count();
                if (stored != load.events()) {
                    throw new BenchmarkException(
                            "expected " + load.events() + " stored events after a restart, found " + stored);
                }
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
            log.close();
            postgres.close();
        }
    }
}
