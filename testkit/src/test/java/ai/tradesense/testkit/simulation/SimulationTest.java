package ai.tradesense.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// What is true of every run, and of the simulation itself.
final class SimulationTest {
    /// More of them: `-Dtradesense.simulations=100000`.
    private static final int SEEDS = Integer.getInteger("tradesense.simulations", 1_000);

    @Test
    void every_invariant_holds_whatever_goes_wrong() {
        LongStream.range(0, SEEDS).parallel().forEach(Simulation::run);
    }

    /// Its follower was on its way already, which nobody could have seen.
    @Test
    void a_dead_letter_that_is_tried_again_has_let_go_by_those_behind_it() {
        Simulation.run(7_001_931);
    }

    @Test
    void a_seed_is_the_same_run_every_time_step_by_step() {
        for (long seed = 0; seed < 50; seed++) {
            assertThat(Simulation.run(seed, Experiment.USUAL))
                    .as("seed %s", seed)
                    .isEqualTo(Simulation.run(seed, Experiment.USUAL));
        }
        assertThat(Simulation.trace(7)).isEqualTo(Simulation.trace(7)).endsWith("every invariant holds");
    }

    @Test
    void writing_the_steps_down_does_not_change_them() {
        for (long seed = 0; seed < 20; seed++) {
            World world = new World(seed, Experiment.USUAL, true);
            assertThat(world.play()).isNull();
            assertThat(world.trace().hash()).isEqualTo(Simulation.run(seed, Experiment.USUAL));
        }
    }

    @Test
    void seeds_are_different_runs() {
        List<Long> hashes = LongStream.range(0, 50)
                .mapToObj(seed -> Simulation.run(seed, Experiment.USUAL))
                .toList();

        assertThat(hashes).doesNotHaveDuplicates();
    }

    /// A simulation in which nothing ever goes wrong finds nothing either.
    @Test
    void what_can_go_wrong_does_in_some_run() {
        StringBuilder all = new StringBuilder();
        LongStream.range(0, 60).mapToObj(Simulation::trace).forEach(all::append);

        assertThat(List.of(
                                "KILLED",
                                "stops",
                                "is paused",
                                "transport did not take it",
                                "and did not answer",
                                "transport is full",
                                "poll of desk_group fails",
                                "store: apply is refused",
                                "store: apply is done and not answered",
                                "Park WAITING",
                                "Park QUARANTINED",
                                "Park DEAD",
                                "Bury",
                                "Reschedule",
                                "Complete",
                                "begins in a batch of",
                                "clock_group takes effect",
                                "schedules: a call is done and not answered")
                        .stream()
                        .filter(what -> all.indexOf(what) < 0))
                .as("never happens")
                .isEmpty();
    }
}
