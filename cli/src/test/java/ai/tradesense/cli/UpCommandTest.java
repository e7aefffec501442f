package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class UpCommandTest {
    private static List<String> received = List.of("never called");

    /// Stands where the server stands.
    static final class Recording {
        private Recording() {}

        public static void main(String[] arguments) {
            received = List.of(arguments);
        }
    }

    @TempDir
    private Path folder;

    @BeforeEach
    void forget() {
        received = List.of("never called");
    }

    private static int up(String... arguments) {
        ForeignMain recording = new ForeignMain(Recording.class.getName(), "server");
        return new CommandLine(new UpCommand(recording))
                .setExecutionExceptionHandler((failure, _, _) -> {
                    throw failure;
                })
                .execute(arguments);
    }

    @Test
    void without_options_the_server_has_its_own_defaults() {
        assertThat(up()).isEqualTo(Main.RUNNING);
        assertThat(received).isEmpty();
    }

    @Test
    void every_option_becomes_a_property_of_the_server() throws IOException {
        Path prices = Files.writeString(folder.resolve("prices.csv"), "");
        Path config = Files.writeString(folder.resolve("more settings.yaml"), "");

        up(
                "--port=0",
                "--data=" + folder,
                "--config=" + config,
                "--demo",
                "--prices=" + prices,
                "--seed=-7",
                "--accounts=3",
                "--speed=0.5");

        assertThat(received)
                .containsExactly(
                        "--server.port=0",
                        "--tradesense.data-dir=" + folder,
                        "--spring.config.additional-location=" + config.toUri(),
                        "--tradesense.demo.enabled=true",
                        "--tradesense.demo.prices=" + prices,
                        "--tradesense.demo.seed=-7",
                        "--tradesense.demo.accounts=3",
                        "--tradesense.demo.speed=0.5");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port 65536|--port is '65536', expected a port from 0 to 65535",
                "--port -1|--port is '-1', expected a port from 0 to 65535",
                "--port x|Invalid value for option '--port': 'x' is not an int",
                "--demo --prices /no/file.csv|--prices is '/no/file.csv', expected a file, and there is none",
                "--demo --prices /|--prices is '/', expected a file that can be read",
                "--config /no/file.yaml|--config is '/no/file.yaml', expected a file, and there is none",
                "--demo --accounts 0|--accounts is '0', expected 1 or more",
                "--demo --speed 0|--speed is '0', expected bars per second, a number above 0, or max",
                "--demo --speed NaN|--speed is 'NaN', expected bars per second, a number above 0, or max",
                "--demo --seed 1.5|Invalid value for option '--seed': '1.5' is not a long",
                "--speed max|--prices, --seed, --accounts and --speed are for the desk; add --demo",
                "--demo extra|Unmatched argument at index 2: 'extra'"
            })
    void a_value_that_makes_no_sense_is_wrong_usage_and_nothing_starts(String arguments, String message) {
        Cli cli = new Cli();

        assertThat(cli.run(("up " + arguments).split(" ", -1))).isEqualTo(2);

        assertThat(cli.errLines().getFirst()).isEqualTo("tradesense: " + message);
    }

    @Test
    void a_data_folder_that_is_a_file_is_wrong_usage() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Cli cli = new Cli();

        assertThat(cli.run("up", "--data", file.toString())).isEqualTo(2);

        assertThat(cli.errLines().getFirst()).endsWith("expected a folder, and this is none");
    }

    @Test
    void a_server_that_is_not_on_the_class_path_is_said_so() {
        ForeignMain missing = new ForeignMain("no.such.Server", "server");
        String[] message = new String[1];

        new CommandLine(new UpCommand(missing))
                .setExecutionExceptionHandler((failure, _, _) -> {
                    message[0] = failure.getMessage();
                    return 1;
                })
                .execute();

        assertThat(message[0])
                .isEqualTo(
                        "the server (no.such.Server) is not on the class path; start it with the script ./tradesense");
    }

    @Test
    void the_benchmarks_get_every_argument_as_it_is() {
        ForeignMain recording = new ForeignMain(Recording.class.getName(), "benchmarks");

        int code = new CommandLine(new BenchCommand(recording))
                .execute("--transport", "embedded", "--json", "--help", "-x", "word");

        assertThat(code).isEqualTo(0);
        assertThat(received).containsExactly("--transport", "embedded", "--json", "--help", "-x", "word");
    }
}
