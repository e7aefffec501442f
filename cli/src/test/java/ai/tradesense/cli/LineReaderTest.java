package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.LineReader.Line;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LineReaderTest {
    private static List<String> read(InputStream in, int maxBytes) throws IOException {
        LineReader reader = new LineReader(in, maxBytes);
        List<String> lines = new ArrayList<>();
        for (Line line = reader.next(); line != null; line = reader.next()) {
            assertThat(line.number()).isEqualTo(lines.size() + 1);
            lines.add(
                    line.isTooLong() ? "too long: " + line.length() : new String(line.bytes(), StandardCharsets.UTF_8));
        }
        return lines;
    }

    private static List<String> read(String text, int maxBytes) throws IOException {
        return read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), maxBytes);
    }

    @Test
    void lines_end_with_lf_or_cr_lf_and_the_last_one_may_end_with_the_input() throws IOException {
        assertThat(read("a\nb\r\n\nc\rd\n", 9)).containsExactly("a", "b", "", "c\rd");
        assertThat(read("a\nb", 9)).containsExactly("a", "b");
        assertThat(read("\n", 9)).containsExactly("");
        assertThat(read("", 9)).isEmpty();
    }

    @Test
    void a_line_at_the_limit_is_kept_and_a_longer_one_is_measured() throws IOException {
        assertThat(read("12345\n123456\n1234\n1234567", 5))
                .containsExactly("12345", "too long: 6", "1234", "too long: 7");
    }

    /// Against the simplest thing that could work, for inputs that cross the buffer in every way.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void however_the_input_arrives_the_lines_are_the_same(long seed) throws IOException {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            text.append("x".repeat(random.nextInt(1_500))).append('\n');
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        InputStream trickle = new InputStream() {
            private int position;

            @Override
            public int read() {
                return position == bytes.length ? -1 : bytes[position++];
            }

            @Override
            public int read(byte[] target, int from, int length) {
                if (position == bytes.length) {
                    return -1;
                }
                int count = Math.min(Math.min(length, bytes.length - position), 1 + random.nextInt(2_000));
                System.arraycopy(bytes, position, target, from, count);
                position += count;
                return count;
            }
        };

        assertThat(read(trickle, 100_000))
                .containsExactlyElementsOf(text.toString().lines().toList());
    }
}
