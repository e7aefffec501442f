package ai.tradesense.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What processes say of the read models that they make of a store's events, for those who look after them, and what
/// these order of them. Safe for use by several threads; all methods block for I/O.
public interface ProjectionReports {
    /// How many orders to a projection are kept.
    int MAX_ORDERS = 100;

    /// Keeps what a process says of a projection in place of what it said before, and forgets what was last said before
    /// a time.
    ///
    /// @throws StoreException if the outcome is a failure or not known; to be said again
    void report(ProjectionReport report, Instant forgetBefore);

    /// What every process said last of each projection, by name and instance.
    ///
    /// @throws StoreException if it cannot be read
    List<ProjectionReport> all();

    /// Forgets what a process said that has ended. Idempotent.
    ///
    /// @throws StoreException if the outcome is a failure or not known
    void forget(String name, String instance);

    /// Keeps an order for the process that takes it first, and returns when it is durable. Of a projection, the newest
    /// [#MAX_ORDERS] are kept.
    ///
    /// @throws StoreException if the outcome is a failure or not known
    ProjectionOrder.Given order(String name, ProjectionOrder order, String by, Instant at);

    /// Takes the oldest order of a projection that nobody has taken, if there is one: it is nobody else's then. Cheap
    /// while there is none.
    ///
    /// @throws StoreException if the outcome is a failure or not known
    Optional<ProjectionOrder.Given> take(String name, String instance);

    /// Keeps what became of an order that was taken.
    ///
    /// @throws StoreException if the outcome is a failure or not known
    void answer(long number, ProjectionOrder.State state, String outcome);

    /// The orders to a projection, newest first.
    ///
    /// @throws StoreException if they cannot be read
    List<ProjectionOrder.Given> orders(String name);
}
