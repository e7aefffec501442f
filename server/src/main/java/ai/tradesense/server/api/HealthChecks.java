package ai.tradesense.server.api;

import ai.tradesense.store.EventStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.transport.TransportHealth;
import ai.tradesense.worker.WorkerRegistry;
import ai.tradesense.worker.WorkerStatus;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What `/actuator/health` is made of.
@Configuration(proxyBeanMethods = false)
class HealthChecks {
    @Bean
    HealthIndicator transportHealthIndicator(Transport transport) {
        return () -> {
            TransportHealth health = transport.health();
            return (health.available() ? Health.up() : Health.down())
                    .withDetail("name", transport.name())
                    .withDetail("detail", health.detail())
                    .build();
        };
    }

    @Bean
    HealthIndicator storeHealthIndicator(EventStore store) {
        return () -> {
            try {
                return Health.up().withDetail("head", store.head()).build();
            } catch (StoreException failure) {
                return Health.down()
                        .withDetail("detail", String.valueOf(failure.getMessage()))
                        .build();
            }
        };
    }

    @Bean
    HealthIndicator workersHealthIndicator(WorkerRegistry registry) {
        return () -> {
            try {
                return workers(registry.workers());
            } catch (StoreException | TransportException failure) {
                return Health.down()
                        .withDetail("detail", String.valueOf(failure.getMessage()))
                        .build();
            }
        };
    }

    private static Health workers(List<WorkerStatus> workers) {
        Map<String, String> states = new TreeMap<>();
        boolean down = false;
        for (WorkerStatus worker : workers) {
            states.put(
                    worker.name(),
                    worker.reason().isEmpty() ? worker.state().name() : worker.state() + ": " + worker.reason());
            down |= worker.state() == WorkerStatus.State.DOWN;
        }
        return (down ? Health.down() : Health.up()).withDetails(states).build();
    }
}
