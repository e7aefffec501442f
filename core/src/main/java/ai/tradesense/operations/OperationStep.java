package ai.tradesense.operations;

import java.time.Instant;

/// A line of the operations log.
///
/// @param number its place among the lines of its operation, from 1
/// @param by who did it: the operator, or [#PLATFORM]
/// @param text what was done
public record OperationStep(int number, Instant at, String by, String text) {
    /// What operations do by themselves is done by the platform.
    public static final String PLATFORM = "platform";
}
