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

    /// A page ends behind the event with which its records come to so many bytes.
    private static final long MAX_BYTES = 16L << 20;

    /// How far behind a group is counted event by event.
    private static final long COUNTED = 100_000;

    private static final String OF_DOMAINS = " AND split_part(type, '.', 1) = ANY (?)";

    /// Events that were read.
    ///
    /// @param last the last position that was looked at
    record Page(List<PostgresEvent> events, long last) {}

    /// Selects events that fulfil a condition, the oldest of them, until they fill a page. What is behind it is
    /// not read, but for the lengths.
    static String page(String columns, String condition) {
        return "SELECT " + columns + " FROM (SELECT " + columns + ", sum(octet_length(record)) OVER"
                + " (ORDER BY position ROWS UNBOUNDED PRECEDING) - octet_length(record) AS bytes_before"
                + " FROM events WHERE " + condition + ") AS counted WHERE bytes_before < " + MAX_BYTES
                + " ORDER BY position";
    }

    /// Whether there may be more behind a page.
    static boolean isFull(long bytes) {
        return bytes >= MAX_BYTES;
    }

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
        long bytes = 0;
        String condition = "position > ? AND position <= ? AND removal IS NULL AND partition = ANY (?)"
                + (domains.isEmpty() ? "" : OF_DOMAINS);
        try (PreparedStatement select = connection.prepareStatement(page("position, partition, record", condition))) {
            select.setLong(1, after);
            select.setLong(2, to);
            select.setArray(3, connection.createArrayOf("int4", partitions.toArray()));
            if (!domains.isEmpty()) {
                select.setArray(4, connection.createArrayOf("text", domains.toArray()));
            }
            RecordReader reader = new RecordReader();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    byte[] record = row.getBytes(3);
                    bytes += record.length;
                    events.add(PostgresEvent.of(row.getLong(1), row.getInt(2), record, reader));
                }
            }
        }
        return new Page(events, isFull(bytes) ? events.getLast().position() : to);
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
