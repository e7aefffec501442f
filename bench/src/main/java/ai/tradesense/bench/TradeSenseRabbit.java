package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.RabbitSettings;
import ai.tradesense.rabbitmq.RabbitTransport;
import ai.tradesense.testkit.services.RabbitServer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Ours on quorum queues, on a RabbitMQ of its own for each round on this machine.
final class TradeSenseRabbit implements Contender {
    private final EventCatalog catalog;
    private final InstantSource clock;

    TradeSenseRabbit(EventCatalog catalog, InstantSource clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "tradesense rabbitmq";
    }

    @Override
    public SortedMap<String, String> settings() {
        SortedMap<String, String> settings = new TreeMap<>(Platforms.SETTINGS);
        settings.put("queues", "quorum, a history stream beside them");
        settings.put("partitions", Integer.toString(RabbitSettings.DEFAULT_PARTITIONS));
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
        private final RabbitServer rabbit;
        private final RabbitTransport transport;
        private final TradeSense tradesense;

        OneRound(Load load, Observations observations) {
            this.load = load;
            this.observations = observations;
            this.rabbit = RabbitServer.with();
            this.transport = RabbitTransport.open(RabbitSettings.of(rabbit.url()));
            this.tradesense = platform(transport);
            tradesense.register(Platforms.worker(load, observations));
        }

        private TradeSense platform(RabbitTransport on) {
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

        /// Kills RabbitMQ and starts it again: nothing may be left to do.
        @Override
        public void verify() {
            tradesense.close();
            transport.close();
            rabbit.restart();
            try (RabbitTransport again = RabbitTransport.open(RabbitSettings.of(rabbit.url()));
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
            rabbit.close();
        }
    }
}
