package ai.tradesense.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The command line of the simulation.
final class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return Main.run(
                List.of(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void a_seed_is_replayed_with_every_step() {
        assertThat(run("--seed", "8")).isZero();
        assertThat(out()).contains("joins desk_group", "takes effect").endsWith("every invariant holds\n");
    }

    @Test
    void many_seeds_are_counted() {
        assertThat(run("--from", "100", "--count", "5")).isZero();
        assertThat(out()).contains("5 seeds from 100 in ", ": 0 failed");
    }

    @Test
    void what_makes_no_sense_is_refused_with_the_usage() {
        assertThat(run("--speed", "7")).isEqualTo(2);
        assertThat(run("--seed")).isEqualTo(2);
        assertThat(run("--seed", "seven")).isEqualTo(2);
        assertThat(run("--seed", "7", "--count", "5")).isEqualTo(2);
        assertThat(run("--hazards", "RAIN")).isEqualTo(2);
        assertThat(out()).isEmpty();
        assertThat(err()).contains("there is no option --speed", "--seed needs a value", "usage: ./verify simulation");
    }
}
