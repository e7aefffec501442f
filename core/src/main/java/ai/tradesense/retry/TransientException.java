package ai.tradesense.retry;

import org.jspecify.annotations.Nullable;

/// Thrown by a worker: this will pass, try again later.
public class TransientException extends RuntimeException {
    public TransientException(String message) {
        this(message, null);
    }

    public TransientException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
