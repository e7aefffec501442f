package ai.tradesense;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class InstanceNamesTest {
    @Test
    void no_two_have_the_same_name_also_if_machine_and_process_are_called_alike() {
        assertThat(Stream.generate(InstanceNames::next).limit(1_000))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches(
                        "[A-Za-z0-9._-]+-" + ProcessHandle.current().pid() + "-[0-9a-f]{8}"));
    }

    @Test
    void a_machine_may_be_called_anything() {
        assertThat(InstanceNames.shown("trading-7d9f8c6b5-x2x4q")).isEqualTo("trading-7d9f8c6b5-x2x4q");
        assertThat(InstanceNames.shown(" a b\n/é")).isEqualTo("ab");
        assertThat(InstanceNames.shown("@")).isEqualTo("localhost");
        assertThat(InstanceNames.shown("x".repeat(300))).hasSize(63);
    }
}
