package ai.tradesense.retention;

/// A legal hold was lifted already, or a reader that is to be forgotten still reads.
public final class RetentionConflictException extends IllegalStateException {
    public RetentionConflictException(String message) {
        super(message);
    }
}
