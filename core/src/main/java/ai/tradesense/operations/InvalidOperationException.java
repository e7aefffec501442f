package ai.tradesense.operations;

/// What an operator ordered makes no sense. Says where, as a JSON pointer (RFC 6901) into the order, and
/// what.
public final class InvalidOperationException extends IllegalArgumentException {
    private final String pointer;
    private final String problem;

    public InvalidOperationException(String pointer, String problem) {
        super(pointer.isEmpty() ? problem : pointer + ": " + problem);
        this.pointer = pointer;
        this.problem = problem;
    }

    /// Where, for example `/canary/1`; empty for the order as a whole.
    public String pointer() {
        return pointer;
    }

    /// What was expected and what was found, in words.
    public String problem() {
        return problem;
    }
}
