package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.LegalHold.Lifting;
import ai.tradesense.retention.LegalHold.Scope;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionConflictException;
import ai.tradesense.retention.RetentionRecord;
import ai.tradesense.retention.RetentionRecord.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

/// The record of removals and legal holds, the same on both databases. What is held follows from it: there is no
/// other place that says so. Rows are only ever added, by one transaction at a time, each chained to the one before
/// by its hash, see [RetentionRow].
final class RetentionRows {
    private static final String COLUMNS = "number, kind, at, actor, reason, hold, domain, subject, from_at, to_at,"
            + " first_position, last_position, events, by_domain, batches, hash";

    /// Positions of those who keep them in the log are their group's, of the partition that is furthest behind.
    enum Readers {
        SQLITE("SELECT group_name, position FROM group_positions"),
        POSTGRESQL("SELECT group_name, min(position) FROM group_partitions GROUP BY group_name");

        /// A replay says by its own row up to where it has come, so that nothing has to be noted and taken back.
        private static final String REPLAYS =
                "SELECT id, replayed_to FROM operations" + " WHERE state = 'RUNNING' AND replayed_to < last_position";

        private final String groups;

        Readers(String groups) {
            this.groups = groups;
        }

        /// Everybody whose position is waited for, the one furthest behind first.
        List<ReaderPosition> all(Connection connection) throws SQLException {
            List<ReaderPosition> readers = new ArrayList<>();
            read(connection, groups, ReaderPosition.Kind.GROUP, readers);
            read(connection, "SELECT name, position FROM reader_positions", ReaderPosition.Kind.READER, readers);
            read(connection, REPLAYS, ReaderPosition.Kind.REPLAY, readers);
            readers.sort((one, other) -> Long.compare(one.position(), other.position()));
            return readers;
        }

