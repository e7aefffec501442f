package ai.tradesense.testkit.services;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Spares brokers half of the work of a start: reading and checking the classes that every broker loads. One that
/// runs for nothing else leaves them in a file
/// ([class data sharing](https://docs.oracle.com/en/java/javase/25/vm/class-data-sharing.html)), and those that are
/// started after it begin with that. A JVM for which the file does not fit goes without.
final class KafkaArchive {
    private static @Nullable List<String> made;

    private KafkaArchive() {}

    /// What the JVM of a broker is told, besides these arguments, to use the file; nothing if there is to be none.
    /// Who asks first makes it, and others wait, also those in other processes.
    ///
    /// @throws ServiceException if the broker that is to make it does not start or leaves none
    static synchronized List<String> arguments(List<String> jvm) {
        List<String> arguments = made;
        if (arguments == null) {
            String folder = System.getProperty(KafkaBroker.ARCHIVE_PROPERTY);
            arguments = folder == null ? List.of() : List.of("-XX:SharedArchiveFile=" + inFolder(folder, jvm));
            made = arguments;
        }
        return arguments;
    }

    private static Path inFolder(String name, List<String> jvm) {
        Path folder = Path.of(name).toAbsolutePath();
        int fits = List.of(KafkaBroker.classPath(), Runtime.version(), jvm).hashCode();
        Path archive = folder.resolve("kafka-" + Integer.toHexString(fits) + ".jsa");
        try {
            Files.createDirectories(folder);
            try (FileChannel lock = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = lock.lock()) {
                if (!Files.exists(archive)) {
                    make(archive, folder.resolve("unfinished"), jvm);
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return archive;
    }

    private static void make(Path archive, Path unfinished, List<String> jvm) throws IOException {
        List<String> leaving = new ArrayList<>(jvm);
        leaving.add("-XX:ArchiveClassesAtExit=" + unfinished);
        try (KafkaBroker broker = new KafkaBroker(leaving, 1, Map.of())) {
            broker.start();
            broker.stop();
        }
        if (!Files.exists(unfinished)) {
            throw new ServiceException("the broker that ran for it has left no " + unfinished, null);
        }
        Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
    }
}
