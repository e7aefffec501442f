package ai.tradesense.worker;

import ai.tradesense.bus.PublishingBus;
import ai.tradesense.parking.Failure;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What is counted and timed of one worker. Lanes hand their measurements over in batches, so that the path of an event
/// touches no shared counter.
final class WorkerMeters {
    /// Quantiles are of the last minute or two.
    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final MeterRegistry registry;
    private final Clock clock;
    private final Tags tags;
    private final Counter published; // of the platform
    private final LongAdder duplicates = new LongAdder();
    private final List<Meter> meters = new ArrayList<>();
    private volatile @Nullable LastError lastError;

    // Guarded by this.
    private LatencyHistogram young = new LatencyHistogram();
    private LatencyHistogram old = new LatencyHistogram();
    private long youngSinceNanos;
    private long handled;
    private long failed;
    private long totalNanos;

    record LastError(String text, Instant at) {}

    WorkerMeters(String worker, MeterRegistry registry) {
        this.registry = registry;
        this.clock = registry.config().clock();
        this.tags = Tags.of("worker", worker);
        this.published = PublishingBus.published(registry);
        this.youngSinceNanos = nanoTime();
        meters.add(FunctionTimer.builder(
                        "tradesense.worker.processing",
                        this,
                        WorkerMeters::handled,
                        WorkerMeters::totalNanos,
                        TimeUnit.NANOSECONDS)
                .description("How long the handler took for one event")
                .tags(tags)
                .register(registry));
        for (double share : new double[] {0.5, 0.99}) {
            meters.add(Gauge.builder(
                            "tradesense.worker.processing.quantile",
                            this,
                            own -> own.quantile(share).toNanos() / 1e9)
                    .description("The time that this share of events did not exceed in the last minutes")
                    .baseUnit("seconds")
                    .tags(tags.and("quantile", Double.toString(share)))
                    .register(registry));
        }
        count("tradesense.worker.processed", "Events processed", WorkerMeters::processed);
        count("tradesense.worker.failed", "Attempts that failed", WorkerMeters::failed);
        count(
                "tradesense.worker.duplicates",
                "Deliveries left out because the event was seen before",
                own -> own.duplicates.sum());
    }

    private void count(String name, String description, ToDoubleFunction<WorkerMeters> value) {
        meters.add(FunctionCounter.builder(name, this, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    /// Adds a value that is asked for when meters are read.
    <T> void gauge(String name, String description, T of, ToDoubleFunction<T> value) {
        meters.add(Gauge.builder(name, of, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    long nanoTime() {
        return clock.monotonicTime();
    }

    /// Takes a lane's measurements and empties them.
    void add(LatencyHistogram measured) {
        if (measured.count() == 0) {
            return;
        }
        long now = nanoTime();
        synchronized (this) {
            if (now - youngSinceNanos > WINDOW_NANOS) {
                LatencyHistogram forgotten = old;
                old = young;
                young = forgotten;
                young.clear();
                youngSinceNanos = now;
            }
            young.addAll(measured);
            handled += measured.count();
            failed += measured.failures();
            totalNanos += measured.totalNanos();
        }
        measured.clear();
    }

    void failed(Throwable error, Instant at) {
        String message = Failure.messageOf(error);
        lastError = new LastError(error.getClass().getSimpleName() + (message.isEmpty() ? "" : ": " + message), at);
    }

    /// Events have become durable that the worker published in a transaction.
    void published(int events) {
        published.increment(events);
    }

    void duplicate() {
        duplicates.increment();
    }

    private synchronized long handled() {
        return handled;
    }

    private synchronized double totalNanos() {
        return totalNanos;
    }

    synchronized long processed() {
        return handled - failed;
    }

    synchronized long failed() {
        return failed;
    }

    synchronized Duration meanProcessing() {
        return handled == 0 ? Duration.ZERO : Duration.ofNanos(totalNanos / handled);
    }

    /// The time that a share of the events of the last minutes did not exceed.
    synchronized Duration quantile(double share) {
        LatencyHistogram both = new LatencyHistogram();
        both.addAll(old);
        both.addAll(young);
        return Duration.ofNanos(both.quantileNanos(share));
    }

    @Nullable
    LastError lastError() {
        return lastError;
    }

    void remove() {
        meters.forEach(registry::remove);
    }
}
