package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The first events of many queues, with one statement for all of them and one for what went wrong with them: each
/// statement is a way to the server and back.
final class PostgresHeads {
    private static final String HEADS = """
            unnest(?, ?) AS asked (asked_domain, asked_subject) CROSS JOIN LATERAL (
              SELECT * FROM parked WHERE group_name = ? AND domain = asked_domain AND subject = asked_subject
                AND (state = 'WAITING' OR holds = 1) ORDER BY sequence LIMIT ?) AS head
            """;

    private static final String EVENTS = JdbcParkingStore.SELECT + HEADS + "ORDER BY sequence";

    private static final String FAILURES =
            "SELECT failure.attempt, failure.failed_at, failure.exception, failure.message, failure.stack_trace,"
                    + " failure.cause, sequence FROM " + HEADS
                    + "JOIN parked_failures AS failure USING (sequence) ORDER BY sequence, failure.number";

    private PostgresHeads() {}

    /// See [ai.tradesense.parking.ParkingStore#heads].
    static Map<OrderKey, List<ParkedEvent>> read(
            Connection connection, String group, Collection<OrderKey> keys, int limit) throws SQLException {
        Map<OrderKey, List<ParkedEvent>> heads = new HashMap<>();
        Map<Long, List<Failure>> failures = failures(connection, group, keys, limit);
        RecordReader reader = new RecordReader();
        try (PreparedStatement select = connection.prepareStatement(EVENTS)) {
            bind(select, group, keys, limit);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    List<Failure> own = failures.getOrDefault(row.getLong(1), List.of());
                    ParkedEvent event = JdbcParkingStore.event(row, reader, own);
                    heads.computeIfAbsent(event.key(), _ -> new ArrayList<>()).add(event);
                }
            }
        }
        return heads;
    }

    private static Map<Long, List<Failure>> failures(
            Connection connection, String group, Collection<OrderKey> keys, int limit) throws SQLException {
        Map<Long, List<Failure>> failures = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(FAILURES)) {
            bind(select, group, keys, limit);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    failures.computeIfAbsent(row.getLong(7), _ -> new ArrayList<>())
                            .add(DeadLetterRows.failure(row));
                }
            }
        }
        return failures;
    }

    private static void bind(PreparedStatement select, String group, Collection<OrderKey> keys, int limit)
            throws SQLException {
        Connection connection = select.getConnection();
        Object[] domains = keys.stream().map(OrderKey::domain).toArray();
        Object[] subjects = keys.stream().map(OrderKey::subject).toArray();
        select.setArray(1, connection.createArrayOf("text", domains));
        select.setArray(2, connection.createArrayOf("text", subjects));
        select.setString(3, group);
        select.setInt(4, limit);
    }
}
