package ai.tradesense.events;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InvalidEventExceptionTest {
    @Test
    void the_message_is_the_pointer_and_the_problem() {
        assertThat(new InvalidEventException("/id", "is empty")).hasMessage("/id: is empty");
        assertThat(new InvalidEventException("", "is empty")).hasMessage("is empty");
    }

    @Test
    void a_problem_is_moved_under_a_prefix() {
        InvalidEventException problem = new InvalidEventException("/data/x", "is null");
        InvalidEventException moved = problem.under("/3");

        assertThat(moved.pointer()).isEqualTo("/3/data/x");
        assertThat(moved.problem()).isEqualTo("is null");
        assertThat(moved).hasCause(problem);
    }

    @Test
    void a_step_escapes_what_a_pointer_cannot_hold() {
        assertThat(InvalidEventException.step("a/b~c~1")).isEqualTo("/a~1b~0c~01");
        assertThat(InvalidEventException.step("")).isEqualTo("/");
    }

    @Test
    void quoted_text_is_short_and_printable() {
        assertThat(InvalidEventException.quote("plain ü 🎉")).isEqualTo("'plain ü 🎉'");
        assertThat(InvalidEventException.quote("a\n\u001b\u0000\u2028\u0085"))
                .isEqualTo("'a\\u000a\\u001b\\u0000\\u2028\\u0085'");
        assertThat(InvalidEventException.quote("\ud83c")).isEqualTo("'\\ud83c'");
        assertThat(InvalidEventException.quote("x".repeat(81))).isEqualTo("'" + "x".repeat(80) + "…'");
        assertThat(InvalidEventException.quote("x".repeat(79) + "🎉")).isEqualTo("'" + "x".repeat(79) + "\\ud83c…'");
    }
}
