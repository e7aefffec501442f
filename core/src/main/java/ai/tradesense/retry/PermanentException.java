package ai.tradesense.retry;

import org.jspecify.annotations.Nullable;

/// Thrown by a worker: trying again will not help, this event belongs among the dead letters at once.
public class PermanentException extends RuntimeException {
    public PermanentException(String message) {
        this(message, null);
    }

    public PermanentException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
