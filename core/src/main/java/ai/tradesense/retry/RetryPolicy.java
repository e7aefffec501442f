package ai.tradesense.retry;

import ai.tradesense.events.InvalidEventException;
import java.time.Duration;

/// Exponential backoff: after attempt `n` the delay is `min(base × 2^(n-1), maxDelay)`, for at most
/// `maxRetries` retries. [PermanentException] gives up at once, data that does not fit its record is
/// quarantined, everything else is taken to be transient.
///
/// @param maxRetries how many times an event is tried again after the first attempt; 0 means never
/// @param baseDelay the delay before the first retry
/// @param maxDelay the longest delay
public record RetryPolicy(int maxRetries, Duration baseDelay, Duration maxDelay) implements FailurePolicy {
    /// What a worker has unless it says otherwise.
    public static final int DEFAULT_MAX_RETRIES = 3;

    public static final Duration DEFAULT_BASE_DELAY = Duration.ofSeconds(5);
    public static final Duration DEFAULT_MAX_DELAY = Duration.ofMinutes(15);

    public static final RetryPolicy DEFAULT =
            new RetryPolicy(DEFAULT_MAX_RETRIES, DEFAULT_BASE_DELAY, DEFAULT_MAX_DELAY);

    public RetryPolicy {
        if (maxRetries < 0) {
            throw new IllegalArgumentException("maxRetries is " + maxRetries + ", expected 0 or more");
        }
        if (baseDelay.isNegative()) {
            throw new IllegalArgumentException("the retry delay is " + baseDelay + ", expected 0 or more");
        }
        if (maxDelay.compareTo(baseDelay) < 0) {
            throw new IllegalArgumentException(
                    "the longest retry delay " + maxDelay + " is shorter than the first, " + baseDelay);
        }
        if (maxDelay.compareTo(FailureDecision.RetryAfter.MAX_DELAY) > 0) {
            throw new IllegalArgumentException("the longest retry delay is " + maxDelay + ", at most "
                    + FailureDecision.RetryAfter.MAX_DELAY + " is allowed");
        }
    }

    @Override
    public FailureDecision decide(int attempt, Throwable error) {
        if (error instanceof InvalidEventException) {
            return new FailureDecision.Quarantine();
        }
        if (error instanceof PermanentException || attempt > maxRetries) {
            return new FailureDecision.GiveUp();
        }
        return new FailureDecision.RetryAfter(delayAfter(attempt));
    }

    private Duration delayAfter(int attempt) {
        Duration delay = baseDelay;
        for (int doubled = 1; doubled < attempt && delay.compareTo(maxDelay) < 0; doubled++) {
            delay = delay.multipliedBy(2);
        }
        return delay.compareTo(maxDelay) < 0 ? delay : maxDelay;
    }
}
