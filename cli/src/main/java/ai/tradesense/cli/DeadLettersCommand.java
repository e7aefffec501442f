package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The dead letter queue; what it does is in its verbs.
@Command(
        name = "dlq",
        description = "Shows and mends the dead letters: events that a worker gave up, or that could not be read.",
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        footer = {"", "Example: tradesense dlq list --worker risk-monitor"})
final class DeadLettersCommand {
    static final String PATH = "/api/v1/dead-letters";

    @Mixin
    private ServerOption server = new ServerOption();

    private final Shell shell;

    DeadLettersCommand(Shell shell) {
        this.shell = shell;
    }

    Shell shell() {
        return shell;
    }

    Api connect() {
        return server.connect(shell);
    }

    /// Lists them.
    @Command(
            name = "list",
            description = "Lists the dead letters, newest first.",
            footer = {"", "Example: tradesense dlq list --type 'Risk.*' --limit 20"})
    static final class Search implements Callable<Integer> {
        @Mixin
        private DeadLetterFilters filters = new DeadLetterFilters();

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: 100.")
        private @Nullable String limit;

        @Option(names = "--before", paramLabel = "ID", description = "Those that are older than this one.")
        private @Nullable String before;

        @Mixin
        private JsonOption json = new JsonOption();

        private final DeadLettersCommand deadLetters;
        private final Shell shell;

        Search(DeadLettersCommand deadLetters) {
            this.deadLetters = deadLetters;
            this.shell = deadLetters.shell;
        }

        @Override
        public Integer call() {
            Api api = deadLetters.server.connect(shell);
            byte[] page = api.get(
                    filters.on(PATH).with("limit", limit).with("before", before).toString());
            json.print(shell, page, () -> print(api.read(page, PATH)));
            return Main.OK;
        }

        private void print(Json page) {
            Table table = new Table(
                    Column.number("ID", 9),
                    Column.word("SINCE (UTC)", 4),
                    Column.word("WORKER", 8),
                    Column.word("TYPE", 7),
                    Column.prose("SUBJECT", 6),
                    Column.number("ATTEMPTS", 2),
                    Column.word("STATE", 1),
                    Column.prose("CAUSE", 5));
            for (Json letter : page.at("deadLetters").items()) {
                table.row(
                        letter.at("id").text(),
                        Times.utc(letter.at("parkedAt").text()),
                        letter.at("worker").text(),
                        letter.at("type").text(),
                        letter.at("subject").text(),
                        letter.at("attempts").text(),
                        letter.at("state").text(),
                        cause(letter.at("lastFailure")));
            }
            table.print(shell.out(), shell.terminal().outputWidth());
            String next = page.at("next").text();
            if (!next.isEmpty()) {
                shell.say("there are more: go on with --before " + next);
            }
        }
    }

    /// Shows one.
    @Command(
            name = "show",
            description = "Shows a dead letter: the event and every attempt.",
            footer = {"", "Example: tradesense dlq show 17 --event > event.json"})
    static final class Show implements Callable<Integer> {
        @Parameters(paramLabel = "ID", description = "Its id, as 'dlq list' shows it.")
        private String id = "";

        @Option(names = "--event", description = "Prints the event alone, as JSON that 'dlq edit' takes.")
        private boolean eventAlone;

        @Mixin
        private JsonOption json = new JsonOption();

        private final DeadLettersCommand deadLetters;
        private final Shell shell;

        Show(DeadLettersCommand deadLetters) {
            this.deadLetters = deadLetters;
            this.shell = deadLetters.shell;
        }

        @Override
        public Integer call() {
            Api api = deadLetters.server.connect(shell);
            byte[] letter = api.get(Query.path(PATH, id));
            if (eventAlone) {
                shell.out().println(event(api.read(letter, PATH)).pretty());
            } else {
                json.print(shell, letter, () -> print(api.read(letter, PATH)));
            }
            return Main.OK;
        }

        private Json event(Json letter) {
            Json event = letter.at("event");
            if (event.isNull()) {
                throw new CommandFailure(
                        "dead letter " + id + " is in quarantine: its bytes could not be read as an event");
            }
            return event;
        }

        private void print(Json letter) {
            PrintStream out = shell.out();
            new Facts(out, 9)
                    .print("id", letter.at("id"))
                    .print("state", letter.at("state"))
                    .print("worker", letter.at("worker"))
                    .print("group", letter.at("group"))
                    .print("event", letter.at("eventId"))
                    .print("type", letter.at("type"))
                    .print("subject", letter.at("subject"))
                    .print("source", letter.at("source"))
                    .print("since", Times.utc(letter.at("parkedAt").text()) + " UTC")
                    .print("attempts", letter.at("attempts"))
                    .print("replayed", letter.at("replayedBy"));
            String stackTrace = "";
            for (Json failure : letter.at("failures").items()) {
                String when = Times.utc(failure.at("at").text()) + " UTC";
                out.println();
                out.println("attempt " + failure.at("attempt").text() + "  " + when);
                out.println(Table.printable(cause(failure)));
                stackTrace = failure.at("stackTrace").text();
            }
            if (!stackTrace.isEmpty()) {
                out.println();
                stackTrace.lines().forEach(line -> out.println(Table.printable(line.replace("\t", "    "))));
            }
            Json event = letter.at("event");
            Json raw = letter.at("rawBase64");
            out.println();
            out.println(raw.isNull() ? event.pretty() : letter.at("contentType").text() + " in Base64: " + raw.text());
        }
    }

    /// What went wrong, in words; empty if that is not known.
    static String cause(Json failure) {
        String message = failure.at("message").text();
        return failure.at("exception").text() + (message.isEmpty() ? "" : ": " + message);
    }
}
