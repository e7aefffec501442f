package ai.tradesense.jdbc;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the log counts and times.
final class LogMeters {
    private static final Logger LOG = LoggerFactory.getLogger(LogMeters.class);

    private final MeterRegistry registry;
    private final Timer commit;
    private final DistributionSummary group;
    private final Counter failures;
    private final Timer checkpoint;

    LogMeters(MeterRegistry registry) {
        this.registry = registry;
        this.commit = Timer.builder("tradesense.log.commit")
                .description("How long a transaction of the log took, with its fsync")
                .register(registry);
        this.group = DistributionSummary.builder("tradesense.log.commit.events")
                .description("How many events shared a transaction")
                .register(registry);
        this.failures = Counter.builder("tradesense.log.failures")
                .description("Writes that could not be made durable")
                .register(registry);
        this.checkpoint = Timer.builder("tradesense.log.checkpoint")
                .description("How long copying from the WAL into the file took")
                .register(registry);
    }

    long nanoTime() {
        return registry.config().clock().monotonicTime();
    }

    /// What began at `start` is durable, and stays so whatever the registry does.
    void committed(Appended appended, long start) {
        try {
            commit.record(nanoTime() - start, TimeUnit.NANOSECONDS);
            if (!appended.events().isEmpty()) {
                group.record(appended.events().size());
            }
        } catch (RuntimeException | Error failure) {
            LOG.warn("a commit could not be measured", failure);
        }
    }

    void failed() {
        failures.increment();
    }

    void checkpointed(long nanos) {
        checkpoint.record(nanos, TimeUnit.NANOSECONDS);
    }
}
