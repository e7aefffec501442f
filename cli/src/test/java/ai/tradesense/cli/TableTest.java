package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.cli.Table.Column;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TableTest {
    private final Table table = new Table(
            Column.word("NAME", 9), Column.number("LAG", 8), Column.word("LEAST", 1), Column.prose("ERROR", 5));

    private List<String> lines(int width) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        table.print(new PrintStream(out, true, StandardCharsets.UTF_8), width);
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void nothing_is_cut_where_there_is_room() {
        table.row("positions", "5", "x", "a long story about what went wrong");

        assertThat(lines(Integer.MAX_VALUE))
                .containsExactly(
                        "NAME       LAG  LEAST  ERROR", "positions    5  x      a long story about what went wrong");
    }

    @Test
    void prose_is_cut_first() {
        table.row("positions", "5", "x", "a long story about what went wrong");

        assertThat(lines(40))
                .containsExactly("NAME       LAG  LEAST  ERROR", "positions    5  x      a long story abo…");
    }

    @Test
    void then_the_least_important_column_goes() {
        table.row("positions", "5", "x", "a long story about what went wrong");

        assertThat(lines(30)).containsExactly("NAME       LAG  ERROR", "positions    5  a long story …");
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 25, 28, 29, 33, 34, 35, 50, 57, 58, 100})
    void no_line_is_wider_than_the_terminal_and_what_matters_most_stays(int width) {
        table.row("positions", "12", "least", "a long story about what went wrong");
        table.row("audit", "123456", "least", "short");

        assertThat(lines(width)).allMatch(line -> line.length() <= width).allMatch(line -> !line.isEmpty());
        assertThat(lines(width).get(1)).startsWith("positions");
    }

    @Test
    void characters_beyond_the_basic_plane_count_as_one() {
        table.row("😀", "1", "x", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀");

        assertThat(lines(30)).allMatch(line -> line.codePointCount(0, line.length()) <= 30);
        assertThat(lines(30).get(1)).endsWith("😀…");
    }

    @Test
    void line_breaks_and_control_characters_do_not_leave_their_cell() {
        table.row("a\nb", "1", "x\ty", "\u001b]0;title\u0007\u202Eend");

        assertThat(lines(200).get(1)).isEqualTo("a b     1  x y     ]0;title  end");
        assertThat(lines(200)).hasSize(2);
    }

    @Test
    void a_row_of_the_wrong_length_is_a_mistake() {
        assertThatThrownBy(() -> table.row("one"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a row has 1 cells, expected 4");
    }
}
