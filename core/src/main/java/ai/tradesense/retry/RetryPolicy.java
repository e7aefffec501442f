package ai.tradesense.retry;

import ai.tradesense.events.InvalidEventException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Exponential backoff: after attempt `n` the delay is `min(base × 2^(n-1), maxDelay)`, and a random part of it more if
/// there is jitter; for at most `maxRetries` retries and no longer than `maxAge` after the first failure.
///
/// Errors are classified by the first rule that names their class. Where none does, [PermanentException] gives up at
/// once, data that does not fit its record is quarantined, and everything else is taken to be transient.
///
/// ```java
/// RetryPolicy.DEFAULT
///     .withJitter(0.2)
///     .on(InsufficientFundsException.class, FailurePolicy.GIVE_UP)
///     .on(RateLimitedException.class, new RetryPolicy(10, ofMinutes(1), ofHours(1)))
/// ```
///
/// @param maxRetries how many times an event is tried again after the first attempt; 0 means never
/// @param baseDelay the delay before the first retry
/// @param maxDelay the longest delay, before jitter
/// @param jitter how much longer a delay may be by chance, as a share of it from 0 to 1; it never gets shorter
/// @param maxAge how long after its first failure an event is tried again at most; null means without end
/// @param rules what is decided for errors of certain classes, the first that matches
public record RetryPolicy(
        int maxRetries,
        Duration baseDelay,
        Duration maxDelay,
        double jitter,
        @Nullable Duration maxAge,
        List<Rule> rules)
        implements FailurePolicy {
    /// What a worker has unless it says otherwise.
    public static final int DEFAULT_MAX_RETRIES = 3;

    public static final Duration DEFAULT_BASE_DELAY = Duration.ofSeconds(5);
    public static final Duration DEFAULT_MAX_DELAY = Duration.ofMinutes(15);

    public static final RetryPolicy DEFAULT =
            new RetryPolicy(DEFAULT_MAX_RETRIES, DEFAULT_BASE_DELAY, DEFAULT_MAX_DELAY);

    /// Who decides about errors of a class and its subclasses.
    public record Rule(Class<? extends Throwable> error, FailurePolicy policy) {}

    /// A policy without jitter, age limit and rules.
    public RetryPolicy(int maxRetries, Duration baseDelay, Duration maxDelay) {
        this(maxRetries, baseDelay, maxDelay, 0, null, List.of());
    }

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
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("the jitter is " + jitter + ", expected 0 to 1");
        }
        if (maxDelay.multipliedBy(2).compareTo(FailureDecision.RetryAfter.MAX_DELAY) > 0) {
            throw new IllegalArgumentException("the longest retry delay is " + maxDelay + ", at most "
                    + FailureDecision.RetryAfter.MAX_DELAY.dividedBy(2) + " is allowed");
        }
        if (maxAge != null && maxAge.isNegative()) {
            throw new IllegalArgumentException("the longest age is " + maxAge + ", expected 0 or more");
        }
        rules = List.copyOf(rules);
    }

    /// The same with delays that are longer by chance, by up to this share of themselves.
    public RetryPolicy withJitter(double share) {
        return new RetryPolicy(maxRetries, baseDelay, maxDelay, share, maxAge, rules);
    }

    /// The same, giving up when the first failure is this long ago.
    public RetryPolicy withMaxAge(Duration longest) {
        return new RetryPolicy(maxRetries, baseDelay, maxDelay, jitter, longest, rules);
    }

    /// The same with another policy for errors of a class, after the rules there are.
    public RetryPolicy on(Class<? extends Throwable> error, FailurePolicy policy) {
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(error, policy));
        return new RetryPolicy(maxRetries, baseDelay, maxDelay, jitter, maxAge, more);
    }

    @Override
    public FailureDecision decide(FailedAttempt failed) {
        for (Rule rule : rules) {
            if (rule.error().isInstance(failed.error())) {
                return rule.policy().decide(failed);
            }
        }
        if (failed.error() instanceof InvalidEventException) {
            return new FailureDecision.Quarantine();
        }
        if (failed.error() instanceof PermanentException || failed.attempt() > maxRetries) {
            return new FailureDecision.GiveUp();
        }
        Duration delay = jittered(delayAfter(failed.attempt()), failed.random());
        if (maxAge != null && failed.age().plus(delay).compareTo(maxAge) > 0) {
            return new FailureDecision.GiveUp();
        }
        return new FailureDecision.RetryAfter(delay);
    }

    private Duration delayAfter(int attempt) {
        Duration delay = baseDelay;
        for (int doubled = 1; doubled < attempt && delay.compareTo(maxDelay) < 0; doubled++) {
            delay = delay.multipliedBy(2);
        }
        return delay.compareTo(maxDelay) < 0 ? delay : maxDelay;
    }

    private Duration jittered(Duration delay, double random) {
        return jitter == 0 ? delay : delay.plusMillis((long) (delay.toMillis() * jitter * random));
    }
}
