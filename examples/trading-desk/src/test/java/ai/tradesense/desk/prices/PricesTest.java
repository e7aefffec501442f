package ai.tradesense.desk.prices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PricesTest {
    private static final String HEADER = "Time,Open,High,Low,Close,Volume\n";
    private static final String BAR = "2017-04-19 09:00:00,1.0716,1.0722,1.07083,1.07219,1413\n";

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name_the_file() {
        file = folder.resolve("prices.csv");
    }

    @Test
    void bars_are_read_digit_by_digit_and_times_as_utc() throws IOException {
        Files.writeString(file, HEADER + BAR + "2017-04-21 22:00:00,1.07190,1.0728,1.07190,1.07202,0\n");

        List<Bar> bars = Prices.read(file);

        assertThat(bars)
                .containsExactly(
                        new Bar(
                                Instant.parse("2017-04-19T09:00:00Z"),
                                new BigDecimal("1.0716"),
                                new BigDecimal("1.0722"),
                                new BigDecimal("1.07083"),
                                new BigDecimal("1.07219"),
                                new BigDecimal("1413")),
                        new Bar(
                                Instant.parse("2017-04-21T22:00:00Z"),
                                new BigDecimal("1.07190"),
                                new BigDecimal("1.0728"),
                                new BigDecimal("1.07190"),
                                new BigDecimal("1.07202"),
                                new BigDecimal("0")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n"})
    void line_ends_of_any_system_and_none_at_the_end_are_fine(String lineEnd) throws IOException {
        Files.writeString(file, (HEADER + BAR).replace("\n", lineEnd).stripTrailing());
        assertThat(Prices.read(file)).hasSize(1);
    }

    @Test
    void a_byte_order_mark_as_spreadsheets_write_it_is_fine() throws IOException {
        Files.writeString(file, "\ufeff" + HEADER + BAR);
        assertThat(Prices.read(file)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2017-04-19 10:00:00,1.0716,1.0722,,1.07219,1413 | Low | is empty, expected a number",
                ",1.0716,1.0722,1.07083,1.07219,1413 | Time | is empty, expected a time such as 2017-04-19 09:00:00",
                "2017-04-19T10:00:00Z,1.0716,1.0722,1.07083,1.07219,1413 | Time"
                        + " | is '2017-04-19T10:00:00Z', expected a time such as 2017-04-19 09:00:00",
                "2017-02-29 10:00:00,1.0716,1.0722,1.07083,1.07219,1413 | Time"
                        + " | is '2017-02-29 10:00:00', expected a time such as 2017-04-19 09:00:00",
                "2017-04-19 09:00:00,1.0716,1.0722,1.07083,1.07219,1413 | Time"
                        + " | is '2017-04-19 09:00:00', which is not after the line before",
                "2017-04-19 10:00:00,NaN,1.0722,1.07083,1.07219,1413 | Open"
                        + " | is 'NaN', expected a number such as 1.07219, without sign",
                "2017-04-19 10:00:00,1.0716,1.0722,-1.07083,1.07219,1413 | Low"
                        + " | is '-1.07083', expected a number such as 1.07219, without sign",
                "2017-04-19 10:00:00,1.0716,1e999999999,1.07083,1.07219,1413 | High"
                        + " | is '1e999999999', expected a number such as 1.07219, without sign",
                "2017-04-19 10:00:00,1.0716,1.0722,0,1.07219,1413 | Low | is 0, expected more than 0",
                "2017-04-19 10:00:00,1.0716,1.0717,1.07083,1.07219,1413 | High"
                        + " | is 1.0717, which is below another price of the line",
                "2017-04-19 10:00:00,1.0716,1.0722,1.07183,1.07219,1413 | Low"
                        + " | is 1.07183, which is above another price of the line",
                "2017-04-19 10:00:00,1.0716,1.0722,1.07083,1.07219,many | Volume"
                        + " | is 'many', expected a number such as 1.07219, without sign",
            })
    void a_field_that_is_not_good_is_named_by_file_line_and_column(String line, String column, String problem)
            throws IOException {
        Files.writeString(file, HEADER + BAR + line + "\n");

        assertThatThrownBy(() -> Prices.read(file)).isInstanceOfSatisfying(PriceFileException.class, refused -> {
            assertThat(refused.file()).isEqualTo(file);
            assertThat(refused.line()).isEqualTo(3);
            assertThat(refused.column()).isEqualTo(column);
            assertThat(refused).hasMessage(file + ", line 3, column " + column + ": " + problem);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2017-04-19 10:00:00,1.0716,1.0722,1.07083,1.07219 | has 5 fields, expected 6",
                "2017-04-19 10:00:00,1.0716,1.0722,1.07083,1.07219,1,2 | has 7 fields, expected 6",
                "'' | is empty, expected a bar",
            })
    void a_line_with_a_hole_is_named(String line, String problem) throws IOException {
        Files.writeString(file, HEADER + BAR + line + "\n" + BAR.replace("19", "20"));
        assertThatThrownBy(() -> Prices.read(file))
                .isInstanceOf(PriceFileException.class)
                .hasMessage(file + ", line 3: " + problem);
    }

    @Test
    void a_file_that_is_empty_or_has_no_bars_or_does_not_exist_is_named() throws IOException {
        assertThatThrownBy(() -> Prices.read(file)).hasMessage(file + ": does not exist");

        Files.writeString(file, "");
        assertThatThrownBy(() -> Prices.read(file))
                .hasMessage(file + ": is empty, expected Time,Open,High,Low,Close,Volume");

        Files.writeString(file, HEADER);
        assertThatThrownBy(() -> Prices.read(file))
                .hasMessage(file + ": has a header and no bars, expected at least one");

        assertThatThrownBy(() -> Prices.read(folder))
                .isInstanceOf(PriceFileException.class)
                .hasMessageStartingWith(folder + ": cannot be read");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Time,Open,High,Low,Close", "time,open,high,low,close,volume", "Open,Time,High,Low,Close,Volume"
            })
    void another_header_is_refused_with_the_one_expected(String header) throws IOException {
        Files.writeString(file, header + "\n" + BAR);
        assertThatThrownBy(() -> Prices.read(file))
                .hasMessage(
                        file + ", line 1: is '" + header + "', expected the header Time,Open,High,Low,Close,Volume");
    }

    @Test
    void bytes_that_are_no_text_are_refused() throws IOException {
        Files.write(file, (HEADER + "\u00e9").getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Prices.read(file)).hasMessage(file + ": is not text in UTF-8");
    }

    @Test
    void bars_made_up_from_a_seed_are_the_same_every_time_and_differ_between_seeds() {
        List<Bar> bars = RandomWalk.bars(42, 500);

        assertThat(bars).hasSize(500).isEqualTo(RandomWalk.bars(42, 500));
        assertThat(bars).isNotEqualTo(RandomWalk.bars(43, 500));
        assertThat(RandomWalk.bars(42, 100)).isEqualTo(bars.subList(0, 100));
        assertThat(bars).extracting(Bar::time).isSorted().doesNotHaveDuplicates();
        assertThat(bars.getLast().close()).isEqualTo(new BigDecimal("1.15275")); // the same on every machine
    }

    @Test
    void the_number_of_bars_to_make_up_has_limits() {
        assertThatThrownBy(() -> RandomWalk.bars(42, 0)).hasMessage("count is 0, expected 1 to 1000000");
        assertThatThrownBy(() -> RandomWalk.bars(42, 1_000_001)).hasMessageContaining("expected 1 to 1000000");
    }
}
