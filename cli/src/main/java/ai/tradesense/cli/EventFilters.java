package ai.tradesense.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which events are wanted; what is not named is not asked for. The server checks the values.
final class EventFilters {
    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Types, or patterns such as 'Trading.*'; may be given several times.")
    private List<String> types = new ArrayList<>();

    @Option(names = "--subject", paramLabel = "ID", description = "The account, challenge, user or position.")
    private @Nullable String subject;

    @Option(names = "--source", paramLabel = "URI", description = "Who published it.")
    private @Nullable String source;

    @Option(names = "--correlationid", paramLabel = "ID", description = "Everything that one request set off.")
    private @Nullable String correlationId;

    @Option(names = "--causationid", paramLabel = "ID", description = "What one event caused.")
    private @Nullable String causationId;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "Events that happened then or later, for example 2026-01-31T12:00:00Z.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Events that happened before then.")
    private @Nullable String to;

    Query on(String path) {
        return Query.of(path)
                .with("type", types.isEmpty() ? null : String.join(",", types))
                .with("subject", subject)
                .with("source", source)
                .with("correlationid", correlationId)
                .with("causationid", causationId)
                .with("from", from)
                .with("to", to);
    }
}
