package ai.tradesense.server;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.operations.Operations;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.server.api.KeptLog;
import ai.tradesense.server.config.BuildVersion;
import ai.tradesense.server.config.Settings;
import ai.tradesense.store.EventStore;
import ai.tradesense.transport.Transport;
import ai.tradesense.worker.WorkerRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Properties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;

/// The platform, and its parts for those who need one of them alone.
@Configuration(proxyBeanMethods = false)
class PlatformConfiguration {
    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    EventRegistry registry() {
        return EventCatalog.standard();
    }

    @Bean
    Foundation foundation(Settings settings, InstantSource clock, MeterRegistry meters) {
        return Foundation.open(settings, clock, meters);
    }

    @Bean
    KeptLog log(Foundation foundation) {
        return new KeptLog(foundation.log());
    }

    @Bean
    TradeSense tradesense(
            Foundation foundation,
            EventRegistry registry,
            MeterRegistry meters,
            InstantSource clock,
            Settings settings) {
        return foundation
                .builder()
                .registry(registry)
                .meters(meters)
                .clock(clock)
                .limits(settings.limits())
                .retention(settings.retention().policy(), settings.retention().pace())
                .build();
    }

    @Bean
    EventStore store(TradeSense tradesense) {
        return tradesense.store().orElseThrow(() -> new IllegalStateException("the platform has no event store"));
    }

    @Bean
    ParkingStore parking(TradeSense tradesense) {
        return tradesense.parking();
    }

    /// Closed with the platform.
    @Bean(destroyMethod = "")
    Operations operations(TradeSense tradesense) {
        return tradesense.operations();
    }

    @Bean
    WorkerRegistry workers(TradeSense tradesense) {
        return tradesense.workers();
    }

    /// Closed with the foundation.
    @Bean(destroyMethod = "")
    Transport transport(TradeSense tradesense) {
        return tradesense.transport();
    }

    @Bean
    BuildVersion version() {
        Properties build = new Properties();
        try (InputStream file = new ClassPathResource("tradesense-version.properties").getInputStream()) {
            build.load(file);
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
        return new BuildVersion(build.getProperty("version"));
    }
}
