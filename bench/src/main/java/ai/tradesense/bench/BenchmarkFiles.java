package ai.tradesense.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// A folder for what is measured, removed in the end, even if that end is Ctrl-C. It is made anew inside the
/// folder that is asked for, so that nothing else there is ever touched.
final class BenchmarkFiles implements AutoCloseable {
    private final Path folder;
    private final Thread atExit;
    private int made;

    /// @param parent where to; null for the system's folder for temporary files
    BenchmarkFiles(@Nullable Path parent) throws IOException {
        if (parent == null) {
            this.folder = Files.createTempDirectory("tradesense-bench-");
        } else {
            this.folder = Files.createTempDirectory(Files.createDirectories(parent), "tradesense-bench-");
        }
        this.atExit = new Thread(this::removeAll, "remove-benchmark-files");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    Path folder() {
        return folder;
    }

    /// An empty folder for one round.
    synchronized Path newFolder() throws IOException {
        return Files.createDirectory(folder.resolve("round-" + made++));
    }

    /// Removes a folder and what is in it; no effect if it is not there.
    static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void removeAll() {
        try {
            remove(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove " + folder, failure);
        }
    }

    @Override
    public void close() {
        removeAll();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }
}
