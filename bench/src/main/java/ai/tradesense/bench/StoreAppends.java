package ai.tradesense.bench;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.store.EventStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Our event store by itself: events are appended, and nobody reads them. What bare inserts are compared with.
final class StoreAppends implements Contender {
    private final TransportName transport;
    private final PreparedEvents prepared;
    private final BenchmarkFiles files;
    private final InstantSource clock;

    StoreAppends(TransportName transport, PreparedEvents prepared, BenchmarkFiles files, InstantSource clock) {
        this.transport = transport;
        this.prepared = prepared;
        this.files = files;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "tradesense " + transport + ", appends alone";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "events", "made beforehand, encoded while the clock runs",
                "durability", "an fsync per commit",
                "duplicates", "found by source and id",
                "metrics", "SimpleMeterRegistry"));
    }

    @Override
    public boolean delivers() {
        return false;
    }

    @Override
    public Session open(Load load, Observations observations) throws IOException {
        return new Appends(prepared.of(load), observations, LogPlace.of(transport, files));
    }

    private final class Appends implements Session {
        private final List<DomainEvent> events;
        private final Observations observations;
        private final LogPlace place;
        private final JdbcLog log;
        private final EventStore store;

        Appends(List<DomainEvent> events, Observations observations, LogPlace place) {
            this.events = events;
            this.observations = observations;
            this.place = place;
            this.log = JdbcLog.open(place.url(), new JdbcLog.Settings(clock, new SimpleMeterRegistry()));
            this.store = log.events();
        }

        @Override
        public void publish(int from, int to) {
            store.append(events.subList(from, to));
            for (int index = from; index < to; index++) {
                observations.stored(index);
            }
        }

        @Override
        public void verify() {
            if (store.count() != events.size()) {
                throw new BenchmarkException("expected " + events.size() + " events, found " + store.count());
            }
        }

        @Override
        public void close() throws IOException {
            log.close();
            place.close();
        }
    }
}
