package ai.tradesense.bench;

import ai.tradesense.transport.MemoryTransport;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// An executor for peers that have none of their own: one thread, which keeps order, and a queue as long as our
/// ring, on which publishers wait while it is full.
final class OneThread {
    /// What it is, for the settings of those who use it.
    static final String DESCRIPTION =
            "ThreadPoolExecutor, 1 thread, ArrayBlockingQueue of " + MemoryTransport.DEFAULT_CAPACITY;

    private OneThread() {}

    static ThreadPoolExecutor executor() {
        return new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MemoryTransport.DEFAULT_CAPACITY),
                (task, executor) -> {
                    try {
                        executor.getQueue().put(task);
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                        throw new RejectedExecutionException("interrupted while the queue was full", interrupted);
                    }
                });
    }
}
