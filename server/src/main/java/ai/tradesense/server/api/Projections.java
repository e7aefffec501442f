package ai.tradesense.server.api;

import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionReport;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/// The read models that services make of what is stored here, as their projectors say they are.
@Component
final class Projections {
    /// How often the metrics are renewed, which is how often a projector says how it is.
    static final Duration INTERVAL = Duration.ofSeconds(5);

    /// After how long a process that was not heard of is taken for dead: three times it said nothing.
    private static final Duration SILENT_AFTER = INTERVAL.multipliedBy(3);

    private static final Logger LOG = LoggerFactory.getLogger(Projections.class);

    private final EventStore store;
    private final InstantSource clock;
    private final MultiGauge lags;
    private final MultiGauge ups;

    Projections(EventStore store, InstantSource clock, MeterRegistry meters) {
        this.store = store;
        this.clock = clock;
        this.lags = MultiGauge.builder("tradesense.projection.lag")
                .description("Positions of the store behind those of a projection")
                .register(meters);
        this.ups = MultiGauge.builder("tradesense.projection.up")
                .description("1 while a projection goes on, 0 while it stands still or its process is silent")
                .register(meters);
    }

    List<ProjectionEntry> all() {
        List<ProjectionReport> reports = store.projections().all();
        long head = reports.isEmpty() ? 0 : store.head();
        Instant since = clock.instant().minus(SILENT_AFTER);
        return reports.stream()
                .map(report -> ProjectionEntry.of(report, head, since))
                .toList();
    }

    /// Has the metrics say how they are now, and nothing while that cannot be known.
    void count() {
        List<ProjectionEntry> entries = List.of();
        try {
            entries = all();
        } catch (RuntimeException failure) {
            LOG.debug("Cannot ask how projections are", failure); // it is asked again soon
        }
        lags.register(rows(entries, ProjectionEntry::lag), true);
        ups.register(rows(entries, entry -> entry.goesOn() ? 1 : 0), true);
    }

    private static List<MultiGauge.Row<?>> rows(
            List<ProjectionEntry> entries, ToDoubleFunction<ProjectionEntry> value) {
        return entries.stream()
                .<MultiGauge.Row<?>>map(entry -> MultiGauge.Row.of(
                        Tags.of("projection", entry.name(), "process", entry.instance()), value.applyAsDouble(entry)))
                .toList();
    }
}
