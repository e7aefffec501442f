package ai.tradesense.server.api;

import ai.tradesense.TradeSense;
import ai.tradesense.server.config.BuildVersion;
import ai.tradesense.store.EventStore;
import ai.tradesense.transport.TransportHealth;
import ai.tradesense.worker.WorkerStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// What an operator sees first.
@RestController
final class StatusController {
    private final TradeSense tradesense;
    private final EventStore store;
    private final MeterRegistry meters;
    private final Pulse pulse;
    private final DeadLetterCount deadLetters;
    private final BuildVersion version;
    private final InstantSource clock;
    private final Instant startedAt;

    StatusController(
            TradeSense tradesense,
            EventStore store,
            MeterRegistry meters,
            Pulse pulse,
            DeadLetterCount deadLetters,
            BuildVersion version,
            InstantSource clock) {
        this.tradesense = tradesense;
        this.store = store;
        this.meters = meters;
        this.pulse = pulse;
        this.deadLetters = deadLetters;
        this.version = version;
        this.clock = clock;
        this.startedAt = clock.instant();
    }

    /// How the platform is.
    enum Condition {
        /// Everything works.
        UP,
        /// It works, but not every worker does.
        DEGRADED,
        /// The transport does not work.
        DOWN
    }

    record Status(
            Condition status,
            String version,
            Instant startedAt,
            long uptimeSeconds,
            TransportEntry transport,
            StoreEntry store,
            RatesEntry rates,
            @Nullable LatencyEntry publish,
            WorkersEntry workers,
            HistoryEntry history) {}

    record TransportEntry(String name, boolean available, String detail) {}

    /// @param head the position of the newest event
    /// @param events how many there are
    record StoreEntry(long head, long events) {}

    record RatesEntry(double publishedPerSecond, double processedPerSecond, double failedPerSecond) {}

    /// How long publishing took lately.
    record LatencyEntry(double p50Millis, double p99Millis) {}

    /// All workers taken together; what a group shares is counted once.
    ///
    /// @param byState how many are in which state, by its name in lower case
    /// @param deadLetters also those of workers that are not registered in this process
    record WorkersEntry(int count, Map<String, Long> byState, long lag, long parked, long deadLetters) {}

    /// Rates interval by interval, oldest first.
    record HistoryEntry(long intervalMillis, List<Double> publishedPerSecond, List<Double> processedPerSecond) {}

    @GetMapping(path = "/api/v1/status", produces = "application/json")
    Status status() {
        TransportHealth health = tradesense.transport().health();
        List<WorkerStatus> workers = tradesense.workers().workers();
        RateHistory history = pulse.history();
        RateHistory.Rates rates = history.allWorkers();
        RateHistory.Course course = history.course();
        return new Status(
                condition(health, workers),
                version.text(),
                startedAt,
                Duration.between(startedAt, clock.instant()).toSeconds(),
                new TransportEntry(tradesense.transport().name(), health.available(), health.detail()),
                new StoreEntry(store.head(), store.count()),
                new RatesEntry(history.publishedPerSecond(), rates.processedPerSecond(), rates.failedPerSecond()),
                latency(),
                together(workers),
                new HistoryEntry(Pulse.INTERVAL.toMillis(), course.publishedPerSecond(), course.processedPerSecond()));
    }

    private static Condition condition(TransportHealth health, List<WorkerStatus> workers) {
        if (!health.available()) {
            return Condition.DOWN;
        }
        boolean allWell = workers.stream().allMatch(worker -> switch (worker.state()) {
            case RUNNING, PAUSED -> true;
            case DEGRADED, STALLED, DOWN -> false;
        });
        return allWell ? Condition.UP : Condition.DEGRADED;
    }

    private WorkersEntry together(List<WorkerStatus> workers) {
        Map<String, Long> byState = new TreeMap<>();
        for (WorkerStatus.State state : WorkerStatus.State.values()) {
            byState.put(state.name().toLowerCase(Locale.ROOT), 0L);
        }
        workers.forEach(worker -> byState.merge(worker.state().name().toLowerCase(Locale.ROOT), 1L, Long::sum));
        return new WorkersEntry(
                workers.size(),
                byState,
                perGroup(workers, WorkerStatus::lag),
                perGroup(workers, WorkerStatus::parked),
                deadLetters.all());
    }

    private static long perGroup(List<WorkerStatus> workers, ToLongFunction<WorkerStatus> number) {
        return workers.stream()
                .collect(Collectors.toMap(WorkerStatus::group, number::applyAsLong, Math::max))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private @Nullable LatencyEntry latency() {
        Timer timer = meters.find("tradesense.publish").timer();
        if (timer == null || timer.count() == 0) {
            return null;
        }
        double p50 = 0;
        double p99 = 0;
        for (ValueAtPercentile value : timer.takeSnapshot().percentileValues()) {
            if (value.percentile() == 0.5) {
                p50 = value.value(TimeUnit.MILLISECONDS);
            } else if (value.percentile() == 0.99) {
                p99 = value.value(TimeUnit.MILLISECONDS);
            }
        }
        return new LatencyEntry(p50, p99);
    }
}
