package ai.tradesense.retry;

import java.time.Duration;

/// An attempt that failed, as a policy sees it.
///
/// @param attempt which one, from 1
/// @param error what the handler threw, or an [UnfinishedAttemptException]
/// @param age how long ago the event failed for the first time; zero if it did just now
/// @param random drawn for this decision, from 0 inclusive to 1 exclusive, so that the policy need not draw
public record FailedAttempt(int attempt, Throwable error, Duration age, double random) {
    public FailedAttempt {
        if (attempt < 1) {
            throw new IllegalArgumentException("the attempt is " + attempt + ", expected 1 or more");
        }
    }
}
