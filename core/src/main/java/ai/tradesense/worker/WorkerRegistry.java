package ai.tradesense.worker;

import java.util.List;
import java.util.Optional;

/// The workers of this platform. Safe for use by several threads.
public interface WorkerRegistry {
    /// Registers a worker and starts it.
    ///
    /// @throws IllegalArgumentException if its name, group or subscription is not valid or taken already
    void register(EventWorker worker);

    /// Lets a worker finish what it has begun, then forgets it; its group keeps its position. No effect if
    /// there is none of that name.
    void deregister(String workerName);

    /// Stops a worker from taking new events; what it has begun it finishes.
    ///
    /// @throws java.util.NoSuchElementException if there is none of that name
    void pause(String workerName);

    /// Lets a paused worker take events again.
    ///
    /// @throws java.util.NoSuchElementException if there is none of that name
    void resume(String workerName);

    /// Every worker, by name. Asks transport and store, so it may block for I/O.
    List<WorkerStatus> workers();

    /// One worker.
    Optional<WorkerStatus> worker(String workerName);
}
