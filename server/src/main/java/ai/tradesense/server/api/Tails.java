package ai.tradesense.server.api;

import ai.tradesense.server.config.Settings;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.store.EventStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// The tails that are being read: at most so many, and all of them ended before the server waits for the calls
/// under way to end.
@Component
final class Tails implements SmartLifecycle {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final EventStore store;
    private final int maxTails;
    private final Set<Tail> open = ConcurrentHashMap.newKeySet();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean running;

    Tails(EventStore store, Settings settings, MeterRegistry meters) {
        this.store = store;
        this.maxTails = settings.httpLimits().maxTailClients();
        Gauge.builder("tradesense.tail.clients", open, Set::size)
                .description("Tails that are being read")
                .register(meters);
    }

    /// Starts one.
    ///
    /// @throws ProblemException if there are too many, or the server is stopping
    Tail open() {
        Tail tail = new Tail();
        synchronized (this) {
            if (!running) {
                throw ProblemException.retryLater(ProblemKind.UNAVAILABLE, "The server is stopping.", RETRY_AFTER);
            }
            if (open.size() >= maxTails) {
                throw ProblemException.retryLater(
                        ProblemKind.TOO_MANY_REQUESTS,
                        "As many as " + maxTails + " tails are being read (tradesense.limits.max-tail-clients).",
                        RETRY_AFTER);
            }
            open.add(tail);
        }
        tail.listening = store.onAppend(tail::wake);
        return tail;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public synchronized void stop() {
        running = false;
        stopped.countDown();
        open.forEach(Tail::wake);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /// One reader. For use by one thread, save [#wake].
    final class Tail implements AutoCloseable {
        private final Semaphore news = new Semaphore(0);
        private AutoCloseable listening = () -> {};

        private Tail() {}

        /// Waits for news, at most so long.
        void await(Duration atMost) throws InterruptedException {
            if (news.tryAcquire(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS)) {
                news.drainPermits();
            }
        }

        /// Waits, less long only if the server stops.
        void pause(Duration duration) throws InterruptedException {
            stopped.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        }

        boolean mayGoOn() {
            return running;
        }

        private void wake() {
            if (news.availablePermits() == 0) {
                news.release();
            }
        }

        @Override
        public void close() {
            open.remove(this);
            try {
                listening.close();
            } catch (Exception failure) {
                throw new IllegalStateException("cannot stop listening to the store", failure);
            }
        }
    }
}
