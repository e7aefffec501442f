package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.worker.EventWorker;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// What our contenders have in common.
final class Platforms {
    static final String SOURCE = "/bench";

    static final Map<String, String> SETTINGS = Map.of(
            "validation", "catalogue",
            "metrics", "SimpleMeterRegistry",
            "worker", "one, typed, with the usual concurrency");

    static final String WORKER = "bench";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private Platforms() {}

    /// Reads the typed record and notes it.
    static EventWorker worker(Load load, Observations observations) {
        return Trouble.NONE.worker(load, observations, Trouble.FIRST_RETRY);
    }

    /// Waits until everything is settled, then takes the worker off, which makes its position durable.
    static void acknowledge(TradeSense tradesense) {
        awaitSettled(tradesense);
        tradesense.workers().deregister(WORKER);
    }

    private static void awaitSettled(TradeSense tradesense) {
        long from = System.nanoTime();
        while (unsettled(tradesense) > 0) {
            if (System.nanoTime() - from > PATIENCE_NANOS) {
                throw new BenchmarkException(unsettled(tradesense) + " events are not settled");
            }
            LockSupport.parkNanos(200_000);
        }
    }

    /// How many events of the bench's worker are not settled.
    static long unsettled(TradeSense tradesense) {
        return tradesense.workers().worker(WORKER).orElseThrow().lag();
    }
}
