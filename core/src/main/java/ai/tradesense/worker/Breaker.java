package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.worker.WorkerStatus.BreakerState;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A worker's circuit breaker: resilience4j's states and sliding window, fed in batches, so that an event that succeeds
/// while it is closed costs one read of a flag.
///
/// Successes say nothing new while no failure is in the window; they are only counted then, and told when the first
/// failure comes.
final class Breaker {
    private static final int MAX_SUBJECTS = 10_000;

    /// How long a subject that failed does not count again.
    private static final Duration COUNTED_FOR = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(Breaker.class);

    /// Stands for whatever a handler threw.
    private static final class HandlerFailedException extends RuntimeException {
        HandlerFailedException() {
            super("an attempt failed", null, false, false);
        }
    }

    private final String worker;
    private final BreakerPolicy policy;
    private final InstantSource clock;
    private final Runnable changed;
    private final CircuitBreaker breaker;
    private volatile BreakerState state = BreakerState.CLOSED;
    private volatile @Nullable Rest rest; // while it is open and tries again

    // Guarded by this.
    private int untold; // successes that resilience4j has not been told of
    private final Set<OrderKey> failingInARow = new HashSet<>();
    private final Set<OrderKey> counted = new HashSet<>(); // subjects whose failure is in the window
    private Instant countedSince;
    private @Nullable Instant tryingSince;

    /// A closed breaker.
    ///
    /// @param changed called when it opens, tries, or closes; must not block
    Breaker(String worker, BreakerPolicy policy, InstantSource clock, Runnable changed) {
        this.worker = worker;
        this.policy = policy;
        this.clock = clock;
        this.changed = changed;
        this.countedSince = clock.instant();
        this.breaker = CircuitBreaker.of(
                worker,
                CircuitBreakerConfig.custom()
                        .clock(clock.withZone(ZoneOffset.UTC))
                        .slidingWindow(policy.window(), policy.minimumEvents(), SlidingWindowType.COUNT_BASED)
                        .failureRateThreshold((float) (policy.failureRate() * 100))
                        .waitDurationInOpenState(policy.openFor())
                        .permittedNumberOfCallsInHalfOpenState(policy.probes())
                        .build());
    }

    boolean isClosed() {
        return state == BreakerState.CLOSED;
    }

    BreakerState state() {
        return state;
    }

    /// When it tries again; null unless it is open and will.
    @Nullable
    Instant retryAt() {
        Rest open = rest;
        return open == null ? null : open.until();
    }

    /// Whether nothing may be taken now: open, and not yet time to try.
    boolean isOpen() {
        return switch (state) {
            case CLOSED, HALF_OPEN -> false;
            case FORCED_OPEN -> true;
            case OPEN -> {
                Rest open = rest;
                yield open != null && open.lasts(clock.instant());
            }
        };
    }

    /// Whether an attempt may be made now. If so while it is not closed, its outcome is to be told.
    boolean mayAttempt() {
        return isClosed() || tryAttempt();
    }

    /// Whether an attempt that was allowed, and not made yet, may still be made.
    boolean stillAllows() {
        return switch (state) {
            case CLOSED, HALF_OPEN -> true;
            case OPEN, FORCED_OPEN -> false;
        };
    }

    private synchronized boolean tryAttempt() {
        if (state == BreakerState.OPEN && !isOpen()) {
            breaker.transitionToHalfOpenState(); // resilience4j would wait for long if the clock was set back
        }
        boolean may = breaker.tryAcquirePermission();
        follow();
        Instant since = tryingSince;
        if (!may && since != null && clock.instant().isAfter(since.plus(policy.openFor()))) {
            breaker.transitionToOpenState(); // an attempt that does not end must not keep it half open for ever
            follow();
        }
        return may;
    }

    /// An attempt that was allowed has no outcome of its own.
    synchronized void notAttempted() {
        if (state == BreakerState.HALF_OPEN) {
            breaker.releasePermission();
        }
    }

    /// Some attempts succeeded.
    void succeeded(int events) {
        boolean now;
        synchronized (this) {
            failingInARow.clear();
            if (state == BreakerState.HALF_OPEN) {
                tellSuccesses(events);
            } else if (isClosed()) {
                untold = Math.min(policy.window(), untold + events);
                if (!counted.isEmpty()) {
                    tellSuccesses(untold);
                    untold = 0;
                }
            }
            now = follow();
        }
        if (now) {
            changed.run();
        }
    }

    private void tellSuccesses(int events) {
        for (int told = Math.min(events, policy.window()); told > 0; told--) {
            breaker.onSuccess(0, TimeUnit.NANOSECONDS);
        }
    }

    /// An attempt failed.
    void failed(OrderKey subject) {
        if (policy.equals(BreakerPolicy.NEVER)) {
            return;
        }
        boolean now;
        synchronized (this) {
            if (state == BreakerState.HALF_OPEN) {
                breaker.onError(0, TimeUnit.NANOSECONDS, new HandlerFailedException());
            } else if (isClosed()) {
                failedWhileClosed(subject);
            }
            now = follow();
        }
        if (now) {
            changed.run();
        }
    }

    private void failedWhileClosed(OrderKey subject) {
        Instant now = clock.instant();
        if (countedSince.plus(COUNTED_FOR).isBefore(now) || counted.size() >= MAX_SUBJECTS) {
            counted.clear();
            countedSince = now;
        }
        tellSuccesses(untold);
        untold = 0;
        if (counted.add(subject)) {
            breaker.onError(0, TimeUnit.NANOSECONDS, new HandlerFailedException());
        }
        failingInARow.add(subject);
        if (failingInARow.size() >= policy.failingSubjects() && breaker.getState() == CircuitBreaker.State.CLOSED) {
            breaker.transitionToOpenState();
        }
    }

    /// Opens until [#reset].
    void forceOpen() {
        synchronized (this) {
            breaker.transitionToForcedOpenState();
            follow();
        }
        changed.run();
    }

    /// Closes and forgets what failed.
    void reset() {
        synchronized (this) {
            breaker.reset();
            follow();
        }
        changed.run();
    }

    /// Takes over the state that resilience4j came to.
    ///
    /// @return whether it is another one
    private boolean follow() {
        BreakerState before = state;
        BreakerState now = switch (breaker.getState()) {
            case OPEN -> BreakerState.OPEN;
            case HALF_OPEN -> BreakerState.HALF_OPEN;
            case FORCED_OPEN -> BreakerState.FORCED_OPEN;
            case CLOSED, DISABLED, METRICS_ONLY -> BreakerState.CLOSED;
        };
        if (now == before) {
            return false;
        }
        tryingSince = now == BreakerState.HALF_OPEN ? clock.instant() : null;
        rest = now == BreakerState.OPEN ? Rest.of(policy.openFor(), clock.instant()) : null;
        if (now == BreakerState.CLOSED) {
            untold = 0;
            counted.clear();
        }
        failingInARow.clear();
        state = now;
        LOG.warn("the circuit breaker of worker {} is {} and was {}", worker, now, before);
        return true;
    }
}
