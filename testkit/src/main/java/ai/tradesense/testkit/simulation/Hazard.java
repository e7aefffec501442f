package ai.tradesense.testkit.simulation;

/// What a run may expose platforms to, beyond what always happens: crashes, restarts, failing calls and forgotten
/// settlements.
enum Hazard {
    /// Partitions move from one live instance to another, which its owner learns before the new one has it.
    MOVES,
    /// Partitions are taken from live instances that learn of it only when another works on them already.
    TAKEN_AWAY,
    /// Some events kill the process that handles them, every time.
    KILLERS,
    /// Few events may be parked, so that workers are full.
    FULL_PARKING,
    /// Somebody retries, discards and restores dead letters meanwhile.
    OPERATORS
}
