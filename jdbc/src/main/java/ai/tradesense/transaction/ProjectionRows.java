package ai.tradesense.transaction;

import ai.tradesense.store.StoreException;
import ai.tradesense.store.UnreadableEvent;
import ai.tradesense.transaction.ProjectionRow.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The rows of one projection in the table of all, by one connection. What changes a position expects the one
/// that was read, so that of several who want to go on from there one does.
final class ProjectionRows {
    /// What the table is called.
    static final String TABLE = "tradesense_projections";

    /// Where it stands what a projection has passed over.
    static final String PASSED_OVER = "tradesense_projections_passed_over";

    private final String name;
    private final Connection connection;
    private final Database database;

    private ProjectionRows(String name, Connection connection, Database database) {
        this.name = name;
        this.connection = connection;
        this.database = database;
    }

    static ProjectionRows of(String name, Connection connection) throws SQLException {
        return new ProjectionRows(name, connection, Database.of(connection));
    }

    /// Makes the tables if they are not there, in a transaction of its own.
    void createTable() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (database == Database.POSTGRESQL) { // which refuses all but one of those who do it at the same time
                statement.execute("SELECT pg_advisory_xact_lock(hashtext('" + TABLE + "'))");
            }
            statement.execute("CREATE TABLE IF NOT EXISTS " + TABLE + " (name TEXT NOT NULL, generation INTEGER NOT"
                    + " NULL, version INTEGER NOT NULL, state TEXT NOT NULL, position BIGINT NOT NULL, reacts_after"
                    + " BIGINT NOT NULL, events_per_second INTEGER NOT NULL, next_at BIGINT NOT NULL, trouble TEXT,"
                    + " PRIMARY KEY (name, generation))");
            // one generation is live and one is made at most
            statement.execute("CREATE UNIQUE INDEX IF NOT EXISTS " + TABLE + "_by_state ON " + TABLE
                    + " (name, state) WHERE state <> 'RETIRED'");
            statement.execute("CREATE TABLE IF NOT EXISTS " + PASSED_OVER + " (name TEXT NOT NULL, position BIGINT NOT"
                    + " NULL, id TEXT, problem TEXT NOT NULL, bytes " + database.bytes() + " NOT NULL, reason TEXT NOT"
                    + " NULL, at_millis BIGINT NOT NULL, PRIMARY KEY (name, position))");
        }
    }

    /// Whether an event that cannot be decoded is to be passed over.
    boolean isPassedOver(long position) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT 1 FROM " + PASSED_OVER + " WHERE name = ? AND position = ?")) {
            select.setString(1, name);
            select.setLong(2, position);
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }

    /// Notes that an event is to be passed over, unless that is noted already.
    void passOver(UnreadableEvent event, String reason) throws SQLException {
        update(
                "INSERT INTO " + PASSED_OVER + " (name, position, id, problem, bytes, reason, at_millis) VALUES"
                        + " (?, ?, ?, ?, ?, ?, " + database.nowMillis() + ") ON CONFLICT DO NOTHING",
                name,
                event.position(),
                event.id(),
                event.reason(),
                event.bytes(),
                reason);
    }

    /// What is to be passed over, by position.
    List<PassedOver> passedOver() throws SQLException {
        List<PassedOver> found = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT position, id, problem, bytes, reason,"
                + " at_millis FROM " + PASSED_OVER + " WHERE name = ? ORDER BY position")) {
            select.setString(1, name);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.add(new PassedOver(
                            row.getLong(1),
                            row.getString(2),
                            row.getString(3),
                            row.getBytes(4),
                            row.getString(5),
                            Instant.ofEpochMilli(row.getLong(6))));
                }
            }
        }
        return found;
    }

    /// All generations, the oldest first.
    List<ProjectionRow> all() throws SQLException {
        List<ProjectionRow> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT generation, version, state, position,"
                + " reacts_after, events_per_second, next_at - " + database.nowMillis() + ", trouble FROM " + TABLE
                + " WHERE name = ? ORDER BY generation")) {
            select.setString(1, name);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(new ProjectionRow(
                            new Generation(name, row.getInt(1), row.getInt(2)),
                            State.valueOf(row.getString(3)),
                            row.getLong(4),
                            row.getLong(5),
                            row.getInt(6),
                            row.getLong(7),
                            row.getString(8)));
                }
            }
        }
        return rows;
    }

    /// The generation that readers read.
    ///
    /// @throws StoreException if there is none, as nobody has started the projection
    ProjectionRow live() throws SQLException {
        return in(State.LIVE)
                .orElseThrow(() -> new StoreException(
                        "the projection " + name + " has no live generation: it was never started here", null));
    }

    /// The generation in a state of which there is one at most.
    Optional<ProjectionRow> in(State state) throws SQLException {
        return all().stream().filter(row -> row.state() == state).findFirst();
    }

    /// Has everybody else who would move the live generation wait for the end of this transaction.
    void lockLive() throws SQLException {
        update("UPDATE " + TABLE + " SET position = position WHERE name = ? AND state = 'LIVE'", name);
    }

    /// Adds a generation.
    ///
    /// @return whether there was none of that number, and none in that state
    boolean add(Generation generation, State state, long reactsAfter, int eventsPerSecond) throws SQLException {
        return update(
                        "INSERT INTO " + TABLE + " (name, generation, version, state, position, reacts_after,"
                                + " events_per_second, next_at) VALUES (?, ?, ?, ?, 0, ?, ?, 0) ON CONFLICT DO NOTHING",
                        name,
                        generation.number(),
                        generation.version(),
                        state.name(),
                        reactsAfter,
                        eventsPerSecond)
                == 1;
    }

    /// Moves a generation from where it was read to another position, and has it rest for a while.
    ///
    /// @return whether it still stood there, in the same state
    boolean move(ProjectionRow read, long position, long restMillis) throws SQLException {
        return update(
                        "UPDATE " + TABLE + " SET position = ?, trouble = NULL, next_at = " + database.nowMillis()
                                + " + ? WHERE name = ? AND generation = ? AND version = ? AND state = ? AND"
                                + " position = ? AND next_at <= " + database.nowMillis(),
                        position,
                        restMillis,
                        name,
                        read.generation().number(),
                        read.generation().version(),
                        read.state().name(),
                        read.position())
                == 1;
    }

    /// Notes why a generation does not get on, if it still stands where it was read.
    void note(ProjectionRow read, String trouble) throws SQLException {
        update(
                "UPDATE " + TABLE + " SET trouble = ? WHERE name = ? AND generation = ? AND state = ? AND position = ?",
                trouble,
                name,
                read.generation().number(),
                read.state().name(),
                read.position());
    }

    /// Has readers read the generation that was made instead of the live one.
    void swap(ProjectionRow live, ProjectionRow made, Duration keepsOld) throws SQLException {
        retire(live, keepsOld);
        update(
                "UPDATE " + TABLE + " SET state = 'LIVE', reacts_after = ?, events_per_second = 0, next_at = 0 WHERE"
                        + " name = ? AND generation = ?",
                live.reactsAfter(),
                name,
                made.generation().number());
    }

    /// Has the tables of a generation dropped after a while.
    void retire(ProjectionRow row, Duration after) throws SQLException {
        update(
                "UPDATE " + TABLE + " SET state = 'RETIRED', trouble = NULL, next_at = " + database.nowMillis()
                        + " + ? WHERE name = ? AND generation = ? AND state = ?",
                after.toMillis(),
                name,
                row.generation().number(),
                row.state().name());
    }

    /// Forgets a generation.
    ///
    /// @return whether it was there and retired
    boolean removeRetired(Generation generation) throws SQLException {
        return update(
                        "DELETE FROM " + TABLE + " WHERE name = ? AND generation = ? AND state = 'RETIRED'",
                        name,
                        generation.number())
                == 1;
    }

    /// For the transaction that has begun: on PostgreSQL its session is ended if it is silent for so long,
    /// which gives the others what a process that hangs has locked. It waits no longer for what others have
    /// locked, either.
    void limitTransaction(Duration silence, Duration lockWait) throws SQLException {
        if (database == Database.POSTGRESQL) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET LOCAL idle_in_transaction_session_timeout = " + silence.toMillis());
                statement.execute("SET LOCAL lock_timeout = " + lockWait.toMillis());
            }
        }
    }

    private int update(String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                update.setObject(i + 1, parameters[i]);
            }
            return update.executeUpdate();
        }
    }
}
