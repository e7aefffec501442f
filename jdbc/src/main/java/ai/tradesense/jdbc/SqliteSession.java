package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;

/// The session of the SQLite writer. What it keeps in memory of the database may be ahead of it after a
/// rollback, so it is thrown away then, and a new one reads it again.
final class SqliteSession extends WriteSession {
    private final Statement statement;
    private final Appender appender;
    private final PositionRows positions;

    SqliteSession(Connection connection, InstantSource clock) throws SQLException {
        super(connection, Dialect.SQLITE);
        this.statement = connection.createStatement();
        this.appender = new Appender(connection, clock);
        this.positions = new PositionRows(connection);
    }

    Appender appender() {
        return appender;
    }

    PositionRows positions() {
        return positions;
    }

    void begin() throws SQLException {
        statement.execute("BEGIN IMMEDIATE");
    }

    void commit() throws SQLException {
        statement.execute("COMMIT");
    }

    @Override
    public void close() throws SQLException {
        try (statement;
                appender;
                positions) {
            super.close();
        }
    }
}
