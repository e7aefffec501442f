package ai.tradesense.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Gives stored events to one worker once more, and follows that to its end.
@Command(
        name = "replay",
        description = {
            "Gives stored events to one worker once more, in their order: first 1, then 10, then 100, then all others.",
            "Stops when an event fails. The worker has to say that it may be replayed."
        },
        footer = {"", "Example: tradesense replay --worker balances --dry-run"})
final class ReplayCommand implements Callable<Integer> {
    @Option(names = "--worker", required = true, paramLabel = "NAME", description = "Who gets the events.")
    private String worker = "";

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Those of one type, or of a pattern such as 'Trading.*'.")
    private @Nullable String type;

    @Option(names = "--subject", paramLabel = "ID", description = "Those of one subject.")
    private @Nullable String subject;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "Those that happened then or later, for example 2026-01-31T12:00:00Z.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Those that happened before then.")
    private @Nullable String to;

    @Option(names = "--after", paramLabel = "POSITION", description = "Those behind this position of the log.")
    private @Nullable Long after;

    @Option(
            names = "--up-to",
            paramLabel = "POSITION",
            description = "Those up to and with this position. Default: all that are stored now.")
    private @Nullable Long upTo;

    @Option(names = "--dry-run", description = "Says what would be replayed, and changes nothing.")
    private boolean dryRun;

    @Mixin
    private PaceOptions pace = new PaceOptions();

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the operations log.")
    private @Nullable String reason;

    @Option(names = "--no-wait", description = "Ends when the replay is ordered, not when it has ended.")
    private boolean noWait;

    @Mixin
    private OperatorOption operator = new OperatorOption();

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private JsonOption json = new JsonOption();

    private final Shell shell;

    ReplayCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, Json> order = new LinkedHashMap<>();
        order.put("kind", new Json.Text("replay"));
        order.put("selection", new Json.Fields(selection()));
        put(order, "reason", reason);
        pace.addTo(order);
        return new OperationFollower(shell, server.connect(shell), json)
                .order(order, operator.header(shell), dryRun, noWait);
    }

    private Map<String, Json> selection() {
        Map<String, Json> selection = new LinkedHashMap<>();
        put(selection, "worker", worker);
        put(selection, "type", type);
        put(selection, "subject", subject);
        put(selection, "from", from);
        put(selection, "to", to);
        if (after != null) {
            selection.put("after", new Json.Literal(after.toString()));
        }
        if (upTo != null) {
            selection.put("upTo", new Json.Literal(upTo.toString()));
        }
        return selection;
    }

    private static void put(Map<String, Json> fields, String name, @Nullable String text) {
        if (text != null) {
            fields.put(name, new Json.Text(text));
        }
    }
}
