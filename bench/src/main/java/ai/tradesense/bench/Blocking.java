package ai.tradesense.bench;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// A handler that waits for something else, a database for example.
final class Blocking {
    private Blocking() {}

    /// Waits that long, unless it is interrupted.
    static void forAWhile(Duration duration) {
        if (duration.isZero()) {
            return;
        }
        long from = System.nanoTime();
        long waited = 0;
        while (waited < duration.toNanos() && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(duration.toNanos() - waited);
            waited = System.nanoTime() - from;
        }
    }
}
