package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// The record of what the SQLite log holds: a hash for each block, see [BatchHash]. Belongs to the writer, and to
/// one session.
final class BatchRows implements AutoCloseable {
    private final PreparedStatement insert;
    private final BatchHash hash = new BatchHash();
    private byte[] last;

    BatchRows(Connection connection) throws SQLException {
        this.last = last(connection);
        this.insert =
                connection.prepareStatement("INSERT INTO batches (first_position, events, hash) VALUES (?, ?, ?)");
    }

    private static byte[] last(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT hash FROM batches ORDER BY first_position DESC LIMIT 1")) {
            return row.next() ? row.getBytes(1) : BatchHash.NOTHING;
        }
    }

    /// Notes a block in the transaction that adds it.
    void add(long firstPosition, int events, byte[] stored) throws SQLException {
        hash.begin(last, firstPosition, events);
        hash.add(stored);
        last = hash.end();
        insert.setLong(1, firstPosition);
        insert.setInt(2, events);
        insert.setBytes(3, last);
        insert.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        insert.close();
    }
}
