package ai.tradesense.quality;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Rules for the source code of every module.
final class HouseRules {
    /// The most lines that a file may have.
    static final int MAX_LINES = 500;

    private HouseRules() {}

    /// The directory of the parent POM, above the one in which the tests run.
    static Path repository() {
        for (Path directory = Path.of("").toAbsolutePath(); directory != null; directory = directory.getParent()) {
            Path pom = directory.resolve("pom.xml");
            if (Files.exists(pom) && read(pom).contains("<modules>")) {
                return directory;
            }
        }
        throw new IllegalStateException(
                "no pom.xml with <modules> above " + Path.of("").toAbsolutePath());
    }

    /// Every Java file under a `src` directory; what a build has made is left out.
    static List<Path> sources(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".java"))
                    .filter(file -> contains(root.relativize(file), "src"))
                    .filter(file -> !contains(root.relativize(file), "target"))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static boolean contains(Path path, String name) {
        for (Path each : path) {
            if (each.toString().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /// The files that are too long, each with its number of lines.
    static List<String> tooLong(List<Path> files) {
        return files.stream()
                .filter(file -> lines(file) > MAX_LINES)
                .map(file -> file + " has " + lines(file) + " lines, at most " + MAX_LINES + " are allowed")
                .toList();
    }

    private static long lines(Path file) {
        return read(file).lines().count();
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
