package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.MemoryTransport;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Ours, in memory: objects are handed over.
final class TradeSenseMemory implements Contender {
    private final PreparedEvents prepared;
    private final EventCatalog catalog;

    TradeSenseMemory(PreparedEvents prepared, EventCatalog catalog) {
        this.prepared = prepared;
        this.catalog = catalog;
    }

    @Override
    public String name() {
        return "tradesense memory";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        settings.put("ring", MemoryTransport.DEFAULT_CAPACITY + " events");
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<DomainEvent> events = prepared.of(load);
        TradeSense tradesense =
                TradeSense.builder().source(Platforms.SOURCE).registry(catalog).build();
        tradesense.register(Platforms.worker(observations));
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
