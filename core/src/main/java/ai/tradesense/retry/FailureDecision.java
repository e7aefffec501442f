package ai.tradesense.retry;

import java.time.Duration;

/// What becomes of an event whose handler failed.
public sealed interface FailureDecision {
    /// Try again after a delay; later events of the subject wait behind it.
    record RetryAfter(Duration delay) implements FailureDecision {}

    /// Give up: a dead letter.
    record GiveUp() implements FailureDecision {}

    /// The event itself cannot be read: quarantine with its raw bytes.
    record Quarantine() implements FailureDecision {}
}
