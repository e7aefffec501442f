package ai.tradesense.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Who orders something, for the operations log.
final class OperatorOption {
    static final String HEADER = "Tradesense-Actor";

    @Option(names = "--as", paramLabel = "NAME", description = "Your name in the operations log. Default: $USER.")
    private @Nullable String name;

    /// The header that says so; none if nobody is named. A header carries printable ASCII.
    ///
    /// @throws WrongUsage if the name that was given is something else
    Map<String, String> header(Shell shell) {
        String given = name;
        if (given == null) {
            String user = shell.environment().getOrDefault("USER", "");
            return isPrintable(user) ? Map.of(HEADER, user) : Map.of();
        }
        if (!isPrintable(given)) {
            throw new WrongUsage("--as", given, "a name in printable ASCII");
        }
        return Map.of(HEADER, given);
    }

    private static boolean isPrintable(String text) {
        return !text.isBlank() && text.chars().allMatch(c -> c >= ' ' && c <= '~');
    }
}
