package ai.tradesense.server.config;

import org.jspecify.annotations.Nullable;

/// The server cannot start, for a reason that an operator can do something about. The message is one sentence
/// that says what was found and what was expected; it is all that is printed.
public final class StartupException extends RuntimeException {
    public StartupException(String sentence) {
        this(sentence, null);
    }

    public StartupException(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }
}
