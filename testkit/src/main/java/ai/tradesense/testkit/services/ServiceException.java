package ai.tradesense.testkit.services;

import org.jspecify.annotations.Nullable;

/// A service that a test needs cannot be had; the message says what to do about it.
public final class ServiceException extends RuntimeException {
    ServiceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
