package ai.tradesense.server.api;

import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import org.jspecify.annotations.Nullable;

/// The log in a database that this server keeps events in.
///
/// @param log null if it keeps them in memory only
public record KeptLog(@Nullable JdbcLog log) {
    /// @throws ProblemException if there is none
    JdbcLog required() {
        if (log == null) {
            throw new ProblemException(
                    ProblemKind.NOT_SUPPORTED,
                    "Events are kept in memory only (tradesense.transport is memory): there is no log to check or copy.");
        }
        return log;
    }
}
