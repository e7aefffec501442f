package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.MemoryTransport;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Ours, in memory: objects are handed over.
final class TradeSenseMemory implements Contender {
    private final PreparedEvents prepared;
    private final EventCatalog catalog;
    private final Trouble trouble;
    private final Duration firstRetry;

    /// In trouble.
    ///
    /// @param firstRetry after how long what failed is tried again for the first time
    TradeSenseMemory(PreparedEvents prepared, EventCatalog catalog, Trouble trouble, Duration firstRetry) {
        this.prepared = prepared;
        this.catalog = catalog;
        this.trouble = trouble;
        this.firstRetry = firstRetry;
    }

    @Override
    public String name() {
        return trouble.nameOf("tradesense memory");
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        settings.put("failures", trouble.failures(firstRetry));
        settings.put("ring", MemoryTransport.DEFAULT_CAPACITY + " events");
        return settings;
    }

    @Override
    public @Nullable Integer failingSubject() {
        return trouble.failingSubject();
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<DomainEvent> events = prepared.of(load);
        TradeSense tradesense =
                TradeSense.builder().source(Platforms.SOURCE).registry(catalog).build();
        tradesense.register(trouble.worker(load, observations, firstRetry));
        return new Session() {
            @Override
            public void publish(int from, int to) {
                tradesense.publish(events.subList(from, to));
            }

            @Override
            public void acknowledge() {
                Platforms.acknowledge(tradesense);
            }

            @Override
            public void close() {
                tradesense.close();
            }
        };
    }
}
