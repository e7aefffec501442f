package ai.tradesense.worker;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What is counted and timed of one worker.
final class WorkerMeters {
    private final String worker;
    private final MeterRegistry registry;
    private final Clock clock;
    private final Timer processing;
    private final LongAdder processed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private final List<Meter> meters = new ArrayList<>();
    private volatile @Nullable LastError lastError;

    record LastError(String text, Instant at) {}

    WorkerMeters(String worker, MeterRegistry registry) {
        this.worker = worker;
        this.registry = registry;
        this.clock = registry.config().clock();
        this.processing = Timer.builder("tradesense.worker.processing")
                .description("How long the handler took for one event")
                .tag("worker", worker)
                .publishPercentiles(0.5, 0.99)
                .register(registry);
        meters.add(processing);
        count("tradesense.worker.processed", "Events processed", processed);
        count("tradesense.worker.failed", "Attempts that failed", failed);
        count("tradesense.worker.duplicates", "Deliveries left out because the event was seen before", duplicates);
    }

    private void count(String name, String description, LongAdder adder) {
        meters.add(FunctionCounter.builder(name, adder, LongAdder::sum)
                .description(description)
                .tag("worker", worker)
                .register(registry));
    }

    /// Adds a value that is asked for when meters are read.
    <T> void gauge(String name, String description, T of, ToDoubleFunction<T> value) {
        meters.add(Gauge.builder(name, of, value)
                .description(description)
                .tag("worker", worker)
                .register(registry));
    }

    long nanoTime() {
        return clock.monotonicTime();
    }

    void succeeded(long tookNanos) {
        processing.record(tookNanos, TimeUnit.NANOSECONDS);
        nanos.add(tookNanos);
        processed.increment();
    }

    void failed(long tookNanos, Throwable error, Instant at) {
        processing.record(tookNanos, TimeUnit.NANOSECONDS);
        nanos.add(tookNanos);
        failed.increment();
        String message = error.getMessage();
        lastError = new LastError(error.getClass().getSimpleName() + (message == null ? "" : ": " + message), at);
    }

    void duplicate() {
        duplicates.increment();
    }

    long processed() {
        return processed.sum();
    }

    long failed() {
        return failed.sum();
    }

    Duration meanProcessing() {
        long calls = processed() + failed();
        return calls == 0 ? Duration.ZERO : Duration.ofNanos(nanos.sum() / calls);
    }

    @Nullable
    LastError lastError() {
        return lastError;
    }

    void remove() {
        meters.forEach(registry::remove);
    }
}
