package ai.tradesense.jdbc;

import ai.tradesense.store.Log;
import java.nio.file.Path;

/// A log in a database of its kind.
sealed interface DatabaseLog extends Log permits SqliteLog, PostgresLog {
    /// See [JdbcLog#verify(Verification.Progress)].
    Verification verify(Verification.Progress progress);

    /// See [JdbcLog#backUp].
    void backUp(Path file);
}
