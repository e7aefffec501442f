package ai.tradesense.server.api;

import ai.tradesense.server.api.RateHistory.Count;
import ai.tradesense.server.api.RateHistory.Done;
import ai.tradesense.store.EventStore;
import ai.tradesense.worker.WorkerRegistry;
import ai.tradesense.worker.WorkerStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Counts about once a second, so that rates and their course are there when somebody looks, and renews the metrics of
/// projections.
@Component
final class Pulse implements SmartLifecycle {
    static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Pulse.class);

    private final EventStore store;
    private final WorkerRegistry workers;
    private final InstantSource clock;
    private final Projections projections;
    private final RateHistory history = new RateHistory();
    private @Nullable ScheduledExecutorService schedule;

    Pulse(EventStore store, WorkerRegistry workers, InstantSource clock, Projections projections) {
        this.store = store;
        this.workers = workers;
        this.clock = clock;
        this.projections = projections;
    }

    RateHistory history() {
        return history;
    }

    private void beat() {
        try {
            Map<String, Done> byWorker = new HashMap<>();
            for (WorkerStatus worker : workers.workers()) {
                byWorker.put(worker.name(), new Done(worker.processed(), worker.failed()));
            }
            history.add(new Count(clock.instant(), store.head(), byWorker));
        } catch (RuntimeException failure) {
            // the next beat tries again; whoever asks for the status learns of it
            LOG.debug("Cannot count", failure);
        }
    }

    @Override
    public synchronized void start() {
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("tradesense-pulse").daemon().factory());
        var _ = executor.scheduleWithFixedDelay(this::beat, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        var _ = executor.scheduleWithFixedDelay(
                projections::count, 0, Projections.INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        schedule = executor;
    }

    @Override
    public synchronized void stop() {
        if (schedule != null) {
            schedule.shutdownNow();
            schedule = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return schedule != null;
    }
}
