package ai.tradesense.cli;

import org.jspecify.annotations.Nullable;

/// A verb cannot do what it was asked; the message is the sentence that the user reads.
class CommandFailure extends RuntimeException {
    CommandFailure(String message) {
        this(message, null);
    }

    CommandFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
