package ai.tradesense.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Fetches a copy of the log.
@Command(
        name = "backup",
        description =
                "Copies the log of a running server into a file, while events flow (SQLite; PostgreSQL has pg_dump).",
        footer = {
            "",
            "To restore: 'tradesense verify --store-url jdbc:sqlite:FILE', then start a server on the file.",
            "",
            "Example: tradesense backup tradesense-monday.db"
        })
final class BackupCommand implements Callable<Integer> {
    static final String PATH = "/api/v1/store/backup";

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "FILE", description = "Where the copy goes; must not be there.")
    private @Nullable Path file;

    private final Shell shell;

    BackupCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
        Path target = file == null ? Path.of("") : file.toAbsolutePath();
        if (Files.exists(target)) {
            throw new CommandFailure(target + " is there already, and is not overwritten");
        }
        Path folder = target.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new CommandFailure("there is no folder " + folder + " to write a copy to");
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try (Api.Stream answer = server.connect(shell).start(PATH)) {
            fetch(answer.body(), part);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        shell.say(String.format(Locale.ROOT, "%s: %,d bytes", target, Files.size(target)));
        return Main.OK;
    }

    /// Fails if less comes than the server said there is.
    private static void fetch(InputStream copy, Path part) throws IOException {
        Files.copy(copy, part, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }
}
