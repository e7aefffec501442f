package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shows that this process lives, several times within the length of a lease, sees to it that what it has is read,
/// and writes down soon after what was settled. One thread for all subscriptions of a transport, so that a handler
/// that takes long costs no lease.
final class StreamKeeper implements AutoCloseable {
    private static final int TENDINGS_PER_LEASE = 5;
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration RETRY = Duration.ofMillis(250);
    private static final Duration BETWEEN_SAVINGS = Duration.ofMillis(5);
    private static final Logger LOG = LoggerFactory.getLogger(StreamKeeper.class);

    private final StreamBroker broker;
    private final StreamDirectory directory;
    private final long usualNanos;
    private final Set<StreamSubscription> subscriptions = new CopyOnWriteArraySet<>();
    private final Thread thread;
    private volatile @Nullable String trouble;

    // Guarded by this.
    private boolean toSave;
    private boolean toTend;
    private boolean closed;

    StreamKeeper(StreamBroker broker, StreamDirectory directory, Duration lease) {
        this.broker = broker;
        this.directory = directory;
        this.usualNanos = lease.toNanos() / TENDINGS_PER_LEASE;
        this.thread =
                Thread.ofPlatform().daemon(true).name("rabbitmq-stream-keeper").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void add(StreamSubscription subscription) {
        subscriptions.add(subscription);
        tendNow();
    }

    void remove(StreamSubscription subscription) {
        subscriptions.remove(subscription);
    }

    List<StreamSubscription> subscriptions() {
        return List.copyOf(subscriptions);
    }

    /// Why the broker could not be asked; null if it could.
    @Nullable
    String trouble() {
        return trouble;
    }

    /// Events were settled. Does not wait.
    synchronized void save() {
        toSave = true;
        notifyAll();
    }

    /// Something has changed that is to be looked at. Does not wait.
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
                    for (StreamSubscription subscription : subscriptions) {
                        boolean _ = attempt(subscription::save);
                    }
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
        boolean done = attempt(() -> {
            directory.open();
            broker.look();
        });
        boolean[] changing = new boolean[1];
        for (StreamSubscription subscription : subscriptions) {
            done = done && attempt(() -> changing[0] |= subscription.tend());
        }
        long next = done ? changing[0] ? SOON.toNanos() : usualNanos : RETRY.toNanos();
        return Math.min(next, usualNanos);
    }

    private boolean attempt(Runnable asking) {
        try {
            asking.run();
            if (trouble != null) {
                LOG.info("{} answers again", broker.address());
            }
            trouble = null;
            return true;
        } catch (RuntimeException problem) {
            RabbitTransportException failure = broker.translate(problem, broker.address());
            if (trouble == null && !isClosed()) {
                LOG.error("the broker cannot be asked; trying again", failure);
            }
            trouble = failure.sentence();
            if (failure.reason() == Reason.NO_ANSWER) {
                broker.abandon(Purpose.CONTROL);
                broker.abandon(Purpose.READING);
            }
            subscriptions.forEach(subscription -> subscription.fail(failure));
            return false;
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(broker.timeout());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
