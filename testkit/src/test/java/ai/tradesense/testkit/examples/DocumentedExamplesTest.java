package ai.tradesense.testkit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every piece of Java in docs/testing.md stands in a test of this package, so it compiles and does what it says.
final class DocumentedExamplesTest {
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    @Test
    void what_the_documentation_shows_is_compiled_and_run() {
        String tests = withoutBlanks(sources());
        List<String> shown = JAVA.matcher(read(Path.of("../docs/testing.md")))
                .results()
                .map(found -> found.group(1))
                .toList();

        assertThat(shown)
                .hasSizeGreaterThan(3)
                .allSatisfy(example -> assertThat(tests).as(example).contains(withoutBlanks(example)));
    }

    private static String sources() {
        Path folder = Path.of(
                "src/test/java", DocumentedExamplesTest.class.getPackageName().replace('.', '/'));
        try (Stream<Path> files = Files.list(folder)) {
            return String.join(
                    "\n", files.sorted().map(DocumentedExamplesTest::read).toList());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String withoutBlanks(String text) {
        return BLANKS.matcher(text).replaceAll("");
    }
}
