package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes changes of parked events, operations, schedules and orders. Of all instances, one does at a time: the
/// turnstile is a row that a transaction locks, so that what it reads is what it changes, as on SQLite.
final class PostgresChanges extends PostgresWriter<Change> implements ChangeWriter {
    private final PostgresTally tally;

    // Touched by the writer's thread alone.
    private @Nullable WriteSession session;

    PostgresChanges(PostgresDatabase database, JdbcLog.Settings settings, LogMeters meters, PostgresTally tally) {
        super(database, "changes", settings, meters);
        this.tally = tally;
    }

    @Override
    public void execute(Change change) {
        write(change);
    }

    @Override
    void prepare(Connection made) throws SQLException {
        try (Statement statement = made.createStatement()) {
            statement.execute("SET synchronous_commit = on");
        }
        made.setAutoCommit(false);
        session = new WriteSession(made, Dialect.POSTGRESQL);
    }

    @Override
    void transact(Connection over, List<Change> group) throws SQLException {
        WriteSession current = session;
        if (current == null) {
            throw new IllegalStateException("there is a connection, and it is not prepared");
        }
        tally.begin();
        try (Statement statement = over.createStatement()) {
            statement.execute("SELECT 1 FROM turnstile FOR UPDATE");
        }
        for (Change change : group) {
            change.apply(current);
        }
        tally.write(over);
        over.commit();
        tally.committed();
        for (Change change : group) {
            change.committed();
            change.succeed();
        }
    }
}
