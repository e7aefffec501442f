package ai.tradesense.worker;

/// Whether a worker takes events. What operators order, in one switch.
enum Admission {
    /// It takes them as they come.
    OPEN,
    /// It takes none until it is resumed.
    PAUSED,
    /// It takes none until it is resumed, and says when nothing is at hand any more.
    DRAINING
}
