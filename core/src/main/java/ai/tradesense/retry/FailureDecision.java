package ai.tradesense.retry;

import java.time.Duration;

/// What becomes of an event whose handler failed.
public sealed interface FailureDecision {
    /// Try again after a delay; later events of the subject wait behind it.
    ///
    /// @param delay from nothing to [#MAX_DELAY]
    record RetryAfter(Duration delay) implements FailureDecision {
        /// The longest delay that anybody may ask for.
        public static final Duration MAX_DELAY = Duration.ofDays(3_650);

        public RetryAfter {
            if (delay.isNegative() || delay.compareTo(MAX_DELAY) > 0) {
                throw new IllegalArgumentException("the delay is " + delay + ", expected 0 to " + MAX_DELAY);
            }
        }
    }

    /// Give up: a dead letter.
    record GiveUp() implements FailureDecision {}

    /// The event itself cannot be read: quarantine with its raw bytes.
    record Quarantine() implements FailureDecision {}
}
