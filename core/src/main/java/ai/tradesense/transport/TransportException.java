package ai.tradesense.transport;

import org.jspecify.annotations.Nullable;

/// A transport could not do what was asked, or it is not known whether it did. Trying again is safe: an event's
/// source and id keep it from being stored twice.
public class TransportException extends RuntimeException {
    private final String transport;

    public TransportException(String transport, String message, @Nullable Throwable cause) {
        super(transport + ": " + message, cause);
        this.transport = transport;
    }

    /// The transport's name.
    public String transport() {
        return transport;
    }
}
