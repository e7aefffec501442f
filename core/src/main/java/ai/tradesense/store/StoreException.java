package ai.tradesense.store;

import org.jspecify.annotations.Nullable;

/// A store could not do what was asked, or it is not known whether it did.
public class StoreException extends RuntimeException {
    public StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