        private static void read(
                Connection connection, String query, ReaderPosition.Kind kind, List<ReaderPosition> into)
                throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(query)) {
                while (row.next()) {
                    into.add(new ReaderPosition(kind, row.getString(1), row.getLong(2)));
                }
            }
        }
    }

    private RetentionRows() {}

    static void keepBehind(Connection connection, String reader, long position) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement("INSERT INTO reader_positions (name, position)"
                + " VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position")) {
            upsert.setString(1, reader);
            upsert.setLong(2, position);
            upsert.executeUpdate();
        }
    }

    static void release(Connection connection, String reader) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM reader_positions WHERE name = ?")) {
            delete.setString(1, reader);
            delete.executeUpdate();
        }
    }

    /// Takes a reader out of those that are waited for.
    ///
    /// @param groups the table that holds the positions of groups
    static void forget(Connection connection, ReaderPosition reader, String groups, String actor, Instant at)
            throws SQLException {
        if (reader.kind() == ReaderPosition.Kind.READER) {
            release(connection, reader.name());
        } else {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM " + groups + " WHERE group_name = ?")) {
                delete.setString(1, reader.name());
                delete.executeUpdate();
            }
        }
        add(connection, RetentionRow.forgotten(reader, actor, at));
    }

    /// Whether any stream has a snapshot.
    static boolean hasSnapshots(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT 1 FROM snapshots)")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /// The version of the oldest of a stream's snapshots, of which each aggregate has one; -1 if there is none.
    static long snapshotVersion(Connection connection, OrderKey stream) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT coalesce(min(version), -1) FROM snapshots WHERE domain = ? AND subject = ?")) {
            select.setString(1, stream.domain());
            select.setString(2, stream.subject());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : -1;
            }
        }
    }

    /// Finds one that is waited for.
    ///
    /// @throws NoSuchElementException if nobody of that name is
    private static ReaderPosition find(List<ReaderPosition> readers, ReaderPosition.Kind kind, String name) {
        return readers.stream()
                .filter(reader -> reader.kind() == kind && reader.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("nobody waits for " + name));
    }

    /// Finds one that may be waited for no more, unless it is a group that still has members.
    ///
    /// @throws NoSuchElementException if nobody of that name is waited for
    /// @throws RetentionConflictException if it is a replay
    static ReaderPosition forgettable(List<ReaderPosition> readers, ReaderPosition.Kind kind, String name) {
        ReaderPosition reader = find(readers, kind, name);
        if (kind == ReaderPosition.Kind.REPLAY) {
            throw new RetentionConflictException("the replay " + name + " runs; cancel the operation first");
        }
        return reader;
    }

    static RetentionConflictException stillReads(String group) {
        return new RetentionConflictException("the group " + group + " has members; stop its workers first");
    }

    /// Changes whenever something is held or not held any more.
    static long holdsRevision(Connection connection) throws SQLException {
        return number(
                connection,
                "SELECT coalesce(max(number), 0) FROM retention_records WHERE kind <> '" + Kind.REMOVED + "'");
    }

    /// How many events were removed.
    static long removed(Connection connection) throws SQLException {
        return number(connection, "SELECT coalesce(sum(events), 0) FROM retention_records");
    }

    private static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /// All holds, the oldest first.
    static List<LegalHold> holds(Connection connection) throws SQLException {
        Map<Long, LegalHold> holds = new LinkedHashMap<>();
        String query = "SELECT " + COLUMNS + " FROM retention_records WHERE kind <> '" + Kind.REMOVED
                + "' ORDER BY number"; // as the index has it
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                RetentionRow row = row(rows);
                if (row.kind() == Kind.HOLD_PLACED) {
                    holds.put(row.number(), held(row));
                } else if (row.hold() != null) {
                    holds.computeIfPresent(row.hold(), (_, hold) -> lifted(hold, row));
                }
            }
        }
        return List.copyOf(holds.values());
    }

    private static LegalHold held(RetentionRow row) {
        Scope scope =
                new Scope(row.domain(), row.subject(), Times.parseOrNull(row.from()), Times.parseOrNull(row.to()));
        return new LegalHold(row.number(), scope, row.reason(), row.actor(), Instant.parse(row.at()), null);
    }

    private static LegalHold lifted(LegalHold hold, RetentionRow row) {
        Lifting lifting = new Lifting(row.actor(), Instant.parse(row.at()), row.reason());
        return new LegalHold(hold.number(), hold.scope(), hold.reason(), hold.placedBy(), hold.placedAt(), lifting);
    }

    static LegalHold place(Connection connection, Scope scope, String reason, String actor, Instant at)
            throws SQLException {
        return held(add(connection, RetentionRow.placed(scope, reason, actor, at)));
    }

    static LegalHold lift(Connection connection, long number, String reason, String actor, Instant at)
            throws SQLException {
        LegalHold hold = liftable(connection, number);
        return lifted(hold, add(connection, RetentionRow.lifted(number, reason, actor, at)));
    }

    /// A hold that was not lifted.
    ///
    /// @throws NoSuchElementException if there is no such hold
    /// @throws RetentionConflictException if it was lifted already
    static LegalHold liftable(Connection connection, long number) throws SQLException {
        LegalHold hold = holds(connection).stream()
                .filter(each -> each.number() == number)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("there is no hold " + number));
        Lifting before = hold.lifted();
        if (before != null) {
            throw new RetentionConflictException(
                    "the hold " + number + " was lifted by " + before.by() + " at " + before.at());
        }
        return hold;
    }

    /// Adds a row behind the last one, in the open transaction, in which nobody else does so.
    static RetentionRow add(Connection connection, RetentionRow unplaced) throws SQLException {
        List<RetentionRow> last = read(connection, "ORDER BY number DESC LIMIT 1");
        RetentionRow row = unplaced.behind(last.isEmpty() ? null : last.getFirst());
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO retention_records (" + COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setLong(1, row.number());
            insert.setString(2, row.kind().name());
            insert.setString(3, row.at());
            insert.setString(4, row.actor());
            insert.setString(5, row.reason());
            if (row.hold() == null) {
                insert.setNull(6, Types.BIGINT);
            } else {
                insert.setLong(6, row.hold());
            }
            insert.setString(7, row.domain());
            insert.setString(8, row.subject());
            insert.setString(9, row.from());
            insert.setString(10, row.to());
            insert.setLong(11, row.firstPosition());
            insert.setLong(12, row.lastPosition());
            insert.setLong(13, row.events());
            insert.setString(14, row.byDomain());
            insert.setBytes(15, row.batches());
            insert.setBytes(16, row.hash());
            insert.executeUpdate();
        }
        return row;
    }

    /// The number of the last row; 0 if there is none.
    static long last(Connection connection) throws SQLException {
        return number(connection, "SELECT coalesce(max(number), 0) FROM retention_records");
    }

    /// Some rows behind a number, in their order.
    static List<RetentionRow> after(Connection connection, long number, int limit) throws SQLException {
        return read(connection, "WHERE number > " + number + " ORDER BY number LIMIT " + limit);
    }

    /// The newest records, the newest first.
    static List<RetentionRecord> records(Connection connection, int limit) throws SQLException {
        return read(connection, "ORDER BY number DESC LIMIT " + limit).stream()
                .map(RetentionRows::record)
                .toList();
    }

    private static RetentionRecord record(RetentionRow row) {
        Map<String, Long> byDomain = new TreeMap<>();
        for (String entry : row.byDomain().split(" ", -1)) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                byDomain.put(entry.substring(0, equals), Long.valueOf(entry.substring(equals + 1)));
            }
        }
        return new RetentionRecord(
                row.number(),
                row.kind(),
                Instant.parse(row.at()),
                row.actor(),
                row.reason(),
                row.firstPosition(),
                row.lastPosition(),
                row.events(),
                byDomain,
                row.kind() == Kind.HOLD_PLACED ? (Long) row.number() : row.hold(),
                HexFormat.of().formatHex(row.hash()));
    }

    private static List<RetentionRow> read(Connection connection, String which) throws SQLException {
        List<RetentionRow> read = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT " + COLUMNS + " FROM retention_records " + which)) {
            while (rows.next()) {
                read.add(row(rows));
            }
        }
        return read;
    }

    private static RetentionRow row(ResultSet row) throws SQLException {
        long hold = row.getLong(6);
        return new RetentionRow(
                row.getLong(1),
                Kind.valueOf(row.getString(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                hold == 0 ? null : (Long) hold,
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10),
                row.getLong(11),
                row.getLong(12),
                row.getLong(13),
                row.getString(14),
                row.getBytes(15),
                row.getBytes(16));
    }
}
