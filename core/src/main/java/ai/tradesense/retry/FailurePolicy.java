package ai.tradesense.retry;

/// Decides what becomes of an event whose handler failed. Pure: asked twice the same, it answers the same. Only
/// the dispatcher acts on the answer.
@FunctionalInterface
public interface FailurePolicy {
    /// Never tries again.
    FailurePolicy GIVE_UP = failed -> new FailureDecision.GiveUp();

    /// Takes the event itself for unreadable.
    FailurePolicy QUARANTINE = failed -> new FailureDecision.Quarantine();

    /// The decision after a failed attempt.
    FailureDecision decide(FailedAttempt failed);
}
