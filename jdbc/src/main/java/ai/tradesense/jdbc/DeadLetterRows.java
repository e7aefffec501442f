package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.DeadLetterFilter.State;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkingStore.DeadLetterGroup;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.ParkingStore.DeadLetterSummary;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Reads dead letters many at a time.
final class DeadLetterRows {
    private DeadLetterRows() {}

    static List<DeadLetterSummary> summaries(Connection connection, DeadLetterQuery query, Dialect dialect)
            throws SQLException {
        DeadLetterCondition condition = new DeadLetterCondition(query.filter(), dialect).before(query.before());
        List<DeadLetterSummary> letters = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement("""
                SELECT sequence, group_name, worker, type, domain, subject, state, discarded_at IS NOT NULL, cause
                FROM parked WHERE\s""" + condition.sql() + " ORDER BY sequence DESC LIMIT ?")) {
            select.setInt(condition.bind(select), query.limit());
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    letters.add(new DeadLetterSummary(
                            row.getLong(1),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            new OrderKey(row.getString(5), row.getString(6)),
                            row.getBoolean(8) ? State.DISCARDED : State.valueOf(row.getString(7)),
                            row.getString(9)));
                }
            }
        }
        return letters;
    }

    static List<DeadLetterGroup> groups(Connection connection, DeadLetterFilter filter, int limit, Dialect dialect)
            throws SQLException {
        DeadLetterCondition condition = new DeadLetterCondition(filter, dialect);
        List<DeadLetterGroup> groups = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("""
                        SELECT worker, type, cause, count(*) AS letters, min(failed_at), max(failed_at),
                          max(sequence) AS example
                        FROM parked WHERE\s""" + condition.sql()
                        + " GROUP BY worker, type, cause ORDER BY letters DESC, example DESC LIMIT ?");
                PreparedStatement newest = connection.prepareStatement("""
                        SELECT attempt, failed_at, exception, message, stack_trace, cause FROM parked_failures
                        WHERE sequence = ? ORDER BY number DESC LIMIT 1""")) {
            select.setInt(condition.bind(select), limit);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    newest.setLong(1, row.getLong(7));
                    List<Failure> failures = failures(newest);
                    groups.add(new DeadLetterGroup(
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            row.getLong(4),
                            Instant.parse(row.getString(5)),
                            Instant.parse(row.getString(6)),
                            row.getLong(7),
                            failures.isEmpty() ? null : failures.getFirst()));
                }
            }
        }
        return groups;
    }

    /// The failures that a statement selects.
    static List<Failure> failures(PreparedStatement select) throws SQLException {
        List<Failure> failures = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                failures.add(failure(row));
            }
        }
        return List.copyOf(failures);
    }

    /// A failure whose columns come first.
    static Failure failure(ResultSet row) throws SQLException {
        return new Failure(
                row.getInt(1),
                Instant.parse(row.getString(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6));
    }
}
