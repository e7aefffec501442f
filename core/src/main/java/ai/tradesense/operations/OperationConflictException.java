package ai.tradesense.operations;

/// What an operator ordered was sensible once, but is not any more: somebody else was faster.
public final class OperationConflictException extends IllegalStateException {
    public OperationConflictException(String message) {
        super(message);
    }
}
