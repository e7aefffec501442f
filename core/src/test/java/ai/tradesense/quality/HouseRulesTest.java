package ai.tradesense.quality;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HouseRulesTest {
    @TempDir
    Path directory;

    @Test
    void the_sources_of_every_module_are_found() {
        Path repository = HouseRules.repository();
        List<Path> sources = HouseRules.sources(repository);

        assertThat(sources)
                .contains(repository.resolve("core/src/main/java/ai/tradesense/TradeSense.java"))
                .anyMatch(file -> file.startsWith(repository.resolve("catalog/src")))
                .hasSizeGreaterThan(100);
    }

    @Test
    void no_file_is_longer_than_500_lines() {
        assertThat(HouseRules.tooLong(HouseRules.sources(HouseRules.repository())))
                .isEmpty();
    }

    @Test
    void a_file_of_501_lines_is_found_and_one_of_500_is_not() throws IOException {
        Path source = Files.createDirectories(directory.resolve("module/src/main/java"));
        Path built = Files.createDirectories(directory.resolve("module/target/src"));
        Files.writeString(source.resolve("Fits.java"), "//\n".repeat(500));
        Files.writeString(source.resolve("TooLong.java"), "//\n".repeat(501));
        Files.writeString(source.resolve("TooLong.txt"), "//\n".repeat(501));
        Files.writeString(built.resolve("Generated.java"), "//\n".repeat(501));

        List<Path> sources = HouseRules.sources(directory);

        assertThat(sources).hasSize(2);
        assertThat(HouseRules.tooLong(sources))
                .containsExactly(source.resolve("TooLong.java") + " has 501 lines, at most 500 are allowed");
    }
}
