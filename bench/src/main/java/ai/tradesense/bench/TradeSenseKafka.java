package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.kafka.KafkaSettings;
import ai.tradesense.kafka.KafkaTransport;
import ai.tradesense.testkit.services.KafkaBroker;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Ours on Kafka, on a broker of its own for each round on this machine.
final class TradeSenseKafka implements Contender {
    private final EventCatalog catalog;
    private final InstantSource clock;

    TradeSenseKafka(EventCatalog catalog, InstantSource clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "tradesense kafka";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        settings.put("producer", "acks=all, idempotent, lz4, one batch per partition and round");
        settings.put("partitions", Integer.toString(KafkaSettings.DEFAULT_PARTITIONS));
        settings.put("duplicates", "filtered by source and id, when sending and when handling");
        return settings;
    }

    @Override
    public Session open(Load load, Observations observations) {
        return new OneRound(load, observations);
    }

    private final class OneRound implements Session {
        private final Load load;
        private final Observations observations;
        private final KafkaBroker kafka = KafkaBroker.toBeMeasured();
        private final KafkaTransport transport;
        private final TradeSense tradesense;

        OneRound(Load load, Observations observations) {
            this.load = load;
            this.observations = observations;
            this.transport = KafkaTransport.open(KafkaSettings.of(kafka.servers()));
            this.tradesense = platform(transport);
            tradesense.register(Platforms.worker(load, observations));
        }

        private TradeSense platform(KafkaTransport on) {
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

        /// Kills the broker and starts it again: nothing may be left to do.
        @Override
        public void verify() {
            tradesense.close();
            transport.close();
            kafka.restart();
            try (KafkaTransport again = KafkaTransport.open(KafkaSettings.of(kafka.servers()));
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
            kafka.close();
        }
    }
}
