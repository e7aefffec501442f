package ai.tradesense.events;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which types somebody wants: full names, or names with `*` for one segment or, at the end, for all that
/// follow: `Trading.*`, `*.Order.Placed.v1`, `*`. Immutable; matching depends on the type alone, so its answers
/// may be cached.
public final class TypeFilter {
    private final Set<String> patterns;
    private final List<String[]> split;

    private TypeFilter(Set<String> patterns) {
        this.patterns = patterns;
        this.split = patterns.stream().map(pattern -> pattern.split("\\.", -1)).toList();
    }

    /// A filter that matches what any of the patterns matches.
    ///
    /// @throws InvalidEventException naming a pattern that can match no type
    public static TypeFilter of(Collection<String> patterns) {
        if (patterns.isEmpty()) {
            throw new InvalidEventException("", "no event types are named; expected at least one, or '*' for all");
        }
        patterns.forEach(TypeFilter::requireValid);
        return new TypeFilter(java.util.Collections.unmodifiableSet(new TreeSet<>(patterns)));
    }

    /// A filter that matches what any of the patterns matches.
    ///
    /// @throws InvalidEventException naming a pattern that can match no type
    public static TypeFilter of(String... patterns) {
        return of(List.of(patterns));
    }

    /// A filter that matches what any of the patterns matches, which have commas between.
    ///
    /// @throws InvalidEventException naming a pattern that can match no type
    public static TypeFilter parse(String patterns) {
        return of(patterns.split(",", -1));
    }

    private static void requireValid(String pattern) {
        if (!pattern.contains("*")) {
            requireType(pattern);
            return;
        }
        if (!canMatch(pattern.split("\\.", -1))) {
            throw new InvalidEventException(
                    "/type",
                    InvalidEventException.quote(pattern)
                            + " is no pattern that a type can match; expected for example Trading.*, Trading.Order.*,"
                            + " *.Order.Placed.v1 or *");
        }
    }

    private static void requireType(String name) {
        try {
            EventType.parse(name);
        } catch (InvalidEventException wrong) {
            throw new InvalidEventException(
                    wrong.pointer(), wrong.problem() + ", or a pattern such as Trading.*", wrong);
        }
    }

    /// Whether there is a type of three or four segments, the last one a version, that fits.
    private static boolean canMatch(String[] segments) {
        int last = segments.length - 1;
        for (int i = 0; i < last; i++) {
            if (!segments[i].equals("*") && !segments[i].matches("[A-Z][A-Za-z0-9]*")) {
                return false;
            }
        }
        return segments[last].equals("*")
                ? segments.length <= 4
                : segments.length >= 3 && segments.length <= 4 && segments[last].matches("v[1-9][0-9]{0,5}");
    }

    /// The patterns, sorted.
    public Set<String> patterns() {
        return patterns;
    }

    /// Whether any pattern matches.
    public boolean matches(EventType type) {
        String[] name = type.name().split("\\.");
        for (String[] pattern : split) {
            if (matches(pattern, name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(String[] pattern, String[] name) {
        for (int i = 0; i < pattern.length; i++) {
            boolean last = i == pattern.length - 1;
            if (pattern[i].equals("*")) {
                if (last) {
                    return i < name.length;
                }
            } else if (i >= name.length || !pattern[i].equals(name[i])) {
                return false;
            }
        }
        return pattern.length == name.length;
    }

    /// The domains that matching types can belong to; empty means any domain.
    public Set<String> domains() {
        Set<String> domains = new TreeSet<>();
        for (String[] pattern : split) {
            if (pattern[0].equals("*")) {
                return Set.of();
            }
            domains.add(pattern[0]);
        }
        return domains;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TypeFilter filter && patterns.equals(filter.patterns);
    }

    @Override
    public int hashCode() {
        return patterns.hashCode();
    }

    @Override
    public String toString() {
        return String.join(", ", patterns);
    }
}
