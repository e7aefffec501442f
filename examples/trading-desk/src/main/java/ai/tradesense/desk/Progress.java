package ai.tradesense.desk;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Tells one waiting thread that something has changed. Thread-safe.
final class Progress {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean stopped;

    /// Something changed that somebody may wait for.
    void changed() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Ends all waiting, now and from now on.
    void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until something is true.
    ///
    /// @throws InterruptedException if the thread was interrupted or [#stop] was called
    void await(BooleanSupplier condition) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!condition.getAsBoolean()) {
                requireRunning();
                changed.await();
            }
            requireRunning();
        } finally {
            lock.unlock();
        }
    }

    /// Lets time pass.
    ///
    /// @throws InterruptedException if the thread was interrupted or [#stop] was called
    void pass(Duration time) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = time.toNanos();
            while (left > 0) {
                requireRunning();
                left = changed.awaitNanos(left);
            }
            requireRunning();
        } finally {
            lock.unlock();
        }
    }

    private void requireRunning() throws InterruptedException {
        if (stopped) {
            throw new InterruptedException("the desk was closed");
        }
    }
}
