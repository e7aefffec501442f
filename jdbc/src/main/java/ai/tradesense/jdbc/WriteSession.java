package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/// A connection that writes and what is prepared on it.
class WriteSession implements AutoCloseable {
    private final Connection connection;
    private final ParkedRows parked;

    WriteSession(Connection connection, Dialect dialect) throws SQLException {
        this.connection = connection;
        this.parked = new ParkedRows(connection, dialect);
    }

    Connection connection() {
        return connection;
    }

    ParkedRows parked() {
        return parked;
    }

    @Override
    public void close() throws SQLException {
        parked.close();
    }
}
