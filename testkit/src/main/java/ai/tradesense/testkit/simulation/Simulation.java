package ai.tradesense.testkit.simulation;

import ai.tradesense.testkit.simulation.Invariants.Violation;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// Runs whole platforms under faults, in virtual time. One seed decides everything: what there is, what goes wrong, who
/// runs when; the same seed is the same run, step by step.
///
/// Instances with real dispatchers, parking and buses share a simulated broker and a simulated parking store. Instances
/// are killed between any two calls and in the middle of them, stopped and started; partitions move while handlers of
/// their old owners run; sends, polls and stores fail before or after they took effect, or take a while; settlements
/// are forgotten; events are stored twice, arrive out of order across subjects, in a full queue; handlers are
/// slow, fail for some time or for ever, and publish. Then faults cease, and the [Invariant]s must hold: most
/// are checked at every step of the run, the rest when it has come to rest. (The idea is FoundationDB's and
/// TigerBeetle's.)
public final class Simulation {
    private Simulation() {}

    /// Runs a seed.
    ///
    /// @throws SimulationFailure if an invariant does not hold, with the steps that led there
    public static void run(long seed) {
        run(seed, Experiment.USUAL);
    }

    /// Runs a seed.
    ///
    /// @return a hash of every step of the run
    static long run(long seed, Experiment experiment) {
        World world = new World(seed, experiment, false);
        if (play(seed, world) == null) {
            return world.trace().hash();
        }
        World again = new World(seed, experiment, true);
        Violation violation = play(seed, again);
        if (violation == null) {
            throw new IllegalStateException("seed " + seed + " broke an invariant, but did not when repeated");
        }
        throw new SimulationFailure(
                seed, violation.invariant(), violation.message(), again.trace().around(violation.subject()));
    }

    /// Every step of a seed's run, a line for each; the last one says what does not hold, if anything does not.
    public static String trace(long seed) {
        return trace(seed, Experiment.USUAL);
    }

    static String trace(long seed, Experiment experiment) {
        World world = new World(seed, experiment, true);
        Violation violation = play(seed, world);
        return world.trace().whole()
                + (violation == null ? "every invariant holds" : violation.invariant() + ": " + violation.message());
    }

    /// Plays on a virtual thread, as the steps of agents do: to change between those costs the least.
    private static @Nullable Violation play(long seed, World world) {
        FutureTask<@Nullable Violation> run = new FutureTask<>(world::play);
        Thread.ofVirtual().name("simulation").start(run);
        try {
            return run.get();
        } catch (ExecutionException failure) {
            throw new IllegalStateException(
                    "seed " + seed + " could not be played to its end: " + failure.getCause(), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in seed " + seed, interrupted);
        }
    }
}
