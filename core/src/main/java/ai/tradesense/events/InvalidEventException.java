package ai.tradesense.events;

/// Something in an event is wrong: a malformed type, an attribute that is missing or of the wrong kind, a
/// payload that does not fit its schema. Says where, as a JSON pointer (RFC 6901) into the structured form of
/// the event, and what.
///
/// Trying again with the same event fails again.
public final class InvalidEventException extends IllegalArgumentException {
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

    /// The same problem, seen from a document in which the event stands at `prefix`, for example `/3` in a
    /// batch.
    public InvalidEventException under(String prefix) {
        return new InvalidEventException(prefix + pointer, problem, this);
    }
}
