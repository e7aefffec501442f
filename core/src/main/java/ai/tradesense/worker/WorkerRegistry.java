package ai.tradesense.worker;

import java.util.List;
import java.util.Optional;

/// The workers of this platform. Safe for use by several threads. What is said to a worker that is neither here nor
/// at another instance throws [java.util.NoSuchElementException].
///
/// What is ordered of a worker (pause, drain and resume, concurrency, breaker) counts here at once. Where
/// instances share a [ai.tradesense.control.ControlStore], it then reaches all others and those that are
/// started later; if the store fails, the order throws and counts here alone.
public interface WorkerRegistry {
    /// Registers a worker and starts it.
    ///
    /// @throws IllegalArgumentException if its name, group or subscription is not valid or taken already
    void register(EventWorker worker);

    /// Lets a worker finish what it has begun, then forgets it; its group keeps its position. No effect if
    /// there is none of that name.
    void deregister(String workerName);

    /// Stops a worker from taking new events; what it has begun, and what waits in its lanes, it finishes.
    void pause(String workerName);

    /// The same, for whoever waits until a worker has nothing at hand any more, as before its process is ended: it
    /// is `PAUSED`, and its [WorkerStatus#reason] says how many events are at hand, then that it is
    /// [WorkerStatus#isDrained]. What is parked stays where it is, as nothing of that is at hand.
    void drain(String workerName);

    /// Lets a worker that is paused, drains or is drained take events again.
    void resume(String workerName);

    /// Has a worker process another number of subjects at the same time, as soon as what it has taken is
    /// done with.
    void changeConcurrency(String workerName, int subjects);

    /// Opens a worker's circuit breaker until it is reset.
    void openBreaker(String workerName);

    /// Closes a worker's circuit breaker and forgets what failed.
    void resetBreaker(String workerName);

    /// Every worker, by name. Asks transport and store, so it may block for I/O.
    List<WorkerStatus> workers();

    /// The schedules of the workers that have one, by name.
    List<ScheduleStatus> schedules();

    /// The instances that share the orders of this one, and this one, by name: those that live, and those that
    /// ended without a word since yesterday. Asks the store, so it may block for I/O.
    List<InstanceStatus> instances();

    /// One worker.
    Optional<WorkerStatus> worker(String workerName);
}
