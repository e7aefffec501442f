package ai.tradesense.server.http;

import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.store.EventQuery;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The parameters of a query, read strictly: one that is not known is refused rather than overlooked, because a
/// misspelled filter would show everything.
public final class QueryParameters {
    private final Map<String, List<String>> values;

    private QueryParameters(Map<String, List<String>> values) {
        this.values = values;
    }

    /// Reads the query of a request that knows these parameters.
    ///
    /// @throws ProblemException naming the parameter that is not known or cannot be decoded
    public static QueryParameters of(HttpServletRequest request, String... known) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        String query = request.getQueryString();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                if (!pair.isEmpty()) {
                    int equals = pair.indexOf('=');
                    String name = decode(pair, equals < 0 ? pair : pair.substring(0, equals));
                    String value = equals < 0 ? "" : decode(name, pair.substring(equals + 1));
                    values.computeIfAbsent(name, none -> new ArrayList<>()).add(value);
                }
            }
        }
        Set<String> unknown = new TreeSet<>(values.keySet());
        unknown.removeAll(Set.of(known));
        for (String name : unknown) {
            throw ProblemException.parameter(
                    name,
                    "is not known here; expected "
                            + (known.length == 0 ? "no parameter" : String.join(", ", Arrays.asList(known))));
        }
        return new QueryParameters(values);
    }

    private static String decode(String name, String encoded) {
        try {
            return PercentCoding.decode(encoded.replace('+', ' '));
        } catch (IllegalArgumentException broken) {
            throw ProblemException.parameter(name, String.valueOf(broken.getMessage()));
        }
    }

    /// A parameter's text; null if it is not given. Empty text is refused.
    public @Nullable String text(String name) {
        List<String> given = values.get(name);
        if (given == null) {
            return null;
        }
        if (given.size() > 1) {
            throw ProblemException.parameter(name, "is given " + given.size() + " times, expected once");
        }
        if (given.getFirst().isEmpty()) {
            throw ProblemException.parameter(name, "is empty");
        }
        return given.getFirst();
    }

    /// A whole number in a range; null if it is not given.
    public @Nullable Long number(String name, long from, long to) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= from && number <= to) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // said below
        }
        throw ProblemException.parameter(
                name,
                "is '" + text + "', expected a whole number "
                        + (to == Long.MAX_VALUE ? "from " + from : "from " + from + " to " + to));
    }

    /// How many are wanted at most, of what is searched: `limit`, or else the usual number.
    public int limit() {
        Long limit = number("limit", 1, EventQuery.MAX_LIMIT);
        return limit == null ? EventQuery.DEFAULT_LIMIT : limit.intValue();
    }

    /// A time with an offset from UTC, RFC 3339; null if it is not given.
    public @Nullable Instant time(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException invalid) {
            throw ProblemException.parameter(
                    name,
                    "is '" + text + "', expected a time such as 2026-01-31T12:00:00Z"
                            + (text.contains(" ") ? " (a + in a query has to be written %2B)" : ""));
        }
    }

    /// Types or patterns, given once or several times or with commas between; null if not given.
    public @Nullable TypeFilter types(String name) {
        List<String> given = values.get(name);
        if (given == null) {
            return null;
        }
        try {
            return TypeFilter.parse(String.join(",", given));
        } catch (InvalidEventException invalid) {
            throw ProblemException.parameter(name, invalid.problem());
        }
    }

    /// One of a few words; null if not given.
    public @Nullable String oneOf(String name, String... words) {
        String text = text(name);
        if (text == null || Arrays.asList(words).contains(text)) {
            return text;
        }
        throw ProblemException.parameter(name, "is '" + text + "', expected " + String.join(" or ", words));
    }
}
