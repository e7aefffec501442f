package ai.tradesense.retention;

/// A legal hold makes no sense as it was ordered. Says where, as a JSON pointer (RFC 6901) into the order, and
/// what.
public final class InvalidHoldException extends IllegalArgumentException {
    private final String pointer;
    private final String problem;

    public InvalidHoldException(String pointer, String problem) {
        super(pointer.isEmpty() ? problem : pointer + ": " + problem);
        this.pointer = pointer;
        this.problem = problem;
    }

    /// Where, for example `/from`; empty for the order as a whole.
    public String pointer() {
        return pointer;
    }

    /// What was expected and what was found, in words.
    public String problem() {
        return problem;
    }
}
