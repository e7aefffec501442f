package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MainTest {
    private final Cli cli = new Cli();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "up",
                "publish",
                "tail",
                "events",
                "workers",
                "workers pause",
                "workers resume",
                "workers show",
                "workers concurrency",
                "workers breaker",
                "workers instances",
                "dlq",
                "dlq list",
                "dlq show",
                "replay",
                "projections",
                "projections rebuild",
                "projections pass-over",
                "projections orders",
                "verify",
                "backup",
                "doctor"
            })
    void every_verb_has_help_with_an_example_that_fits_the_terminal(String verb) {
        assertThat(cli.on(new Terminal(true, true, 72)).with("NO_COLOR", "1").run((verb + " --help").split(" ", -1)))
                .isEqualTo(0);

        assertThat(cli.out())
                .startsWith("Usage: tradesense " + verb)
                .contains("Example: tradesense " + verb.split(" ", -1)[0]);
        assertThat(cli.out().lines()).allMatch(line -> line.length() <= 72);
        assertThat(cli.err()).isEmpty();
    }

    @Test
    void help_names_every_verb_and_where_to_start() {
        assertThat(cli.run("--help")).isEqualTo(0);

        assertThat(cli.out())
                .contains(
                        "  up ",
                        "  publish ",
                        "  tail ",
                        "  events ",
                        "  workers ",
                        "  dlq ",
                        "  verify ",
                        "  backup ",
                        "  bench ",
                        "  doctor ")
                .contains("Start here: tradesense up --demo");
    }

    @Test
    void the_version_is_that_of_the_build() {
        assertThat(cli.run("--version")).isEqualTo(0);

        assertThat(cli.out()).matches("tradesense \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "frobnicate",
                "--frobnicate",
                "dlq",
                "dlq frobnicate",
                "events --frobnicate",
                "tail --limit x"
            })
    void being_called_wrongly_ends_with_2_and_says_where_help_is(String arguments) {
        assertThat(cli.run(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1)))
                .isEqualTo(2);

        assertThat(cli.out()).isEmpty();
        assertThat(cli.errLines().getFirst()).startsWith("tradesense: ");
        assertThat(cli.errLines()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void a_misspelled_verb_is_guessed() {
        assertThat(cli.run("pubish", "file")).isEqualTo(2);

        assertThat(cli.err()).contains("Did you mean: tradesense publish?");
    }

    @Test
    void colours_are_for_terminals_whose_user_wants_them() {
        Terminal terminal = new Terminal(true, true, 80);

        assertThat(new Cli().on(terminal).shell().coloured()).isTrue();
        assertThat(new Cli().shell().coloured()).isFalse();
        for (Map.Entry<String, String> refusal :
                Map.of("NO_COLOR", "1", "TERM", "dumb").entrySet()) {
            Cli refusing = new Cli().on(terminal).with(refusal.getKey(), refusal.getValue());
            assertThat(refusing.shell().coloured()).isFalse();
        }
    }
}
