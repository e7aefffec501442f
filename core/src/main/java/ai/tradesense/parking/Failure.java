package ai.tradesense.parking;

import java.time.Instant;

/// One failed attempt.
///
/// @param attempt which one, from 1; 0 where no handler was called
/// @param at when
/// @param exception the class of the exception
/// @param message its message, empty if it had none
/// @param stackTrace its stack trace, cut at [#MAX_STACK_TRACE] characters
public record Failure(int attempt, Instant at, String exception, String message, String stackTrace) {
    /// How much of a stack trace is kept, in characters.
    public static final int MAX_STACK_TRACE = 16_384;

    /// What an exception says of an attempt.
    public static Failure of(int attempt, Instant at, Throwable exception) {
        java.io.StringWriter text = new java.io.StringWriter();
        exception.printStackTrace(new java.io.PrintWriter(text, true));
        String trace = text.toString();
        String message = exception.getMessage();
        return new Failure(
                attempt,
                at,
                exception.getClass().getName(),
                message == null ? "" : message,
                trace.length() > MAX_STACK_TRACE ? trace.substring(0, MAX_STACK_TRACE) : trace);
    }
}
