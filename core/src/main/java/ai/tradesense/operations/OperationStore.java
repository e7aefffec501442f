package ai.tradesense.operations;

import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.parking.ParkingChange;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps operations, their events and their log, on top of a [ai.tradesense.parking.ParkingStore]: what an
/// operation does to a parked event and what is written down of it become durable together or not at all,
/// so that no event is counted twice or forgotten, whenever a process stops.
///
/// Safe for use by several threads and, if the store is, by several processes; all methods block for I/O
/// and throw [ai.tradesense.store.StoreException] if it fails.
public interface OperationStore {
    /// Keeps a new operation with its events. A replay has none yet, and as many pending as it says.
    ///
    /// @return the operation; if there is one of the same `requestId`, that one, and nothing is kept
    Operation create(Operation operation, List<OperationItem> items);

    Optional<Operation> find(String id);

    Optional<Operation> findByRequest(String requestId);

    /// Operations, newest first.
    ///
    /// @param before only those with a lower number; null begins with the newest
    List<Operation> list(@Nullable Long before, int limit);

    /// Those that somebody has to look after, see [Operation#isActive], oldest first.
    List<Operation> active();

    /// The events of an operation, in order.
    ///
    /// @param status only those that are so far; null means all
    /// @param after only those behind this place; 0 begins with the first
    List<OperationItem> items(String id, @Nullable Status status, int after, int limit);

    /// How many events of an operation are with their workers, by worker, sorted by name.
    List<WorkerShare> inProgress(String id);

    /// The log of an operation, oldest line first.
    List<OperationStep> steps(String id);

    /// Takes an operation into the hands of an instance until a time, unless another has it.
    ///
    /// @return whether the instance has it now
    boolean claim(String id, String instance, Instant now, Instant until);

    /// Gives back what an instance has claimed.
    void release(String instance);

    /// Carries out orders, one after the other, and notes what became of each. No effect if the operation
    /// does not run or another instance has it; nor of an order for an event that is not pending.
    ///
    /// @param step a line for the log, written if an order changed a parked event; null for none
    /// @return the operation afterwards
    Operation carryOut(String id, String instance, List<Order> orders, Instant now, @Nullable String step);

    /// Hands the next events of a replay to their worker: parks them, one after the other, each an event of the
    /// operation that is in progress from then on, and notes up to where the replay has come. One that the group
    /// has parked already, delivered or replayed, is skipped with the reason. All of it happens together or not
    /// at all. No effect if the operation does not run, another instance has it, or it is not where the page
    /// begins.
    ///
    /// @param step a line for the log, written if an event was parked; null for none
    /// @return the operation afterwards
    Operation replay(String id, String instance, ReplayPage page, Instant now, @Nullable String step);

    /// Looks after the events that are with their workers: those that are parked no more have succeeded,
    /// those that are dead have failed again. Of a replay, those that have succeeded are counted and not kept.
    ///
    /// @return the operation afterwards
    Operation settle(String id, String instance);

    /// Ends an operation that runs.
    ///
    /// @param by who ends it
    /// @return the operation afterwards; as it was if it did not run
    Operation end(String id, State end, String why, String by, Instant at);

    /// What is to be done with one event of an operation.
    sealed interface Order {
        /// The event's place in the operation.
        int number();

        /// Changes the parked event. If that has no effect, the event is skipped and the reason noted.
        record Change(int number, ParkingChange.OfParked change) implements Order {}

        /// Leaves it as it is.
        record Skip(int number, String why) implements Order {}
    }

    /// How many events of an operation a worker has.
    record WorkerShare(String worker, int events) {}
}
