package ai.tradesense.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/// The command itself; what it does is in its verbs.
@Command(
        name = "tradesense",
        description = "Starts the event platform and talks to one that runs.",
        mixinStandardHelpOptions = true,
        versionProvider = TradeSenseCommand.Version.class,
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        footer = {
            "",
            "Data goes to standard output, progress and messages to standard error.",
            "Exit codes: 0 it worked, 1 it failed, 2 it was called wrongly.",
            "TRADESENSE_SERVER names the server where --server does not.",
            "",
            "Start here: tradesense up --demo"
        })
final class TradeSenseCommand {
    /// The version that was built.
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"tradesense " + version()};
        }
    }

    static String version() {
        try (InputStream text = TradeSenseCommand.class.getResourceAsStream("version.txt")) {
            return new String(Objects.requireNonNull(text).readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
