package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.FailurePolicy;
import ai.tradesense.retry.RetryPolicy;
import ai.tradesense.transport.GroupMembership.StartFrom;
import java.time.Duration;
import java.util.Set;

/// Reacts to events. Implement it, or build one from lambdas over typed records with [Worker#named].
///
/// The methods that describe the worker are asked once, when it is registered. [#processEvent] is called by
/// many threads at once, but never by two for the same domain and subject.
public interface EventWorker {
    /// The worker's name, unique within the platform: letters, digits, `-`, `_` and `.`.
    String workerName();

    /// The types it wants: full names such as `Risk.Limit.Breached.v1`, or patterns such as `Trading.*`.
    Set<String> subscribesTo();

    /// A finer filter; an event it refuses counts as processed.
    default boolean canHandle(DomainEvent event) {
        return true;
    }

    /// Processes one event. May block: it runs on a virtual thread. Returning normally means that the event is
    /// done with; an exception means that it failed, see [FailurePolicy]. May be called again for the same
    /// event after a crash, so its effects should be idempotent.
    void processEvent(DomainEvent event, ExecutionContext context) throws Exception;

    /// How many times an event is tried again after its first attempt.
    default int maxRetries() {
        return RetryPolicy.DEFAULT_MAX_RETRIES;
    }

    /// The delay before the first retry; it doubles with each further one, up to [#maxRetryDelay].
    default Duration retryDelay() {
        return RetryPolicy.DEFAULT_BASE_DELAY;
    }

    /// The longest delay between two attempts.
    default Duration maxRetryDelay() {
        return RetryPolicy.DEFAULT_MAX_DELAY.compareTo(retryDelay()) > 0 ? RetryPolicy.DEFAULT_MAX_DELAY : retryDelay();
    }

    /// What becomes of an event that failed. By default [RetryPolicy] with the numbers above.
    default FailurePolicy failurePolicy() {
        return new RetryPolicy(maxRetries(), retryDelay(), maxRetryDelay());
    }

    /// What becomes of the later events of a subject when one is given up: they go on without it, or wait behind it
    /// until an operator has decided.
    default Followers followersOfDeadLetters() {
        return Followers.RELEASE;
    }

    /// When the worker stops taking events because too many fail.
    default BreakerPolicy circuitBreaker() {
        return BreakerPolicy.DEFAULT;
    }

    /// The consumer group that shares the work. Every group gets every event.
    default String consumerGroup() {
        return workerName() + "_group";
    }

    /// How many subjects are processed at the same time at most.
    default int concurrency() {
        return 32;
    }

    /// Whether stored events may be given to it once more, see [ExecutionContext#isReplay]. Not unless the worker
    /// says so: one that has effects elsewhere, such as mails or orders, would have them again.
    default boolean isReplayable() {
        return false;
    }

    /// Whether what it publishes by its context while it handles an event that was just delivered, and that the
    /// event is done with, become durable together: all of it once, or none of it. Publishing then returns at
    /// once, and if the handler fails, nothing was published. What fails and is tried again later publishes as
    /// other workers do.
    ///
    /// Refused at registration where the transport has no transactions, and for a [BatchWorker].
    default boolean isTransactional() {
        return false;
    }

    /// Where the group begins when the platform sees it for the first time.
    default StartFrom startFrom() {
        return StartFrom.BEGINNING;
    }
}
