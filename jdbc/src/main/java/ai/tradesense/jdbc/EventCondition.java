package ai.tradesense.jdbc;

import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An [EventQuery] as a condition on the table of events in PostgreSQL, and an order. It lets through a little
/// more than the query: times to the second, and types of any number of segments.
final class EventCondition {
    private final StringBuilder sql = new StringBuilder("WHERE removal IS NULL");
    private final List<Object> values = new ArrayList<>();

    /// @param after the position behind which to go on, in the order of the query; null begins
    EventCondition(EventQuery query, @Nullable Long after) {
        boolean upwards = query.order() == Order.OLDEST_FIRST;
        and(upwards ? "position > ?" : "position < ?", after);
        if (query.type() != null) {
            and(
                    "type LIKE ANY (?)",
                    query.type().patterns().stream()
                            .map(pattern -> pattern.replace("*", "%"))
                            .toArray(String[]::new));
        }
        text("subject = ?", query.subject());
        text("source = ?", query.source());
        text("correlation_id = ?", query.correlationId());
        text("causation_id = ?", query.causationId());
        and("second >= ?", query.from() == null ? null : query.from().getEpochSecond());
        and("second <= ?", query.to() == null ? null : query.to().getEpochSecond());
        sql.append(upwards ? " ORDER BY position" : " ORDER BY position DESC");
    }

    private void and(String condition, @Nullable Object value) {
        if (value != null) {
            sql.append(" AND ").append(condition);
            values.add(value);
        }
    }

    private void text(String condition, @Nullable String value) {
        if (value != null && isImpossible(value)) {
            sql.append(" AND false");
        } else {
            and(condition, value);
        }
    }

    /// Whether no text in PostgreSQL can be that.
    static boolean isImpossible(String text) {
        return text.indexOf('\0') >= 0;
    }

    /// The condition from its `WHERE`, and the order.
    String sql() {
        return sql.toString();
    }

    /// Sets the parameters of the condition.
    ///
    /// @return the number of the first parameter behind it
    int bind(PreparedStatement statement) throws SQLException {
        for (int i = 0; i < values.size(); i++) {
            switch (values.get(i)) {
                case String[] texts ->
                    statement.setArray(i + 1, statement.getConnection().createArrayOf("text", texts));
                case Object value -> statement.setObject(i + 1, value);
            }
        }
        return values.size() + 1;
    }
}
