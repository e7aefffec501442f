package ai.tradesense.events;

/// Something in an event is wrong: a malformed type, an attribute that is missing or of the wrong kind, a
/// payload that does not fit its schema. Says where, as a JSON pointer (RFC 6901) into the structured form of
/// the event, and what.
///
/// Trying again with the same event fails again.
public final class InvalidEventException extends IllegalArgumentException {
    private static final int MAX_QUOTED = 80;

    private final String pointer;
    private final String problem;

    public InvalidEventException(String pointer, String problem) {
        this(pointer, problem, null);
    }

    public InvalidEventException(String pointer, String problem, @org.jspecify.annotations.Nullable Throwable cause) {
        super(pointer.isEmpty() ? problem : pointer + ": " + problem, cause);
        this.pointer = pointer;
        this.problem = problem;
    }

    /// Where, for example `/type` or `/data/quantity`; empty for the event as a whole.
    public String pointer() {
        return pointer;
    }

    /// What was expected and what was found, in words.
    public String problem() {
        return problem;
    }

    /// One step of a JSON pointer (RFC 6901): a slash and the name, in which `~` and `/` are escaped.
    public static String step(String name) {
        return "/" + name.replace("~", "~0").replace("/", "~1");
    }

    /// Text from outside as a message may show it: in quotes, cut at 80 characters, nothing that could break a
    /// line or a terminal.
    public static String quote(String text) {
        StringBuilder quoted = new StringBuilder(Math.min(text.length(), MAX_QUOTED) + 8).append('\'');
        for (int i = 0; i < Math.min(text.length(), MAX_QUOTED); i++) {
            char c = text.charAt(i);
            boolean printable = !Character.isISOControl(c) && !Character.isSurrogate(c) && c != 0x2028 && c != 0x2029;
            if (printable || isPaired(text, i)) {
                quoted.append(c);
            } else {
                quoted.append(String.format("\\u%04x", (int) c));
            }
        }
        return quoted.append(text.length() > MAX_QUOTED ? "…'" : "'").toString();
    }

    private static boolean isPaired(String text, int i) {
        char c = text.charAt(i);
        return Character.isHighSurrogate(c)
                ? i + 1 < Math.min(text.length(), MAX_QUOTED) && Character.isLowSurrogate(text.charAt(i + 1))
                : Character.isLowSurrogate(c) && i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }

    /// The same problem, seen from a document in which the event stands at `prefix`, for example `/3` in a
    /// batch.
    public InvalidEventException under(String prefix) {
        return new InvalidEventException(prefix + pointer, problem, this);
    }
}
