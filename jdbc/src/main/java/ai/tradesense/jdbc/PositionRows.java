package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;

/// The durable positions of consumer groups: up to and with which event each is done. Belongs to the writer.
final class PositionRows implements AutoCloseable {
    private final PreparedStatement select;
    private final PreparedStatement upsert;

    PositionRows(Connection connection) throws SQLException {
        this.select = connection.prepareStatement("SELECT position FROM group_positions WHERE group_name = ?");
        this.upsert = connection.prepareStatement("INSERT INTO group_positions (group_name, position) VALUES (?, ?)"
                + " ON CONFLICT (group_name) DO UPDATE SET position = excluded.position");
    }

    OptionalLong find(String group) throws SQLException {
        select.setString(1, group);
        try (ResultSet row = select.executeQuery()) {
            return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
        }
    }

    void put(String group, long position) throws SQLException {
        upsert.setString(1, group);
        upsert.setLong(2, position);
        upsert.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        try (select;
                upsert) {
            // Closed by leaving.
        }
    }
}
