package ai.tradesense.jdbc;

import ai.tradesense.parking.DeadLetterFilter;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A [DeadLetterFilter] as a condition on the table of parked events.
final class DeadLetterCondition {
    private static final String NEWEST_MESSAGE = "(SELECT message FROM parked_failures AS newest"
            + " WHERE newest.sequence = parked.sequence ORDER BY number DESC LIMIT 1)";

    private final Dialect dialect;
    private final StringBuilder sql = new StringBuilder();
    private final List<Object> values = new ArrayList<>();

    DeadLetterCondition(DeadLetterFilter filter, Dialect dialect) {
        this.dialect = dialect;
        sql.append(
                switch (filter.state()) {
                    case null -> "state <> 'WAITING' AND discarded_at IS NULL";
                    case DEAD -> "state = 'DEAD' AND state <> 'WAITING' AND discarded_at IS NULL";
                    case QUARANTINED -> "state = 'QUARANTINED' AND state <> 'WAITING' AND discarded_at IS NULL";
                    case DISCARDED -> "discarded_at IS NOT NULL";
                });
        and("worker = ?", filter.worker());
        if (filter.type() != null) {
            sql.append(filter.type().patterns().stream()
                    .map(this::ofTypes)
                    .collect(Collectors.joining(" OR ", " AND (", ")")));
        }
        and("subject = ?", filter.subject());
        and("cause = ?", filter.cause());
        and("failed_at >= ?", Times.sortableOrNull(filter.from()));
        and("failed_at < ?", Times.sortableOrNull(filter.to()));
        and(dialect.contains(NEWEST_MESSAGE), filter.text());
    }

    /// Types have three or four segments; in one that has as many as a pattern, each `*` stands for one of them.
    private String ofTypes(String pattern) {
        List<String> ways = new ArrayList<>();
        String isLike = dialect.isLike("type");
        String three = inSegments(pattern, 3);
        if (three != null) {
            ways.add(isLike + " AND NOT " + isLike);
            values.add(dialect.pattern(three));
            values.add(dialect.pattern("*.*.*.*"));
        }
        String four = inSegments(pattern, 4);
        if (four != null) {
            ways.add(isLike);
            values.add(dialect.pattern(four));
        }
        return String.join(" OR ", ways);
    }

    /// A pattern for types of so many segments, of which a `*` at the end stands for all that follow; null if it is
    /// for others.
    private static @Nullable String inSegments(String pattern, int segments) {
        int missing = segments - pattern.split("\\.", -1).length;
        if (missing == 0) {
            return pattern;
        }
        return missing > 0 && pattern.endsWith("*") ? pattern + ".*".repeat(missing) : null;
    }

    private void and(String condition, @Nullable Object value) {
        if (value instanceof String text && !dialect.keeps(text)) {
            sql.append(" AND false");
        } else if (value != null) {
            sql.append(" AND ").append(condition);
            values.add(value);
        }
    }

    /// Only those parked before this one, if it is given.
    DeadLetterCondition before(@Nullable Long sequence) {
        and("sequence < ?", sequence);
        return this;
    }

    /// The condition, to stand behind `WHERE`.
    String sql() {
        return sql.toString();
    }

    /// Sets its parameters, which are the first of a statement.
    ///
    /// @return the index of the parameter that follows
    int bind(PreparedStatement statement) throws SQLException {
        for (int i = 0; i < values.size(); i++) {
            statement.setObject(i + 1, values.get(i));
        }
        return values.size() + 1;
    }
}
