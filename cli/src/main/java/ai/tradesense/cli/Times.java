package ai.tradesense.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Times as a person reads them.
final class Times {
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Times() {}

    /// An RFC 3339 time in UTC, to the millisecond; text that is none stays as it is.
    static String utc(String rfc3339) {
        try {
            Instant time = OffsetDateTime.parse(rfc3339).toInstant();
            return UTC.format(time);
        } catch (DateTimeException none) {
            return rfc3339;
        }
    }
}
