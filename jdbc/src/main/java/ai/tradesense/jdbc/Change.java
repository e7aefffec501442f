package ai.tradesense.jdbc;

import java.sql.SQLException;

/// A write to anything but the log itself: the same on every database.
abstract non-sealed class Change extends Write {
    /// Does its work within the transaction that is open. Called by the writer's thread.
    abstract void apply(WriteSession session) throws SQLException;
}
