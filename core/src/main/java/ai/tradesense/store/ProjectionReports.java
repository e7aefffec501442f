package ai.tradesense.store;

import java.time.Instant;
import java.util.List;

/// What processes say of the read models that they make of a store's events, for those who look after them. Safe for
/// use by several threads; all methods block for I/O.
public interface ProjectionReports {
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
}
