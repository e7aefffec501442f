package ai.tradesense.events;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The type of an event: `{Domain}.{Entity}.{Action}.v{N}`, or `{Domain}.{Action}.v{N}` where the event is
/// about the domain's own aggregate. Segments are PascalCase ASCII words; `N` counts from 1 without leading
/// zeros.
///
/// Immutable. Parsing the same name again is a look-up.
public final class EventType implements Comparable<EventType> {
    /// The longest name that is accepted, in characters.
    public static final int MAX_LENGTH = 200;

    /// Names come from outside, so the look-up table must not grow without end.
    private static final int MAX_INTERNED = 4_096;

    private static final String FORMS =
            "expected {Domain}.{Entity}.{Action}.v{N} or {Domain}.{Action}.v{N}, for example Trading.Order.Placed.v1";
    private static final ConcurrentHashMap<String, EventType> INTERNED = new ConcurrentHashMap<>();

    private final String name;
    private final String domain;
    private final @Nullable String entity;
    private final String action;
    private final int version;

    private EventType(String name, String domain, @Nullable String entity, String action, int version) {
        this.name = name;
        this.domain = domain;
        this.entity = entity;
        this.action = action;
        this.version = version;
    }

    /// Parses a type's name.
    ///
    /// @throws InvalidEventException at `/type`, saying which segment is wrong and why
    public static EventType parse(String name) {
        EventType known = INTERNED.get(name);
        if (known != null) {
            return known;
        }
        EventType parsed = parseStrictly(name);
        if (INTERNED.size() < MAX_INTERNED) {
            EventType earlier = INTERNED.putIfAbsent(name, parsed);
            return earlier != null ? earlier : parsed;
        }
        return parsed;
    }

    /// Whether a name was parsed before and found well formed; false says nothing.
    static boolean isKnown(String name) {
        return INTERNED.containsKey(name);
    }

    /// The type that a record of the catalogue stands for, from its [EventName].
    ///
    /// @throws IllegalArgumentException if the class bears no [EventName], or one that is no type
    public static EventType of(Class<?> dataClass) {
        return OF_CLASS.get(dataClass);
    }

    private static final ClassValue<EventType> OF_CLASS = new ClassValue<>() {
        @Override
        protected EventType computeValue(Class<?> dataClass) {
            EventName annotation = dataClass.getAnnotation(EventName.class);
            if (annotation == null) {
                throw new IllegalArgumentException(
                        dataClass.getName() + " has no @EventName, so it stands for no event type");
            }
            try {
                return parse(annotation.value());
            } catch (InvalidEventException wrong) {
                throw new InvalidEventException(
                        wrong.pointer(),
                        wrong.problem() + "; found in the @EventName of " + dataClass.getName(),
                        wrong);
            }
        }
    };

    private static EventType parseStrictly(String name) {
        if (name.isEmpty()) {
            throw wrong("is empty", name);
        }
        if (name.length() > MAX_LENGTH) {
            throw new InvalidEventException(
                    "/type", "is " + name.length() + " characters long, at most " + MAX_LENGTH + " are allowed");
        }
        String[] segments = name.split("\\.", -1);
        if (segments.length < 3 || segments.length > 4) {
            throw wrong("has " + segments.length + (segments.length == 1 ? " segment" : " segments"), name);
        }
        int last = segments.length - 1;
        int version = version(segments[last], name);
        for (int i = 0; i < last; i++) {
            requirePascalCase(segments[i], i + 1, name);
        }
        return segments.length == 4
                ? new EventType(name, segments[0], segments[1], segments[2], version)
                : new EventType(name, segments[0], null, segments[1], version);
    }

    private static int version(String segment, String name) {
        if (segment.length() < 2 || segment.charAt(0) != 'v') {
            throw wrong(
                    "ends in " + InvalidEventException.quote(segment) + " where a version such as v1 belongs", name);
        }
        for (int i = 1; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (c < '0' || c > '9') {
                throw wrong(
                        "has the version " + InvalidEventException.quote(segment)
                                + ", which is not v followed by a number",
                        name);
            }
        }
        if (segment.charAt(1) == '0') {
            throw wrong(
                    "has the version " + InvalidEventException.quote(segment)
                            + "; versions count from v1 without leading zeros",
                    name);
        }
        if (segment.length() > 7) {
            throw wrong("has the version " + InvalidEventException.quote(segment) + ", which is too large", name);
        }
        return Integer.parseInt(segment, 1, segment.length(), 10);
    }

    private static void requirePascalCase(String segment, int number, String name) {
        if (segment.isEmpty()) {
            throw wrong("has an empty segment " + number, name);
        }
        char first = segment.charAt(0);
        if (first < 'A' || first > 'Z') {
            throw wrong(
                    "has the segment " + InvalidEventException.quote(segment)
                            + ", which does not start with a capital letter A to Z",
                    name);
        }
        for (int i = 1; i < segment.length(); i++) {
            char c = segment.charAt(i);
            boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!alphanumeric) {
                throw wrong(
                        "has the segment " + InvalidEventException.quote(segment)
                                + " with a character that is no letter or digit",
                        name);
            }
        }
    }

    private static InvalidEventException wrong(String what, String name) {
        return new InvalidEventException("/type", InvalidEventException.quote(name) + " " + what + "; " + FORMS);
    }

    /// The whole name, for example `Trading.Order.Placed.v1`.
    public String name() {
        return name;
    }

    /// The first segment, for example `Trading`.
    public String domain() {
        return domain;
    }

    /// The middle segment; null where the event is about the domain's own aggregate.
    public @Nullable String entity() {
        return entity;
    }

    /// What happened, in the past tense, for example `Placed`.
    public String action() {
        return action;
    }

    /// The version of the data's shape, from 1.
    public int version() {
        return version;
    }

    @Override
    public int compareTo(EventType other) {
        return name.compareTo(other.name);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof EventType type && type.name.equals(name));
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
