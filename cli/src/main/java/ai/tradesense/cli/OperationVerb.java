package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Orders an operation on dead letters, and follows it to its end. What `retry`, `discard` and `restore`
/// have in common.
abstract class OperationVerb implements Callable<Integer> {
    @Parameters(paramLabel = "ID", arity = "0..*", description = "The ids of dead letters, as 'dlq list' shows them.")
    private List<String> ids = new ArrayList<>();

    @Mixin
    private DeadLetterFilters filters = new DeadLetterFilters();

    @Option(names = "--all", description = "All of them.")
    private boolean all;

    @Option(names = "--dry-run", description = "Says what would happen, and changes nothing.")
    private boolean dryRun;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the operations log.")
    private @Nullable String reason;

    @Option(names = "--no-wait", description = "Ends when the operation is ordered, not when it has ended.")
    private boolean noWait;

    @Mixin
    private OperatorOption operator = new OperatorOption();

    @Mixin
    private JsonOption json = new JsonOption();

    private final String kind;
    private final DeadLettersCommand deadLetters;

    OperationVerb(String kind, DeadLettersCommand deadLetters) {
        this.kind = kind;
        this.deadLetters = deadLetters;
    }

    /// What else this kind of operation is told.
    void addPace(Map<String, Json> order) {}

    @Override
    public Integer call() throws InterruptedException {
        Shell shell = deadLetters.shell();
        Map<String, Json> order = new LinkedHashMap<>();
        order.put("kind", new Json.Text(kind));
        order.put("selection", new Json.Fields(selection()));
        if (reason != null) {
            order.put("reason", new Json.Text(reason));
        }
        addPace(order);
        return new OperationFollower(shell, deadLetters.connect(), json)
                .order(order, operator.header(shell), dryRun, noWait);
    }

    private Map<String, Json> selection() {
        Map<String, Json> selection = filters.selection();
        int ways = (ids.isEmpty() ? 0 : 1) + (selection.isEmpty() ? 0 : 1) + (all ? 1 : 0);
        if (ways != 1) {
            throw new WrongUsage("expected the ids of dead letters, or a filter such as --worker, or --all; found "
                    + (ways == 0 ? "none of them" : ways + " of them"));
        }
        if (all) {
            return Map.of("all", new Json.Literal("true"));
        }
        return ids.isEmpty()
                ? selection
                : Map.of(
                        "ids",
                        new Json.Items(ids.stream().map(OperationVerb::id).toList()));
    }

    private static Json id(String text) {
        if (!text.matches("[1-9][0-9]{0,17}")) {
            throw new WrongUsage("ID", text, "a number, as 'dlq list' shows it");
        }
        return new Json.Literal(text);
    }

    static void printPreview(Shell shell, Json preview) {
        Table table = new Table(
                Column.number("EVENTS", 9), Column.word("WORKER", 8), Column.word("TYPE", 7), Column.word("CAUSE", 5));
        for (Json group : preview.at("groups").items()) {
            table.row(
                    group.at("count").text(),
                    group.at("worker").text(),
                    group.at("type").text(),
                    group.at("cause").text());
        }
        table.print(shell.out(), shell.terminal().outputWidth());
        for (Json note : preview.at("notes").items()) {
            shell.say("dead letter " + note.at("id").text() + " would be left as it is: it "
                    + note.at("note").text());
        }
        shell.say(preview.at("kind").text() + " would be about "
                + preview.at("total").text() + " events, and leave "
                + preview.at("skipped").text() + " of them as they are; nothing was changed");
    }

    /// Has dead letters tried again.
    @Command(
            name = "retry",
            description = {
                "Has dead letters tried again, in their old places: first 1, then 10, then 100, then all others.",
                "Stops when an event fails again."
            },
            footer = {"", "Example: tradesense dlq retry --worker risk-monitor --cause 5f0c… --dry-run"})
    static final class Retry extends OperationVerb {
        @Mixin
        private PaceOptions pace = new PaceOptions();

        Retry(DeadLettersCommand deadLetters) {
            super("retry", deadLetters);
        }

        @Override
        void addPace(Map<String, Json> order) {
            pace.addTo(order);
        }
    }

    /// Takes dead letters out.
    @Command(
            name = "discard",
            description = "Takes dead letters out; they are kept, and what waited behind them goes on.",
            footer = {"", "Example: tradesense dlq discard 17 18 --reason 'test accounts'"})
    static final class Discard extends OperationVerb {
        Discard(DeadLettersCommand deadLetters) {
            super("discard", deadLetters);
        }
    }

    /// Puts discarded ones back.
    @Command(
            name = "restore",
            description = "Puts dead letters back that were discarded.",
            footer = {"", "Example: tradesense dlq restore 17"})
    static final class Restore extends OperationVerb {
        Restore(DeadLettersCommand deadLetters) {
            super("restore", deadLetters);
        }
    }
}
