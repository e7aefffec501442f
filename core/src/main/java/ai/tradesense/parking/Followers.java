package ai.tradesense.parking;

/// What becomes of the later events of a subject when one is given up.
public enum Followers {
    /// They go on without it.
    RELEASE,
    /// They wait behind it, so that the sequence is kept, until an operator retries or discards it.
    HOLD
}
