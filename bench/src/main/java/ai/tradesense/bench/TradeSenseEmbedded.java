package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.JdbcLog;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Ours on its embedded log: every event is made, checked, encoded, stored, read back, decoded and handled.
final class TradeSenseEmbedded implements Contender {
    private final BenchmarkFiles files;
    private final EventCatalog catalog;
    private final InstantSource clock;
    private final int tailEvents;
    private final Trouble trouble;
    private final Duration firstRetry;

    /// @param tailEvents how many of the newest events the log holds in memory for workers that keep up
    private TradeSenseEmbedded(
            BenchmarkFiles files,
            EventCatalog catalog,
            InstantSource clock,
            int tailEvents,
            Trouble trouble,
            Duration firstRetry) {
        this.files = files;
        this.catalog = catalog;
        this.clock = clock;
        this.tailEvents = tailEvents;
        this.trouble = trouble;
        this.firstRetry = firstRetry;
    }

    /// As it comes.
    static TradeSenseEmbedded asItComes(BenchmarkFiles files, EventCatalog catalog, InstantSource clock) {
        return in(Trouble.NONE, Trouble.FIRST_RETRY, files, catalog, clock);
    }

    /// As it comes, and in trouble.
    ///
    /// @param firstRetry after how long what failed is tried again for the first time
    static TradeSenseEmbedded in(
            Trouble trouble, Duration firstRetry, BenchmarkFiles files, EventCatalog catalog, InstantSource clock) {
        return new TradeSenseEmbedded(files, catalog, clock, JdbcLog.Settings.DEFAULT_TAIL_EVENTS, trouble, firstRetry);
    }

    /// Nothing is held in memory: the worker reads every event from the file, as one does that has fallen behind.
    static TradeSenseEmbedded fromTheFile(BenchmarkFiles files, EventCatalog catalog, InstantSource clock) {
        return new TradeSenseEmbedded(files, catalog, clock, 1, Trouble.NONE, Trouble.FIRST_RETRY);
    }

    @Override
    public String name() {
        return trouble.nameOf("tradesense embedded" + (tailEvents == 1 ? ", from the file" : ""));
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        settings.put("failures", trouble.failures(firstRetry));
        settings.put("log", "SQLite, WAL, synchronous=FULL");
        settings.put("tailEvents", Integer.toString(tailEvents));
        return settings;
    }

    @Override
    public @Nullable Integer failingSubject() {
        return trouble.failingSubject();
    }

    @Override
    public Session open(Load load, Observations observations) throws IOException {
        return new OneRound(load, observations, files.newFolder());
    }

    private TradeSense platform(JdbcLog log) {
        return TradeSense.builder()
                .source(Platforms.SOURCE)
                .registry(catalog)
                .log(log)
                .build();
    }

    private final class OneRound implements Session {
        private final Load load;
        private final Observations observations;
        private final Path folder;
        private final JdbcLog log;
        private final TradeSense tradesense;

        OneRound(Load load, Observations observations, Path folder) {
            this.load = load;
            this.observations = observations;
            this.folder = folder;
            this.log = openLog();
            this.tradesense = platform(log);
            tradesense.register(trouble.worker(load, observations, firstRetry));
        }

        private JdbcLog openLog() {
            JdbcLog.Settings settings = new JdbcLog.Settings(
                    clock,
                    new SimpleMeterRegistry(),
                    JdbcLog.Settings.DEFAULT_MAX_GROUP_EVENTS,
                    JdbcLog.Settings.DEFAULT_MAX_QUEUED_EVENTS,
                    JdbcLog.Settings.DEFAULT_POSITION_DELAY,
                    tailEvents);
            return JdbcLog.open("jdbc:sqlite:" + folder.resolve("events.db"), settings);
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
                restarted.register(trouble.worker(load, observations, firstRetry));
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
