package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.events.DomainEvent;
import com.google.common.eventbus.AllowConcurrentEvents;
import com.google.common.eventbus.AsyncEventBus;
import com.google.common.eventbus.Subscribe;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadPoolExecutor;

/// Guava's `AsyncEventBus`.
final class GuavaEventBus implements Contender {
    private final PreparedEvents prepared;

    GuavaEventBus(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "Guava AsyncEventBus";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of("executor", OneThread.DESCRIPTION, "publishes", "one by one"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<DomainEvent> events = prepared.of(load);
        ThreadPoolExecutor executor = OneThread.executor();
        AsyncEventBus bus = new AsyncEventBus(executor);
        bus.register(new Subscriber(observations));
        return new Session() {
            @Override
            public void publish(int from, int to) {
                for (int index = from; index < to; index++) {
                    bus.post(events.get(index));
                }
            }

            @Override
            public void close() {
                executor.shutdownNow();
            }
        };
    }

    /// Public, and so its method, because Guava calls it by reflection.
    public static final class Subscriber {
        private final Observations observations;

        Subscriber(Observations observations) {
            this.observations = observations;
        }

        /// Notes the order.
        @Subscribe
        @AllowConcurrentEvents // one thread calls it, so it need not be locked
        public void on(DomainEvent event) {
            observations.handled(event.dataAs(OrderPlaced.class));
        }
    }
}
