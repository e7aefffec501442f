package ai.tradesense.jdbc;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import org.jspecify.annotations.Nullable;

/// Times as the database keeps those that it compares: in UTC with all nine digits, so that text sorts as
/// time does (in the years 0000 to 9999).
final class Times {
    private static final DateTimeFormatter SORTABLE =
            new DateTimeFormatterBuilder().appendInstant(9).toFormatter();

    private Times() {}

    static String sortable(Instant time) {
        return SORTABLE.format(time);
    }

    static @Nullable String sortableOrNull(@Nullable Instant time) {
        return time == null ? null : SORTABLE.format(time);
    }

    static @Nullable Instant parseOrNull(@Nullable String text) {
        return text == null ? null : Instant.parse(text);
    }
}
