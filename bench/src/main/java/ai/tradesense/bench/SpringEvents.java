package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.events.DomainEvent;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadPoolExecutor;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/// Spring's `ApplicationEventPublisher` with its multicaster on an executor.
final class SpringEvents implements Contender {
    private final PreparedEvents prepared;

    SpringEvents(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "Spring application events";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of("executor", OneThread.DESCRIPTION, "publishes", "one by one"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<DomainEvent> events = prepared.of(load);
        ThreadPoolExecutor executor = OneThread.executor();
        SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster();
        multicaster.setTaskExecutor(executor);
        GenericApplicationContext context = new GenericApplicationContext();
        context.getBeanFactory()
                .registerSingleton(AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME, multicaster);
        context.addApplicationListener(ApplicationListener.<DomainEvent>forPayload(
                event -> observations.handled(event.dataAs(OrderPlaced.class))));
        context.refresh();
        return new Session() {
            @Override
            public void publish(int from, int to) {
                for (int index = from; index < to; index++) {
                    context.publishEvent(events.get(index));
                }
            }

            @Override
            public void close() {
                context.close();
                executor.shutdownNow();
            }
        };
    }
}
