package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.FailurePolicy;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import ai.tradesense.worker.Worker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What befalls our worker while it is measured, and what it has to meet it.
enum Trouble {
    /// Nothing, and the usual settings.
    NONE("", "as they come"),
    /// Nothing, and nothing to meet it: the first failure would be a dead letter.
    NONE_AND_UNGUARDED("nothing to meet failures", "no retries, no circuit breaker"),
    /// Nothing, with everything there is to meet it.
    NONE_BUT_GUARDED("all to meet failures", "retries, circuit breaker, the sequence kept behind dead letters"),
    /// One event of a hundred fails the first time.
    SOME_FAIL_ONCE("1 % fail once", NONE_BUT_GUARDED.failures),
    /// All events of one subject fail, every time.
    ONE_SUBJECT_FAILS("one subject fails for ever", SOME_FAIL_ONCE.failures);

    private static final int FAILING_SUBJECT = 0;
    private static final int ONE_IN = 100;

    /// After how long an event that failed is tried again for the first time, unless something else was asked for.
    static final Duration FIRST_RETRY = Duration.ofMillis(10);

    private static final Duration LONGEST_DELAY = Duration.ofSeconds(1);

    private final String title;
    private final String failures;

    /// @param failures how a worker meets failures, in words
    Trouble(String title, String failures) {
        this.title = title;
        this.failures = failures;
    }

    /// The name of a contender that has this trouble.
    String nameOf(String contender) {
        return title.isEmpty() ? contender : contender + ", " + title;
    }

    String failures(Duration firstRetry) {
        return switch (this) {
            case NONE, NONE_AND_UNGUARDED, NONE_BUT_GUARDED -> failures;
            case SOME_FAIL_ONCE, ONE_SUBJECT_FAILS -> failures + ", first retry after " + firstRetry.toMillis() + " ms";
        };
    }

    /// The subject of which no event is ever handled; null if there is none.
    @Nullable
    Integer failingSubject() {
        return this == ONE_SUBJECT_FAILS ? FAILING_SUBJECT : null;
    }

    /// Reads the typed record and notes it, unless it is to fail.
    EventWorker worker(Load load, Observations observations, Duration firstRetry) {
        Worker worker = Worker.named(Platforms.WORKER).on(OrderPlaced.class, (order, context) -> {
            if (fails(load, order, context)) {
                throw new Failed();
            }
            observations.handled(order);
        });
        return switch (this) {
            case NONE -> worker.build();
            case NONE_AND_UNGUARDED ->
                worker.failurePolicy(FailurePolicy.GIVE_UP)
                        .circuitBreaker(BreakerPolicy.NEVER)
                        .build();
            case NONE_BUT_GUARDED, SOME_FAIL_ONCE, ONE_SUBJECT_FAILS ->
                worker.maxRetries(Integer.MAX_VALUE)
                        .retryDelay(firstRetry)
                        .maxRetryDelay(firstRetry.compareTo(LONGEST_DELAY) > 0 ? firstRetry : LONGEST_DELAY)
                        .followersOfDeadLetters(Followers.HOLD)
                        .circuitBreaker(BreakerPolicy.DEFAULT)
                        .build();
        };
    }

    private boolean fails(Load load, OrderPlaced order, ExecutionContext context) {
        return switch (this) {
            case NONE, NONE_AND_UNGUARDED, NONE_BUT_GUARDED -> false;
            case SOME_FAIL_ONCE -> context.attempt() == 1 && load.indexOf(order) % ONE_IN == 0;
            case ONE_SUBJECT_FAILS -> load.subjectOf(load.indexOf(order)) == FAILING_SUBJECT;
        };
    }

    /// With a stack trace, as those of handlers have one.
    @SuppressWarnings("serial")
    private static final class Failed extends RuntimeException {
        Failed() {
            super("on purpose");
        }
    }
}
