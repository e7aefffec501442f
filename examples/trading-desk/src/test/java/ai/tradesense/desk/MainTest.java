package ai.tradesense.desk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MainTest {
    private static final String PRICES = """
            Time,Open,High,Low,Close,Volume
            2017-04-19 09:00:00,1.0716,1.0722,1.07083,1.07219,1413
            2017-04-19 10:00:00,1.07214,1.07296,1.07214,1.0726,1241
            """;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @Test
    void it_prints_a_line_for_every_account() throws IOException {
        assertThat(run("--prices", prices(PRICES), "--accounts", "3")).isZero();
        assertThat(out.toString())
                .contains("A001   Ada Abebe", "A002", "A003", "2 bars,")
                .doesNotContain("A004");
    }

    @Test
    void it_prints_json_when_asked_to() throws IOException {
        assertThat(run("--prices", prices(PRICES), "--accounts", "2", "--seed", "5", "--json"))
                .isZero();
        JsonNode result = JsonMapper.shared().readTree(out.toString());
        assertThat(result.get("seed").intValue()).isEqualTo(5);
        assertThat(result.get("bars").intValue()).isEqualTo(2);
        assertThat(result.get("accounts")).hasSize(2);
        assertThat(result.get("accounts").get(0).get("status").stringValue()).isEqualTo("EVALUATION");
    }

    @Test
    void prices_that_are_no_good_end_it_with_2_and_the_place() throws IOException {
        String file = prices(PRICES.replace("1.07214,1.0726", "1.07214,"));
        assertThat(run("--prices", file)).isEqualTo(2);
        assertThat(err.toString()).contains(file + ", line 3, column Close: is empty, expected a number");
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--accounts | 0 | accounts is 0, expected 1 to 200",
                "--accounts | 201 | accounts is 201, expected 1 to 200",
                "--accounts | many | Invalid value for option '--accounts'",
                "--speed | fast | speed is 'fast', expected a number of bars per second, or max",
                "--speed | 0 | speed is 0, expected 0.001 to 1000000 bars per second",
                "--speed | NaN | speed is NaN, expected 0.001 to 1000000 bars per second",
                "--prices | nowhere.csv | nowhere.csv: does not exist",
            })
    void options_that_are_no_good_end_it_with_2_and_say_what_was_expected(String option, String value, String problem) {
        assertThat(run(option, value)).isEqualTo(2);
        assertThat(err.toString()).contains(problem);
    }

    private int run(String... arguments) {
        return new CommandLine(new Main())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private String prices(String text) throws IOException {
        return Files.writeString(folder.resolve("prices.csv"), text).toString();
    }
}
