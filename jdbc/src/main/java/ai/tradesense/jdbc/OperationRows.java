package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Replay;
import ai.tradesense.parking.DeadLetterFilter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads and writes the tables of operations.
final class OperationRows {
    private static final String COLUMNS = """
            SELECT number, id, request_id, kind, filtered, worker, type, subject, cause, letter_state, from_at, to_at,
              text, canary, per_second, stop_on_failures, actor, reason, created_at, state, note, ended_at, pending,
              in_progress, succeeded, failed, skipped, group_name, after_position, last_position, replayed_to
            FROM operations\s""";

    private OperationRows() {}

    /// Operations that fulfil a condition.
    static List<Operation> select(Connection connection, String condition, @Nullable Object... values)
            throws SQLException {
        List<Operation> operations = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(COLUMNS + condition)) {
            for (int i = 0; i < values.length; i++) {
                select.setObject(i + 1, values[i]);
            }
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    operations.add(operation(row));
                }
            }
        }
        return operations;
    }

    private static Operation operation(ResultSet row) throws SQLException {
        Object perSecond = row.getObject(15);
        OperationKind kind = OperationKind.valueOf(row.getString(4));
        return new Operation(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                kind,
                row.getInt(5) == 1 ? filter(row) : null,
                kind == OperationKind.REPLAY ? replay(row) : null,
                new Pace(
                        canary(row.getString(14)),
                        perSecond instanceof Number number ? (Double) number.doubleValue() : null,
                        row.getInt(16)),
                row.getString(17),
                row.getString(18),
                Instant.parse(row.getString(19)),
                State.valueOf(row.getString(20)),
                row.getString(21),
                Times.parseOrNull(row.getString(22)),
                new Counts(row.getInt(23), row.getInt(24), row.getInt(25), row.getInt(26), row.getInt(27)));
    }

    private static DeadLetterFilter filter(ResultSet row) throws SQLException {
        String types = row.getString(7);
        String state = row.getString(10);
        return new DeadLetterFilter(
                row.getString(6),
                types == null ? null : TypeFilter.parse(types),
                row.getString(8),
                row.getString(9),
                state == null ? null : DeadLetterFilter.State.valueOf(state),
                Times.parseOrNull(row.getString(11)),
                Times.parseOrNull(row.getString(12)),
                row.getString(13));
    }

    private static Replay replay(ResultSet row) throws SQLException {
        return new Replay(
                row.getString(6),
                row.getString(28),
                row.getString(7),
                row.getString(8),
                Times.parseOrNull(row.getString(11)),
                Times.parseOrNull(row.getString(12)),
                row.getLong(29),
                row.getLong(30),
                row.getLong(31));
    }

    private static List<Integer> canary(String sizes) {
        return sizes.isEmpty()
                ? List.of()
                : Arrays.stream(sizes.split(",")).map(Integer::valueOf).toList();
    }

    /// Writes a new operation; of its counts, what is pending.
    ///
    /// @return its number
    static long insert(Connection connection, Operation operation, Dialect dialect) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO operations (id, request_id, kind, filtered, worker, type, subject, cause, letter_state,
                  from_at, to_at, text, canary, per_second, stop_on_failures, actor, reason, created_at, state, note,
                  ended_at, pending, in_progress, succeeded, failed, skipped, group_name, after_position, last_position,
                  replayed_to)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?, ?)""", Statement.RETURN_GENERATED_KEYS)) {
            DeadLetterFilter filter = operation.filter();
            Replay replay = operation.replay();
            DeadLetterFilter shown = filter == null ? DeadLetterFilter.ALL : filter;
            insert.setString(1, operation.id());
            insert.setString(2, operation.requestId());
            insert.setString(3, operation.kind().name());
            insert.setInt(4, filter == null ? 0 : 1);
            insert.setString(5, shown.worker());
            insert.setString(
                    6,
                    shown.type() == null ? null : String.join(",", shown.type().patterns()));
            insert.setString(7, shown.subject());
            insert.setString(8, shown.cause());
            insert.setString(9, shown.state() == null ? null : shown.state().name());
            insert.setString(10, Times.sortableOrNull(shown.from()));
            insert.setString(11, Times.sortableOrNull(shown.to()));
            insert.setString(12, shown.text());
            insert.setString(
                    13, operation.pace().canary().stream().map(String::valueOf).collect(Collectors.joining(",")));
            insert.setObject(14, operation.pace().perSecond());
            insert.setInt(15, operation.pace().stopOnFailures());
            insert.setString(16, dialect.storable(operation.actor()));
            insert.setString(17, dialect.storable(operation.reason()));
            insert.setString(18, Times.sortable(operation.createdAt()));
            insert.setString(19, operation.state().name());
            insert.setString(20, dialect.storable(operation.note()));
            insert.setString(21, Times.sortableOrNull(operation.endedAt()));
            insert.setInt(22, operation.counts().pending());
            insert.setString(23, replay == null ? null : replay.group());
            setPosition(insert, 24, replay == null ? null : (Long) replay.after());
            setPosition(insert, 25, replay == null ? null : (Long) replay.upTo());
            setPosition(insert, 26, replay == null ? null : (Long) replay.cursor());
            if (replay != null) {
                insert.setString(5, replay.worker());
                insert.setString(6, replay.type());
                insert.setString(7, replay.subject());
                insert.setString(10, Times.sortableOrNull(replay.from()));
                insert.setString(11, Times.sortableOrNull(replay.to()));
            }
            insert.executeUpdate();
            try (ResultSet key = insert.getGeneratedKeys()) {
                key.next();
                return key.getLong(1);
            }
        }
    }

    private static void setPosition(PreparedStatement statement, int index, @Nullable Long position)
            throws SQLException {
        if (position == null) {
            statement.setNull(index, Types.BIGINT);
        } else {
            statement.setLong(index, position);
        }
    }

    /// Notes how far a replay has come.
    static void replayed(Connection connection, long operation, Counts counts, long position) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE operations SET pending = ?, in_progress = ?, skipped = ?, replayed_to = ? WHERE number = ?""")) {
            update.setInt(1, counts.pending());
            update.setInt(2, counts.inProgress());
            update.setInt(3, counts.skipped());
            update.setLong(4, position);
            update.setLong(5, operation);
            update.executeUpdate();
        }
    }

    static void insertItems(Connection connection, long operation, List<OperationItem> items) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO operation_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            for (OperationItem item : items) {
                insert.setLong(1, operation);
                insert.setInt(2, item.number());
                insert.setLong(3, item.sequence());
                insert.setString(4, item.group());
                insert.setString(5, item.worker());
                insert.setString(6, item.type());
                insert.setString(7, item.key().domain());
                insert.setString(8, item.key().subject());
                insert.setString(9, item.cause());
                insert.setString(10, item.status().name());
                insert.setString(11, item.note());
                insert.setBytes(12, item.corrected() == null ? null : RecordWriter.single(item.corrected()));
                insert.executeUpdate();
            }
        }
    }

    /// The events of an operation, in order.
    static List<OperationItem> items(Connection connection, String id, @Nullable Status status, int after, int limit)
            throws SQLException {
        List<OperationItem> items = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                """
                SELECT number, sequence, group_name, worker, type, domain, subject, cause, status, note, corrected
                FROM operation_items WHERE operation = (SELECT number FROM operations WHERE id = ?) AND number > ?
                """ + (status == null ? "" : "AND status = ? ") + "ORDER BY number LIMIT ?")) {
            select.setString(1, id);
            select.setInt(2, after);
            if (status != null) {
                select.setString(3, status.name());
            }
            select.setInt(status == null ? 3 : 4, limit);
            RecordReader reader = new RecordReader();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    byte[] corrected = row.getBytes(11);
                    items.add(new OperationItem(
                            row.getInt(1),
                            row.getLong(2),
                            row.getString(3),
                            row.getString(4),
                            row.getString(5),
                            new OrderKey(row.getString(6), row.getString(7)),
                            row.getString(8),
                            Status.valueOf(row.getString(9)),
                            row.getString(10),
                            corrected == null ? null : reader.single(corrected)));
                }
            }
        }
        return items;
    }

    /// Counts an event of an operation where it is now, and no longer where it was.
    static void moved(Connection connection, long operation, Status from, Status to) throws SQLException {
        String less = from.name().toLowerCase(Locale.ROOT);
        String more = to.name().toLowerCase(Locale.ROOT);
        try (PreparedStatement update = connection.prepareStatement("UPDATE operations SET " + less + " = " + less
                + " - 1, " + more + " = " + more + " + 1 WHERE number = ?")) {
            update.setLong(1, operation);
            update.executeUpdate();
        }
    }

    /// Counts all events of a new operation.
    static void count(Connection connection, long operation) throws SQLException {
        Map<Status, Integer> counts = new EnumMap<>(Status.class);
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT status, count(*) FROM operation_items WHERE operation = ? GROUP BY status")) {
            select.setLong(1, operation);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    counts.put(Status.valueOf(row.getString(1)), row.getInt(2));
                }
            }
        }
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE operations SET pending = ?, in_progress = ?, succeeded = ?, failed = ?, skipped = ?
                WHERE number = ?""")) {
            update.setInt(1, counts.getOrDefault(Status.PENDING, 0));
            update.setInt(2, counts.getOrDefault(Status.IN_PROGRESS, 0));
            update.setInt(3, counts.getOrDefault(Status.SUCCEEDED, 0));
            update.setInt(4, counts.getOrDefault(Status.FAILED, 0));
            update.setInt(5, counts.getOrDefault(Status.SKIPPED, 0));
            update.setLong(6, operation);
            update.executeUpdate();
        }
    }

    /// Adds a line to the log of an operation.
    static void note(Connection connection, long operation, Instant at, String by, String text) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO operation_steps (operation, number, at, actor, text)
                SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ? FROM operation_steps WHERE operation = ?""")) {
            insert.setLong(1, operation);
            insert.setString(2, Times.sortable(at));
            insert.setString(3, by);
            insert.setString(4, text);
            insert.setLong(5, operation);
            insert.executeUpdate();
        }
    }
}
