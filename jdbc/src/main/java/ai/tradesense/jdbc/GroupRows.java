package ai.tradesense.jdbc;

import ai.tradesense.transport.GroupMembership.StartFrom;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The members of one group, its positions and the leases on its partitions, as one member sees and changes
/// them. Each statement is a transaction of its own, and all times are those of the database's clock.
final class GroupRows {
    private static final String LEASED_UNTIL = "clock_timestamp() + ? * interval '1 millisecond'";

    /// A lease that was acquired.
    record Acquired(int partition, long epoch, long position) {}

    /// A lease as its owner knows it, and the position to save with it.
    record Lease(int partition, long epoch, long position) {}

    /// What happens to leases when their positions are saved.
    enum Intent {
        KEEP("lease_until"),
        EXTEND(LEASED_UNTIL),
        RELEASE("'-infinity'");

        private final String leaseUntil;

        Intent(String leaseUntil) {
            this.leaseUntil = leaseUntil;
        }
    }

    private final String group;
    private final String member;
    private final long leaseMillis;

    GroupRows(String group, String member, Duration lease) {
        this.group = group;
        this.member = member;
        this.leaseMillis = lease.toMillis();
    }

    /// Makes sure that the group has a position in each partition.
    void prepare(Connection connection, int partitions, StartFrom startFrom) throws SQLException {
        String position = startFrom == StartFrom.END ? "greatest(floor, (SELECT max(position) FROM events))" : "0";
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO group_partitions (group_name, partition, position) SELECT ?, number, " + position
                        + " FROM log, generate_series(0, ? - 1) AS number ON CONFLICT DO NOTHING")) {
            insert.setString(1, group);
            insert.setInt(2, partitions);
            insert.executeUpdate();
        }
    }

    /// Shows that this member lives, and answers who does, in an order that is the same for all.
    List<String> join(Connection connection) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement("""
                INSERT INTO members (group_name, member, alive_until) VALUES (?, ?, %s)
                ON CONFLICT (group_name, member) DO UPDATE SET alive_until = excluded.alive_until""".formatted(LEASED_UNTIL))) {
            upsert.setString(1, group);
            upsert.setString(2, member);
            upsert.setLong(3, leaseMillis);
            upsert.executeUpdate();
        }
        List<String> living = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT member FROM members WHERE group_name = ? AND alive_until > clock_timestamp() ORDER BY member""")) {
            select.setString(1, group);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    living.add(row.getString(1));
                }
            }
        }
        return living;
    }

    /// Ends the membership and every lease that is left, and forgets members that are dead.
    void leave(Connection connection) throws SQLException {
        try (PreparedStatement release = connection.prepareStatement(
                "UPDATE group_partitions SET lease_until = '-infinity' WHERE group_name = ? AND owner = ?")) {
            release.setString(1, group);
            release.setString(2, member);
            release.executeUpdate();
        }
        try (PreparedStatement delete = connection.prepareStatement(
                "DELETE FROM members WHERE group_name = ? AND (member = ? OR alive_until < clock_timestamp())")) {
            delete.setString(1, group);
            delete.setString(2, member);
            delete.executeUpdate();
        }
    }

    /// Takes partitions that nobody has a lease on.
    List<Acquired> acquire(Connection connection, Collection<Integer> partitions) throws SQLException {
        List<Acquired> acquired = new ArrayList<>();
        if (partitions.isEmpty()) {
            return acquired;
        }
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE group_partitions SET owner = ?, epoch = epoch + 1, lease_until = %s
                WHERE group_name = ? AND partition = ANY (?) AND (owner = ? OR lease_until <= clock_timestamp())
                RETURNING partition, epoch, position""".formatted(LEASED_UNTIL))) {
            update.setString(1, member);
            update.setLong(2, leaseMillis);
            update.setString(3, group);
            update.setArray(4, connection.createArrayOf("int4", partitions.toArray()));
            update.setString(5, member);
            try (ResultSet row = update.executeQuery()) {
                while (row.next()) {
                    acquired.add(new Acquired(row.getInt(1), row.getLong(2), row.getLong(3)));
                }
            }
        }
        return acquired;
    }

    /// Saves positions and extends or releases leases, as far as they are still this member's.
    ///
    /// @return the partitions of those that are
    Set<Integer> tend(Connection connection, List<Lease> leases, Intent intent) throws SQLException {
        Set<Integer> held = new HashSet<>();
        if (leases.isEmpty()) {
            return held;
        }
        Array partitions = connection.createArrayOf(
                "int4", leases.stream().map(Lease::partition).toArray());
        Array epochs = connection.createArrayOf(
                "int8", leases.stream().map(Lease::epoch).toArray());
        Array positions = connection.createArrayOf(
                "int8", leases.stream().map(Lease::position).toArray());
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE group_partitions AS held SET position = mine.position, lease_until = %s
                FROM unnest(?, ?, ?) AS mine (partition, epoch, position)
                WHERE held.group_name = ? AND held.partition = mine.partition AND held.epoch = mine.epoch
                  AND held.owner = ? RETURNING held.partition""".formatted(intent.leaseUntil))) {
            int parameter = 1;
            if (intent == Intent.EXTEND) {
                update.setLong(parameter++, leaseMillis);
            }
            update.setArray(parameter++, partitions);
            update.setArray(parameter++, epochs);
            update.setArray(parameter++, positions);
            update.setString(parameter++, group);
            update.setString(parameter, member);
            try (ResultSet row = update.executeQuery()) {
                while (row.next()) {
                    held.add(row.getInt(1));
                }
            }
        }
        return held;
    }

    /// Up to and with which event the group is done, by partition.
    Map<Integer, Long> positions(Connection connection) throws SQLException {
        Map<Integer, Long> positions = new HashMap<>();
        try (PreparedStatement select =
                connection.prepareStatement("SELECT partition, position FROM group_partitions WHERE group_name = ?")) {
            select.setString(1, group);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    positions.put(row.getInt(1), row.getLong(2));
                }
            }
        }
        return positions;
    }
}
