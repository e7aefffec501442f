package ai.tradesense.testkit;

import ai.tradesense.TradeSense;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Transport;
import ai.tradesense.worker.WorkerStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;

/// Platforms on real threads, one after the other on the same transport and parking store.
final class Threads implements AutoCloseable {
    /// How long a test waits at most for what has to happen.
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Transport transport;
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final ThreadRuntime runtime;
    private TradeSense tradesense;

    Threads(Transport transport, Duration grace) {
        this.transport = transport;
        this.runtime = new ThreadRuntime(InstantSource.system(), grace);
        this.tradesense = build();
    }

    Threads() {
        this(new MemoryTransport(), ThreadRuntime.DEFAULT_GRACE);
    }

    private TradeSense build() {
        return TradeSense.builder()
                .transport(transport)
                .parking(parking)
                .runtime(runtime)
                .build();
    }

    TradeSense tradesense() {
        return tradesense;
    }

    MemoryParkingStore parking() {
        return parking;
    }

    /// Closes the platform and builds another.
    void restart() {
        tradesense.close();
        tradesense = build();
    }

    WorkerStatus worker(String name) {
        return tradesense.workers().worker(name).orElseThrow();
    }

    /// Waits until a worker has nothing left to do, now or later.
    void awaitRest(String worker) {
        Awaitility.await().atMost(PATIENCE).until(() -> {
            WorkerStatus status = worker(worker);
            return status.lag() == 0 && status.inFlight() == 0 && status.parked() == 0;
        });
    }

    /// Waits for a latch without giving way to interruption, like a handler that cannot be stopped.
    static void awaitUninterruptibly(CountDownLatch latch) {
        boolean open = false;
        while (!open) {
            try {
                latch.await();
                open = true;
            } catch (InterruptedException ignored) {
                // goes on waiting
            }
        }
    }

    @Override
    public void close() {
        tradesense.close();
        runtime.close();
        transport.close();
    }
}
