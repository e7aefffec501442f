package ai.tradesense;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class InstanceNamesTest {
    private static final String PID = Long.toString(ProcessHandle.current().pid());

    @Test
    void no_two_of_a_process_have_the_same_name_also_with_the_same_seed() {
        assertThat(Stream.generate(() -> InstanceNames.next(new SplittableRandom(7)))
                        .limit(100))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[A-Za-z0-9._-]+-" + PID + "-[0-9]+-[0-9a-f]{8}"));
    }

    /// As the first platforms of two containers that are called alike.
    @Test
    void what_only_chance_tells_apart_has_different_names() {
        SplittableRandom random = new SplittableRandom(7);
        assertThat(Stream.generate(() -> InstanceNames.next(random)).limit(1_000))
                .extracting(name -> name.substring(name.lastIndexOf('-')))
                .doesNotHaveDuplicates();
    }

    @Test
    void a_machine_may_be_called_anything() {
        assertThat(InstanceNames.shown("trading-7d9f8c6b5-x2x4q")).isEqualTo("trading-7d9f8c6b5-x2x4q");
        assertThat(InstanceNames.shown(" a b\n/é")).isEqualTo("ab");
        assertThat(InstanceNames.shown("@")).isEqualTo("localhost");
        assertThat(InstanceNames.shown("x".repeat(300))).hasSize(63);
    }
}
