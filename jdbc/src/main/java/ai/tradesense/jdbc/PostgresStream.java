package ai.tradesense.jdbc;

import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.StreamSlice.StreamEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/// Reads streams in PostgreSQL, by the index of subjects and positions. An event has no version of its own in the
/// database: it is counted, from the end of the stream that is nearer.
final class PostgresStream {
    /// The version as `append_streams` counts it, and up to where.
    private static final String VERSION = """
            WITH noted AS (SELECT coalesce(max(version), 0) AS version, coalesce(max(position), 0) AS position
              FROM streams WHERE domain = ? AND name = ?)
            SELECT noted.version + (SELECT count(*) FROM events
                WHERE subject = ? AND position > noted.position AND split_part(type, '.', 1) = ?),
              (SELECT max(position) FROM events)
            FROM noted""";

    private static final String EVENTS = """
            SELECT position, recorded_at, record, removal IS NULL FROM events
            WHERE subject = ? AND split_part(type, '.', 1) = ? AND position <= ? ORDER BY position\s""";

    /// How many events of a stream were removed before the first that is there. Only asked if any was; the offset
    /// keeps the planner from going through all positions.
    private static final String REMOVED = """
            SELECT count(*) FROM events WHERE subject = ? AND split_part(type, '.', 1) = ? AND position < coalesce(
              (SELECT min(position) FROM (SELECT position FROM events WHERE subject = ?
                AND split_part(type, '.', 1) = ? AND removal IS NULL OFFSET 0) AS kept), 9223372036854775807)""";

    private PostgresStream() {}

    static StreamSlice read(Connection connection, StreamQuery query) throws SQLException {
        long version;
        long head;
        try (PreparedStatement select = connection.prepareStatement(VERSION)) {
            select.setString(1, query.stream().domain());
            select.setString(2, query.stream().subject());
            select.setString(3, query.stream().subject());
            select.setString(4, query.stream().domain());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                version = row.getLong(1);
                head = row.getLong(2);
            }
        }
        long begins = 1 + removed(connection, query);
        List<StreamEvent> found = read(connection, query.notBefore(begins), version, head);
        return new StreamSlice(
                query.stream(), version, begins, query.order() == Order.NEWEST_FIRST ? found.reversed() : found);
    }

    private static long removed(Connection connection, StreamQuery query) throws SQLException {
        try (PreparedStatement first = connection.prepareStatement(EVENTS + "LIMIT 1")) {
            first.setString(1, query.stream().subject());
            first.setString(2, query.stream().domain());
            first.setLong(3, Long.MAX_VALUE);
            try (ResultSet row = first.executeQuery()) {
                if (!row.next() || row.getBoolean(4)) {
                    return 0;
                }
            }
        }
        try (PreparedStatement count = connection.prepareStatement(REMOVED)) {
            count.setString(1, query.stream().subject());
            count.setString(2, query.stream().domain());
            count.setString(3, query.stream().subject());
            count.setString(4, query.stream().domain());
            try (ResultSet row = count.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /// The events asked for, oldest first.
    private static List<StreamEvent> read(Connection connection, StreamQuery query, long version, long head)
            throws SQLException {
        long first = query.first(version);
        long last = query.last(version);
        if (first > last) {
            return List.of();
        }
        boolean upwards = first - 1 <= version - last;
        List<StreamEvent> found = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement(EVENTS + (upwards ? "" : "DESC ") + "LIMIT ? OFFSET ?")) {
            select.setString(1, query.stream().subject());
            select.setString(2, query.stream().domain());
            select.setLong(3, head);
            select.setLong(4, last - first + 1);
            select.setLong(5, upwards ? first - 1 : version - last);
            try (ResultSet row = select.executeQuery()) {
                RecordReader reader = new RecordReader();
                for (long i = 0; row.next(); i++) {
                    if (row.getBoolean(4)) {
                        found.add(new StreamEvent(upwards ? first + i : last - i, event(row, reader, query)));
                    }
                }
            }
        }
        return upwards ? found : found.reversed();
    }

    private static StoredEvent event(ResultSet row, RecordReader reader, StreamQuery query) throws SQLException {
        try {
            return new StoredEvent(
                    row.getLong(1), row.getObject(2, OffsetDateTime.class).toInstant(), reader.single(row.getBytes(3)));
        } catch (RuntimeException problem) {
            throw new StoreException(
                    "the stream " + query.stream() + " cannot be read: the event at position " + row.getLong(1) + ": "
                            + problem.getMessage(),
                    problem);
        }
    }
}
