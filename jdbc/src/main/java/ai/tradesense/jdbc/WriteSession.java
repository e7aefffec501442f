package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;

/// The writer's connection and everything prepared on it. What it keeps in memory of the database may be ahead
/// of it after a rollback, so it is thrown away then, and a new one reads it again.
final class WriteSession implements AutoCloseable {
    private final Connection connection;
    private final Statement statement;
    private final Appender appender;
    private final PositionRows positions;
    private final ParkedRows parked;

    WriteSession(Connection connection, InstantSource clock) throws SQLException {
        this.connection = connection;
        this.statement = connection.createStatement();
        this.appender = new Appender(connection, clock);
        this.positions = new PositionRows(connection);
        this.parked = new ParkedRows(connection);
    }

    Connection connection() {
        return connection;
    }

    Appender appender() {
        return appender;
    }

    PositionRows positions() {
        return positions;
    }

    ParkedRows parked() {
        return parked;
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
                positions;
                parked) {
            // Closed by leaving.
        }
    }
}
