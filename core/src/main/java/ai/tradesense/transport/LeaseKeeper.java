package ai.tradesense.transport;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread with which a transport keeps what is its own: has leases and memberships extended several times
/// within the length of a lease, and positions saved soon after they have moved. One thread for all subscriptions,
/// so that a handler that takes long costs no lease. What fails is logged once and done again until it succeeds.
///
/// Safe for use by several threads.
public final class LeaseKeeper {
    /// What a keeper has to do. Called by its thread alone; may block for I/O.
    public interface Duties {
        /// Extends leases, takes what is to be its own and gives up what is not.
        Next tend();

        /// Makes positions durable that have moved.
        void save();

        /// Positions were saved: what was not begun because they were not may begin.
        default void saved() {}
    }

    /// When leases are to be tended again.
    public enum Next {
        /// Several times within the length of a lease.
        USUALLY,
        /// In a moment, because something is about to change hands.
        SOON
    }

    private static final int TENDINGS_PER_LEASE = 5;
    private static final long SOON_NANOS = Duration.ofMillis(100).toNanos();
    private static final long RETRY_NANOS = Duration.ofMillis(250).toNanos();
    private static final long MAX_UNSAVED_NANOS = Duration.ofMillis(25).toNanos();
    private static final long NEVER = 0; // a time that is not taken for another one if it should come
    private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

    private final String name;
    private final Duties duties;
    private final LongSupplier nanoTime;
    private final long usualNanos;
    private final long betweenSavingsNanos;
    private final Thread thread;
    private volatile @Nullable String trouble;
    private volatile long unsavedSince = NEVER; // since when positions that have moved wait to be saved
    private volatile long savingSince = NEVER; // the same of those that are being saved

    // Guarded by this.
    private boolean toSave;
    private boolean atOnce;
    private boolean toTend;
    private boolean closed;

    /// A keeper that has not begun.
    ///
    /// @param name of its thread
    /// @param lease how long a lease lasts
    /// @param betweenSavings how long what has moved waits for more to be saved with it
    /// @param nanoTime the time, as of [System#nanoTime]
    public LeaseKeeper(String name, Duration lease, Duration betweenSavings, LongSupplier nanoTime, Duties duties) {
        this.name = name;
        this.duties = duties;
        this.nanoTime = nanoTime;
        this.usualNanos = lease.toNanos() / TENDINGS_PER_LEASE;
        this.betweenSavingsNanos = betweenSavings.toNanos();
        this.thread = Thread.ofPlatform().daemon(true).name(name).unstarted(this::run);
    }

    /// Begins, by tending.
    public void start() {
        thread.start();
    }

    /// Why the last thing that was done failed; null if it did not.
    public @Nullable String trouble() {
        return trouble;
    }

    /// Whether positions that have moved are not saved in time, because that fails, takes long or this thread is busy
    /// with something else. Nothing should begin meanwhile: it would come again if this process ended. Does not
    /// wait; cheap.
    public boolean isBehind() {
        long now = nanoTime.getAsLong();
        return isOld(unsavedSince, now) || isOld(savingSince, now);
    }

    private static boolean isOld(long since, long now) {
        return since != NEVER && now - since > MAX_UNSAVED_NANOS;
    }

    /// Has positions saved soon, because some have moved. Does not wait; cheap.
    public synchronized void save() {
        if (!toSave) {
            saveFrom(nanoTime.getAsLong());
        }
    }

    private void saveFrom(long since) {
        toSave = true;
        unsavedSince = since;
        notifyAll();
    }

    /// Has positions saved without waiting for more, because so many have moved. Does not wait.
    public synchronized void saveAtOnce() {
        atOnce = true;
        save();
        notifyAll();
    }

    /// Has leases tended now, because something has changed. Does not wait.
    public synchronized void tendNow() {
        toTend = true;
        notifyAll();
    }

    private void run() {
        long nextTending = nanoTime.getAsLong();
        long nextSaving = nextTending;
        try {
            while (await(nextTending, nextSaving)) {
                if (takeToTend(nextTending)) {
                    long rest = tend();
                    nextTending = nanoTime.getAsLong() + rest; // however long it took, there is a pause
                }
                if (isToSave(nextSaving)) {
                    nextSaving = nanoTime.getAsLong() + saveAll();
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
            long now = nanoTime.getAsLong();
            long left = nextTending - now;
            if (toSave) {
                left = Math.min(left, atOnce ? 0 : nextSaving - now);
            }
            if (left <= 0) {
                return true;
            }
            wait(left / 1_000_000, (int) (left % 1_000_000));
        }
        return !closed;
    }

    private synchronized boolean takeToTend(long nextTending) {
        boolean taken = toTend || nanoTime.getAsLong() - nextTending >= 0;
        toTend = false;
        return taken;
    }

    private synchronized boolean isToSave(long nextSaving) {
        return toSave && (atOnce || nanoTime.getAsLong() - nextSaving >= 0);
    }

    /// @return after how many nanoseconds to do it again
    private long tend() {
        try {
            Next next = duties.tend();
            succeeded();
            return next == Next.SOON ? Math.min(SOON_NANOS, usualNanos) : usualNanos;
        } catch (RuntimeException | Error failure) {
            failed(failure);
            return Math.min(RETRY_NANOS, usualNanos);
        }
    }

    /// @return after how many nanoseconds it may be done again
    private long saveAll() {
        synchronized (this) {
            toSave = false; // before it is done: what moves meanwhile is saved the next time
            atOnce = false;
            savingSince = unsavedSince;
            unsavedSince = NEVER;
        }
        try {
            duties.save();
            savingSince = NEVER;
            duties.saved();
            succeeded();
            return betweenSavingsNanos;
        } catch (RuntimeException | Error failure) {
            failed(failure);
            synchronized (this) {
                saveFrom(savingSince);
                savingSince = NEVER;
            }
            return RETRY_NANOS;
        }
    }

    private void succeeded() {
        if (trouble != null) {
            LOG.info("{} goes on", name);
            trouble = null;
        }
    }

    /// Also an error is no reason to keep no lease any more.
    private void failed(Throwable failure) {
        if (trouble == null) {
            LOG.error("{} cannot keep leases and positions; trying again", name, failure);
        }
        String message = failure.getMessage();
        trouble = message == null ? failure.toString() : message;
    }

    /// Ends when what it is doing is done.
    ///
    /// @param patience how long that is waited for
    public void close(Duration patience) {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(patience);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
