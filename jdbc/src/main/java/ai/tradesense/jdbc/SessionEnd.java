package ai.tradesense.jdbc;

import ai.tradesense.transport.Partition;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;

/// Notes that a session has ended its work on partitions, unless another has begun to since.
final class SessionEnd extends Change {
    private final String group;
    private final String name;
    private final Set<Partition> partitions;

    SessionEnd(String group, String session, Set<Partition> partitions) {
        this.group = group;
        this.name = session;
        this.partitions = Set.copyOf(partitions);
    }

    @Override
    void apply(WriteSession session) throws SQLException {
        try (PreparedStatement delete = session.connection()
                .prepareStatement(
                        "DELETE FROM sessions WHERE group_name = ? AND topic = ? AND number = ? AND instance = ?")) {
            for (Partition partition : partitions) {
                delete.setString(1, group);
                delete.setString(2, partition.topic());
                delete.setInt(3, partition.number());
                delete.setString(4, name);
                delete.executeUpdate();
            }
        }
    }
}
