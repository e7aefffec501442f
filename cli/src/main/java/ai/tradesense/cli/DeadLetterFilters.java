package ai.tradesense.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which dead letters are wanted; what is not named is not asked for. The server checks the values.
final class DeadLetterFilters {
    @Option(names = "--worker", paramLabel = "NAME", description = "Those of one worker.")
    private @Nullable String worker;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Those of a type, or of a pattern such as 'Trading.*'; may be given several times.")
    private List<String> types = new ArrayList<>();

    @Option(names = "--subject", paramLabel = "ID", description = "Those of one subject.")
    private @Nullable String subject;

    @Option(names = "--cause", paramLabel = "HEX", description = "Those of one cause, as 'dlq groups' shows it.")
    private @Nullable String cause;

    @Option(names = "--state", paramLabel = "STATE", description = "Those that are dead, quarantined or discarded.")
    private @Nullable String state;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "Those that failed last then or later, for example 2026-01-31T12:00:00Z.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Those that failed last before then.")
    private @Nullable String to;

    @Option(names = "--text", paramLabel = "TEXT", description = "Those with this text in the newest error message.")
    private @Nullable String text;

    private Map<String, @Nullable String> values() {
        Map<String, @Nullable String> values = new LinkedHashMap<>();
        values.put("worker", worker);
        values.put("type", types.isEmpty() ? null : String.join(",", types));
        values.put("subject", subject);
        values.put("cause", cause);
        values.put("state", state);
        values.put("from", from);
        values.put("to", to);
        values.put("text", text);
        return values;
    }

    Query on(String path) {
        Query query = Query.of(path);
        values().forEach(query::with);
        return query;
    }

    /// The filter as an operation's selection; empty if nothing is asked for.
    Map<String, Json> selection() {
        Map<String, Json> selection = new LinkedHashMap<>();
        values().forEach((name, value) -> {
            if (value != null) {
                selection.put(name, new Json.Text(value));
            }
        });
        return selection;
    }
}
