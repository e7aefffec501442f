package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.JdbcLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Ours on its embedded log: every event is made, checked, encoded, stored, read back, decoded and handled.
final class TradeSenseEmbedded implements Contender {
    private final BenchmarkFiles files;
    private final EventCatalog catalog;
    private final InstantSource clock;

    TradeSenseEmbedded(BenchmarkFiles files, EventCatalog catalog, InstantSource clock) {
        this.files = files;
        this.catalog = catalog;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "tradesense embedded";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        settings.put("log", "JdbcLog on SQLite, WAL, synchronous=FULL");
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) throws IOException {
        return new Round(load, observations, files.newFolder());
    }

    private TradeSense platform(JdbcLog log) {
        return TradeSense.builder()
                .source(Platforms.SOURCE)
                .registry(catalog)
                .log(log)
                .build();
    }

    private final class Round implements Session {
        private final Load load;
        private final Observations observations;
        private final Path folder;
        private final JdbcLog log;
        private final TradeSense tradesense;

        Round(Load load, Observations observations, Path folder) {
            this.load = load;
            this.observations = observations;
            this.folder = folder;
            this.log = openLog();
            this.tradesense = platform(log);
            tradesense.register(Platforms.worker(observations));
        }

        private JdbcLog openLog() {
            return JdbcLog.open("jdbc:sqlite:" + folder.resolve("events.db"));
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

        /// Opens the log anew, as after a restart: everything must be stored and nothing may be left to do.
        @Override
        public void verify() {
            tradesense.close();
            log.close();
            try (JdbcLog again = openLog();
                    TradeSense restarted = platform(again)) {
                long stored = again.events().count();
                if (stored != load.events()) {
                    throw new BenchmarkException(
                            "expected " + load.events() + " stored events after a restart, found " + stored);
                }
                restarted.register(Platforms.worker(observations));
                long unsettled = Platforms.unsettled(restarted);
                if (unsettled > 0) {
                    throw new BenchmarkException(
                            unsettled + " events were acknowledged, but their position was not durable");
                }
            }
        }

        @Override
        public void close() throws IOException {
            tradesense.close();
            log.close();
            BenchmarkFiles.remove(folder);
        }
    }
}
