package ai.tradesense.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Runs one contender once: publishers publish, everything is handled and acknowledged, and what was observed
/// is summed up.
final class Round {
    /// How long nothing may be handled before the round is given up.
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration COUNT_EVERY = Duration.ofSeconds(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final Load load;
    private final Pacing pacing;
    private final int batch;
    private final LongSupplier nanoClock;
    private final Duration patience;

    Round(Load load, Pacing pacing, int batch, LongSupplier nanoClock, Duration patience) {
        this.load = load;
        this.pacing = pacing;
        this.batch = batch;
        this.nanoClock = nanoClock;
        this.patience = patience;
    }

    /// Runs it.
    ///
    /// @throws BenchmarkException if it cannot be completed, or what it left behind is wrong
    Outcome run(Contender contender) {
        System.gc(); // what a round finds, not what the one before left
        Observations observations = new Observations(load, nanoClock, contender.failingSubject());
        try (Contender.Session session = contender.open(load, observations)) {
            long cpuFrom = PROCESS.getProcessCpuTime();
            long nanos = time(session, observations);
            long cpuNanos = PROCESS.getProcessCpuTime() - cpuFrom;
            session.verify();
            return observations.outcome(nanos, cpuNanos);
        } catch (BenchmarkException failure) {
            throw new BenchmarkException(contender.name() + ": " + failure.getMessage(), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchmarkException(contender.name() + ": interrupted", interrupted);
        } catch (Exception failure) {
            throw new BenchmarkException(contender.name() + ": " + failure, failure);
        }
    }

    private long time(Contender.Session session, Observations observations) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
        List<Thread> publishers = new ArrayList<>();
        for (int i = 0; i < load.publishers(); i++) {
            int publisher = i;
            publishers.add(Thread.ofPlatform()
                    .name("publisher-" + i)
                    .daemon(true)
                    .start(() -> {
                        try {
                            start.await();
                            pacing.publish(publisher, load, batch, session, observations);
                        } catch (Throwable failure) { // whatever it is, the round has failed
                            failed.compareAndSet(null, failure);
                        }
                    }));
        }
        long from = observations.now();
        observations.countFrom(from + pacing.leadInNanos(load));
        start.countDown();
        Watch watch = new Watch(observations);
        try {
            for (Thread publisher : publishers) {
                while (!publisher.join(LOOK_EVERY)) {
                    rethrow(failed.get());
                    if (watch.nothingMoves()) {
                        throw new BenchmarkException("nothing was handled for " + patience.toSeconds()
                                + " s while publishing; " + observations.handledSoFar() + " of " + load.events()
                                + " events were");
                    }
                }
            }
            rethrow(failed.get());
            awaitHandled(observations, watch);
            session.acknowledge();
            return observations.now() - from;
        } finally {
            publishers.forEach(Thread::interrupt);
        }
    }

    private static void rethrow(@Nullable Throwable failure) throws Exception {
        switch (failure) {
            case null -> {}
            case Exception exception -> throw exception;
            default -> throw new BenchmarkException("a publisher failed: " + failure, failure);
        }
    }

    /// Returns when every event was handled, or nothing moves any more; what is missing then is lost.
    private void awaitHandled(Observations observations, Watch watch) {
        int missing = observations.firstMissing(0);
        while (missing < load.events() && !watch.nothingMoves()) {
            LockSupport.parkNanos(200_000);
            missing = observations.firstMissing(missing);
        }
    }

    /// Notices that nothing is handled any more, by counting now and then.
    private final class Watch {
        private final Observations observations;
        private int handled;
        private long lookedAt;
        private long movedAt;

        Watch(Observations observations) {
            this.observations = observations;
            this.lookedAt = observations.now();
            this.movedAt = lookedAt;
        }

        boolean nothingMoves() {
            long now = observations.now();
            if (now - lookedAt >= Math.min(COUNT_EVERY.toNanos(), patience.toNanos() / 4)) {
                lookedAt = now;
                int found = observations.handledSoFar();
                if (found != handled) {
                    handled = found;
                    movedAt = now;
                }
            }
            return now - movedAt > patience.toNanos();
        }
    }
}
