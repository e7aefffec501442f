package ai.tradesense.retry;

/// Decides what becomes of an event whose handler failed. Pure: asked twice the same, it answers the same. Only
/// the dispatcher acts on the answer.
@FunctionalInterface
public interface FailurePolicy {
    /// The decision after a failed attempt.
    ///
    /// @param attempt the attempt that failed, from 1
    /// @param error what the handler threw
    FailureDecision decide(int attempt, Throwable error);
}
