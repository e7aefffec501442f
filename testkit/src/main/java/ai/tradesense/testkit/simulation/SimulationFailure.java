package ai.tradesense.testkit.simulation;

/// A run in which an invariant did not hold.
public final class SimulationFailure extends AssertionError {
    private final long seed;
    private final Invariant invariant;

    SimulationFailure(long seed, Invariant invariant, String message, String trace) {
        super("seed " + seed + ", " + invariant + ": " + message + "\nreplay with ./verify simulation --seed " + seed
                + "\n" + trace);
        this.seed = seed;
        this.invariant = invariant;
    }

    /// What repeats the run.
    public long seed() {
        return seed;
    }

    /// What did not hold.
    public Invariant invariant() {
        return invariant;
    }
}
