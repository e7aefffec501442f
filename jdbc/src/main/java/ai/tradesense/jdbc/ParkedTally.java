package ai.tradesense.jdbc;

import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.parking.Progress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many events groups have parked, and how often operators changed something of that.
interface ParkedTally {
    /// A change within the transaction that is open. Called by the writer's thread.
    ///
    /// @param before how far the event had come; null if it was not parked
    /// @param after how far it has come; null if it is parked no more
    /// @param afterCommit is given what has to run when the transaction is durable
    void changed(String group, @Nullable Progress before, @Nullable Progress after, List<Runnable> afterCommit);

    /// An operator has changed something, within the transaction that is open. Called by the writer's thread.
    void changedByOperator(String group, List<Runnable> afterCommit);

    Counts counts(String group);

    /// The counts of every group that has any.
    Map<String, Counts> counts();

    /// See [ai.tradesense.parking.ParkingStore#revision].
    long revision(String group);
}
