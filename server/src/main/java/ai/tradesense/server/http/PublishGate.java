package ai.tradesense.server.http;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/// How much publishing goes on at a time: so many calls, and so many bytes of their bodies in memory. Who comes
/// when it is full is told to come back, at once. Safe for use by several threads.
public final class PublishGate {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final int maxCalls;
    private final long maxBytes;
    private final Semaphore calls;
    private final AtomicLong bytes = new AtomicLong();

    public PublishGate(int maxCalls, long maxBytes) {
        this.maxCalls = maxCalls;
        this.maxBytes = maxBytes;
        this.calls = new Semaphore(maxCalls);
    }

    /// Lets a call in.
    ///
    /// @throws ProblemException if too many are in
    public Admission enter() {
        if (!calls.tryAcquire()) {
            throw full(maxCalls + " publishing calls are under way (tradesense.limits.max-publishes-in-flight)");
        }
        return new Admission();
    }

    private static ProblemException full(String what) {
        return ProblemException.retryLater(ProblemKind.TOO_MANY_REQUESTS, "As many as " + what + ".", RETRY_AFTER);
    }

    /// One call that is in, and the bytes it holds. For use by one thread.
    public final class Admission implements AutoCloseable {
        private long held;

        private Admission() {}

        /// Takes room for bytes that are about to be read.
        ///
        /// @throws ProblemException if there is none
        void reserve(long count) {
            if (bytes.addAndGet(count) > maxBytes) {
                bytes.addAndGet(-count);
                throw full(maxBytes + " bytes of events are being read (tradesense.limits.max-buffered-bytes)");
            }
            held += count;
        }

        @Override
        public void close() {
            bytes.addAndGet(-held);
            calls.release();
        }
    }
}
