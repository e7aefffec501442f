package ai.tradesense.transaction;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// The gauges of something that goes, and takes them with it. Safe for use by several threads.
final class OwnGauges {
    private record Own(MeterRegistry registry, Meter meter) {}

    private final List<Own> all = new ArrayList<>(); // guarded by itself

    /// @param value asked for whenever the meters are read; must not block
    void add(MeterRegistry registry, String name, String description, Tags tags, Supplier<Number> value) {
        Gauge gauge =
                Gauge.builder(name, value).description(description).tags(tags).register(registry);
        synchronized (all) {
            all.add(new Own(registry, gauge));
        }
    }

    void remove() {
        synchronized (all) {
            all.forEach(own -> own.registry().remove(own.meter()));
            all.clear();
        }
    }
}
