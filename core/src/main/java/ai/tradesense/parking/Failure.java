package ai.tradesense.parking;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;

/// One failed attempt.
///
/// @param attempt which one, from 1; 0 where no handler was called
/// @param at when
/// @param exception the class of the exception
/// @param message its message, empty if it had none, cut at [#MAX_MESSAGE] characters
/// @param stackTrace its stack trace, cut at [#MAX_STACK_TRACE] characters
/// @param cause what failures of the same cause have in common, see [CauseFingerprint]
public record Failure(int attempt, Instant at, String exception, String message, String stackTrace, String cause) {
    /// How much of a stack trace is kept, in characters.
    public static final int MAX_STACK_TRACE = 16_384;

    /// How much of a message is kept, in characters.
    public static final int MAX_MESSAGE = 4_096;

    /// What an exception says of an attempt, also one that cannot even describe itself.
    public static Failure of(int attempt, Instant at, Throwable exception) {
        return new Failure(
                attempt,
                at,
                exception.getClass().getName(),
                messageOf(exception),
                traceOf(exception),
                CauseFingerprint.of(exception));
    }

    /// The message of an exception, cut at [#MAX_MESSAGE] characters; empty if it has none.
    public static String messageOf(Throwable exception) {
        try {
            String message = exception.getMessage();
            return message == null ? "" : cut(message, MAX_MESSAGE);
        } catch (RuntimeException | Error broken) {
            return "(its message cannot be read: " + broken.getClass().getName() + ")";
        }
    }

    private static String traceOf(Throwable exception) {
        StringWriter text = new StringWriter();
        try {
            exception.printStackTrace(new PrintWriter(text, true));
        } catch (RuntimeException | Error broken) {
            text.write("(the stack trace of " + exception.getClass().getName() + " cannot be written: "
                    + broken.getClass().getName() + ")");
        }
        return cut(text.toString(), MAX_STACK_TRACE);
    }

    private static String cut(String text, int length) {
        return text.length() > length ? text.substring(0, length) : text;
    }
}
