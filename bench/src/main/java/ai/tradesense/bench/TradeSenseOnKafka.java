package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.kafka.KafkaSettings;
import ai.tradesense.kafka.KafkaTransport;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Ours on Kafka; what is parked is kept in SQLite, with an fsync for each group of changes.
final class TradeSenseOnKafka implements Contender {
    private final WarmKafka kafka;
    private final BenchmarkFiles files;
    private final EventCatalog catalog;
    private final InstantSource clock;
    private final Trouble trouble;
    private final Duration firstRetry;
    private final int concurrency;
    private final Duration blocking;

    /// @param concurrency of a worker whose handler blocks
    /// @param blocking how long the handler blocks for each event
    private TradeSenseOnKafka(
            WarmKafka kafka,
            BenchmarkFiles files,
            EventCatalog catalog,
            InstantSource clock,
            Trouble trouble,
            Duration firstRetry,
            int concurrency,
            Duration blocking) {
        this.kafka = kafka;
        this.files = files;
        this.catalog = catalog;
        this.clock = clock;
        this.trouble = trouble;
        this.firstRetry = firstRetry;
        this.concurrency = concurrency;
        this.blocking = blocking;
    }

    /// As it comes, and in trouble.
    ///
    /// @param firstRetry after how long what failed is tried again for the first time
    static TradeSenseOnKafka in(
            Trouble trouble,
            Duration firstRetry,
            WarmKafka kafka,
            BenchmarkFiles files,
            EventCatalog catalog,
            InstantSource clock) {
        return new TradeSenseOnKafka(kafka, files, catalog, clock, trouble, firstRetry, 0, Duration.ZERO);
    }

    /// With a handler that blocks.
    static TradeSenseOnKafka blocking(
            Duration blocking,
            int concurrency,
            WarmKafka kafka,
            BenchmarkFiles files,
            EventCatalog catalog,
            InstantSource clock) {
        return new TradeSenseOnKafka(
                kafka, files, catalog, clock, Trouble.NONE, Trouble.FIRST_RETRY, concurrency, blocking);
    }

    @Override
    public String name() {
        return trouble.nameOf("tradesense kafka");
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        if (!blocking.isZero()) {
            settings.put("worker", "one, typed, concurrency " + concurrency);
        }
        settings.put("failures", trouble.failures(firstRetry));
        settings.put("producer", "acks=all, idempotent, lz4, one batch per partition and round");
        settings.put("partitions", Integer.toString(KafkaSettings.DEFAULT_PARTITIONS));
        settings.put("duplicates", "filtered by source and id, when sending and when handling");
        settings.put("events", "binary mode, made, checked, encoded and decoded into the record while the clock runs");
        settings.put("broker", KafkaTopic.SETTINGS.get("broker"));
        settings.put("parking", "SQLite, WAL, synchronous=FULL");
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

    private EventWorker worker(Load load, Observations observations) {
        if (blocking.isZero()) {
            return trouble.worker(load, observations, firstRetry);
        }
        return Worker.named(Platforms.WORKER)
                .concurrency(concurrency)
                .on(OrderPlaced.class, (order, context) -> {
                    Blocking.forAWhile(blocking);
                    observations.handled(order);
                })
                .build();
    }

    private final class OneRound implements Session {
        private final Load load;
        private final Observations observations;
        private final Path folder;
        private final KafkaSettings settings = KafkaSettings.of(kafka.servers()).withPrefix(kafka.nextName());
        private final JdbcLog parked;
        private final KafkaTransport transport = KafkaTransport.open(settings);
        private final TradeSense tradesense;

        OneRound(Load load, Observations observations, Path folder) {
            this.load = load;
            this.observations = observations;
            this.folder = folder;
            this.parked = JdbcLog.open(
                    "jdbc:sqlite:" + folder.resolve("parked.db"),
                    new JdbcLog.Settings(clock, new SimpleMeterRegistry()));
            this.tradesense = platform(transport);
            tradesense.register(worker(load, observations));
        }

        private TradeSense platform(KafkaTransport on) {
            return TradeSense.builder()
                    .source(Platforms.SOURCE)
                    .registry(catalog)
                    .transport(on)
                    .parking(parked.parking())
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

        /// Joins again, as after a restart: nothing may be left to do.
        @Override
        public void verify() {
            tradesense.close();
            transport.close();
            try (KafkaTransport again = KafkaTransport.open(settings);
                    TradeSense restarted = platform(again)) {
                restarted.register(worker(load, observations));
                long unsettled = Platforms.unsettled(restarted);
                if (unsettled > 0) {
                    throw new BenchmarkException(
                            unsettled + " events were acknowledged, but their position was not committed");
                }
            }
        }

        @Override
        public void close() throws IOException {
            tradesense.close();
            transport.close();
            parked.close();
            BenchmarkFiles.remove(folder);
            try {
                kafka.delete(settings.prefix() + "."
                        + EventType.of(OrderPlaced.class).domain());
            } catch (ExecutionException failure) {
                throw new IOException("the topic of " + settings.prefix() + " cannot be deleted", failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
