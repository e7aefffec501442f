package ai.tradesense.jdbc;

import ai.tradesense.transport.Partition;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Notes who works on partitions from now on, where nobody else has begun meanwhile.
final class SessionBegin extends Change {
    private final String group;
    private final String name;
    private final Set<Partition> partitions;
    private final Map<Partition, String> seen;
    private volatile Set<Partition> begun = Set.of();

    /// @param seen the sessions as they were before
    SessionBegin(String group, String session, Set<Partition> partitions, Map<Partition, String> seen) {
        this.group = group;
        this.name = session;
        this.partitions = Set.copyOf(partitions);
        this.seen = Map.copyOf(seen);
    }

    Set<Partition> begun() {
        return begun;
    }

    @Override
    void apply(WriteSession session) throws SQLException {
        Set<Partition> made = new HashSet<>();
        try (PreparedStatement select = session.connection()
                        .prepareStatement(
                                "SELECT instance FROM sessions WHERE group_name = ? AND topic = ? AND number = ?");
                PreparedStatement insert = session.connection().prepareStatement("""
                        INSERT INTO sessions (group_name, topic, number, instance) VALUES (?, ?, ?, ?)
                        ON CONFLICT (group_name, topic, number) DO UPDATE SET instance = excluded.instance""")) {
            for (Partition partition : partitions) {
                select.setString(1, group);
                select.setString(2, partition.topic());
                select.setInt(3, partition.number());
                String now;
                try (ResultSet row = select.executeQuery()) {
                    now = row.next() ? row.getString(1) : null;
                }
                if (name.equals(now) || Objects.equals(now, seen.get(partition))) {
                    insert.setString(1, group);
                    insert.setString(2, partition.topic());
                    insert.setInt(3, partition.number());
                    insert.setString(4, name);
                    insert.executeUpdate();
                    made.add(partition);
                }
            }
        }
        begun = Set.copyOf(made);
    }
}
