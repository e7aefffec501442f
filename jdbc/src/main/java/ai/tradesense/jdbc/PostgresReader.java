package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads events of some partitions from the table.
final class PostgresReader {
    /// How many positions are looked at with one statement. Few, because a plan made with old statistics may read
    /// and sort all of them.
    private static final long SPAN = 4_096;

    /// How far behind a group is counted event by event.
    private static final long COUNTED = 100_000;

    private static final String OF_DOMAINS = " AND split_part(type, '.', 1) = ANY (?)";

    /// Events that were read.
    ///
    /// @param last the last position that was looked at
    record Page(List<PostgresEvent> events, long last) {}

    private final ReadConnections readers;

    PostgresReader(ReadConnections readers) {
        this.readers = readers;
    }

    /// Reads on behind a position, no further than `head`.
    ///
    /// @param domains which are wanted; empty means all
    Page read(long after, long head, Set<Integer> partitions, Set<String> domains) {
        return readers.read(connection -> read(connection, after, Math.min(head, after + SPAN), partitions, domains));
    }

    private static Page read(Connection connection, long after, long to, Set<Integer> partitions, Set<String> domains)
            throws SQLException {
        List<PostgresEvent> events = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement("""
                SELECT position, partition, record FROM events
                WHERE position > ? AND position <= ? AND removal IS NULL AND partition = ANY (?)""" + (domains.isEmpty() ? "" : OF_DOMAINS) + " ORDER BY position")) {
            select.setLong(1, after);
            select.setLong(2, to);
            select.setArray(3, connection.createArrayOf("int4", partitions.toArray()));
            if (!domains.isEmpty()) {
                select.setArray(4, connection.createArrayOf("text", domains.toArray()));
            }
            RecordReader reader = new RecordReader();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    events.add(PostgresEvent.of(row.getLong(1), row.getInt(2), row.getBytes(3), reader));
                }
            }
        }
        return new Page(events, to);
    }

    /// How many events stand behind the positions up to which partitions are done.
    ///
    /// @param domains of which they are; empty means all
    long countBehind(Map<Integer, Long> done, Set<String> domains) {
        if (done.isEmpty()) {
            return 0;
        }
        return readers.read(connection -> {
            long head = PostgresEventStore.head(connection);
            long first = done.values().stream().min(Long::compare).orElse(head);
            if (first >= head) {
                return 0L;
            }
            return head - first <= COUNTED
                    ? count(connection, done, domains, first)
                    : done.values().stream().mapToLong(each -> head - each).sum() / done.size();
        });
    }

    private static long count(Connection connection, Map<Integer, Long> done, Set<String> domains, long first)
            throws SQLException {
        List<Integer> partitions = new ArrayList<>();
        List<Long> positions = new ArrayList<>();
        done.forEach((partition, position) -> {
            partitions.add(partition);
            positions.add(position);
        });
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT count(*) FROM events JOIN unnest(?, ?) AS done (partition, position)
                  ON events.partition = done.partition
                WHERE events.position > ? AND events.position > done.position AND removal IS NULL""" + (domains.isEmpty() ? "" : OF_DOMAINS))) {
            select.setArray(1, connection.createArrayOf("int4", partitions.toArray()));
            select.setArray(2, connection.createArrayOf("int8", positions.toArray()));
            select.setLong(3, first);
            if (!domains.isEmpty()) {
                select.setArray(4, connection.createArrayOf("text", domains.toArray()));
            }
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }
}
