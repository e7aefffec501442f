package ai.tradesense.redis;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shows that this process lives: extends leases and memberships, several times within the length of a lease,
/// and saves positions soon after they have moved. One thread for all subscriptions of a transport, so that a
/// handler that takes long costs no lease.
final class LeaseKeeper implements AutoCloseable {
    private static final int TENDINGS_PER_LEASE = 5;
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration BETWEEN_SAVINGS = Duration.ofMillis(5);
    private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

    private final RedisTransport transport;
    private final long usualNanos;
    private final Set<RedisSubscription> subscriptions = new CopyOnWriteArraySet<>();
    private final Thread thread;
    private volatile @Nullable String trouble;

    // Guarded by this.
    private boolean toSave;
    private boolean toTend;
    private boolean closed;

    LeaseKeeper(RedisTransport transport, Duration lease) {
        this.transport = transport;
        this.usualNanos = lease.toNanos() / TENDINGS_PER_LEASE;
        this.thread =
                Thread.ofPlatform().daemon(true).name("redis-lease-keeper").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void add(RedisSubscription subscription) {
        subscriptions.add(subscription);
        tendNow();
    }

    void remove(RedisSubscription subscription) {
        subscriptions.remove(subscription);
    }

    List<RedisSubscription> subscriptions() {
        return List.copyOf(subscriptions);
    }

    /// Why Redis could not be asked; null if it could.
    @Nullable
    String trouble() {
        return trouble;
    }

    /// Positions have moved. Does not wait.
    synchronized void save() {
        toSave = true;
        notifyAll();
    }

    /// Members have come or gone, or there is a new domain. Does not wait.
    synchronized void tendNow() {
        toTend = true;
        notifyAll();
    }

    private void run() {
        long nextTending = System.nanoTime();
        long nextSaving = nextTending;
        try {
            while (await(nextTending, nextSaving)) {
                long now = System.nanoTime();
                if (takeToTend() || now - nextTending >= 0) {
                    nextTending = now + tend();
                } else {
                    nextSaving = now + BETWEEN_SAVINGS.toNanos();
                    each(RedisSubscription::save);
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until there is something to do.
    ///
    /// @return false if it is closed
    private synchronized boolean await(long nextTending, long nextSaving) throws InterruptedException {
        while (!closed && !toTend) {
            long now = System.nanoTime();
            long left = toSave ? Math.min(nextTending - now, nextSaving - now) : nextTending - now;
            if (left <= 0) {
                toSave &= nextTending - now <= 0;
                return true;
            }
            wait(left / 1_000_000, (int) (left % 1_000_000));
        }
        return !closed;
    }

    private synchronized boolean takeToTend() {
        boolean taken = toTend;
        toTend = false;
        return taken;
    }

    /// @return after how many nanoseconds to do it again
    private long tend() {
        boolean[] changing = new boolean[1];
        if (attempt(transport::learnDomains)) {
            each(subscription -> changing[0] |= subscription.tend());
        }
        return changing[0] ? Math.min(SOON.toNanos(), usualNanos) : usualNanos;
    }

    private void each(Consumer<RedisSubscription> what) {
        for (RedisSubscription subscription : subscriptions) {
            if (!attempt(() -> what.accept(subscription))) {
                return; // the others would fail alike
            }
        }
    }

    private boolean attempt(Runnable what) {
        try {
            what.run();
            if (trouble != null) {
                LOG.info("{} answers again", transport.address());
            }
            trouble = null;
            return true;
        } catch (RuntimeException failure) {
            if (trouble == null) {
                LOG.error("leases and positions cannot be kept; trying again", failure);
            }
            trouble = String.valueOf(failure.getMessage());
            return false;
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(transport.settings().timeout());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
