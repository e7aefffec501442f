package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Legal holds: what is kept however old it is.
@Command(
        name = "holds",
        description = "Shows legal holds: events that are kept, however old, until somebody lifts the hold.",
        synopsisSubcommandLabel = "[VERB]",
        commandListHeading = "%nVerbs:%n",
        footer = {"", "Example: tradesense holds place --subject acc-7 --reason 'case 2026-14'"})
final class HoldsCommand implements Callable<Integer> {
    static final String PATH = "/api/v1/legal-holds";

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private JsonOption json = new JsonOption();

    private final Shell shell;

    HoldsCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        return list(json, "active");
    }

    private int list(JsonOption output, String state) {
        Api api = server.connect(shell);
        String path = Query.of(PATH).with("state", state).toString();
        byte[] holds = api.get(path);
        output.print(shell, holds, () -> print(api.read(holds, PATH)));
        return Main.OK;
    }

    private void print(Json answer) {
        Table table = new Table(
                Column.number("ID", 9),
                Column.word("DOMAIN", 7),
                Column.prose("SUBJECT", 8),
                Column.word("FROM", 4),
                Column.word("TO", 3),
                Column.prose("PLACED BY", 5),
                Column.word("AT (UTC)", 2),
                Column.prose("WHY", 6),
                Column.prose("LIFTED", 1));
        for (Json hold : answer.at("holds").items()) {
            Json lifted = hold.at("lifted");
            table.row(
                    hold.at("id").text(),
                    hold.at("domain").text(),
                    hold.at("subject").text(),
                    hold.at("from").text(),
                    hold.at("to").text(),
                    hold.at("placedBy").text(),
                    Times.utc(hold.at("placedAt").text()),
                    hold.at("reason").text(),
                    lifted.isNull()
                            ? ""
                            : lifted.at("at").text() + " by " + lifted.at("by").text() + ": "
                                    + lifted.at("reason").text());
        }
        table.print(shell.out(), shell.terminal().outputWidth());
    }

    /// Lists holds.
    @Command(name = "list", description = "Shows the holds that hold, with --all also those that were lifted.")
    static final class ListAll implements Callable<Integer> {
        private final HoldsCommand holds;

        @Option(names = "--all", description = "Also those that were lifted.")
        private boolean all;

        @Mixin
        private JsonOption json = new JsonOption();

        ListAll(HoldsCommand holds) {
            this.holds = holds;
        }

        @Override
        public Integer call() {
            return holds.list(json, all ? "all" : "active");
        }
    }

    /// Places a hold.
    @Command(
            name = "place",
            description = "Has events kept for which everything that is given is true.",
            footer = {
                "",
                "Example: tradesense holds place --domain Trading --from 2026-01-01T00:00:00Z --reason 'audit'"
            })
    static final class Place implements Callable<Integer> {
        private final HoldsCommand holds;

        @Option(names = "--domain", paramLabel = "DOMAIN", description = "Events of this domain, such as Trading.")
        private @Nullable String domain;

        @Option(names = "--subject", paramLabel = "SUBJECT", description = "Events of this subject.")
        private @Nullable String subject;

        @Option(names = "--from", paramLabel = "TIME", description = "Events that happened then or later.")
        private @Nullable String from;

        @Option(names = "--to", paramLabel = "TIME", description = "Events that happened before.")
        private @Nullable String to;

        @Option(names = "--reason", paramLabel = "WHY", required = true, description = "Why; it is recorded.")
        private String reason = "";

        @Mixin
        private OperatorOption operator = new OperatorOption();

        @Mixin
        private JsonOption json = new JsonOption();

        Place(HoldsCommand holds) {
            this.holds = holds;
        }

        @Override
        public Integer call() {
            Map<String, Json> order = new LinkedHashMap<>();
            put(order, "domain", domain);
            put(order, "subject", subject);
            put(order, "from", from);
            put(order, "to", to);
            put(order, "reason", reason);
            Shell shell = holds.shell;
            Api api = holds.server.connect(shell);
            byte[] placed = api.order(
                    PATH,
                    "application/json",
                    operator.header(shell),
                    new Json.Fields(order).compact().getBytes(StandardCharsets.UTF_8));
            json.print(
                    shell,
                    placed,
                    () -> shell.say("hold " + api.read(placed, PATH).at("id").text() + " is placed"));
            return Main.OK;
        }

        private static void put(Map<String, Json> order, String name, @Nullable String value) {
            if (value != null) {
                order.put(name, new Json.Text(value));
            }
        }
    }

    /// Lifts a hold.
    @Command(
            name = "lift",
            description = "Ends a hold; what is old enough then goes with the next run.",
            footer = {"", "Example: tradesense holds lift 12 --reason 'case closed'"})
    static final class Lift implements Callable<Integer> {
        private final HoldsCommand holds;

        @Parameters(paramLabel = "ID", description = "The hold's id.")
        private String id = "";

        @Option(names = "--reason", paramLabel = "WHY", required = true, description = "Why; it is recorded.")
        private String reason = "";

        @Mixin
        private OperatorOption operator = new OperatorOption();

        @Mixin
        private JsonOption json = new JsonOption();

        Lift(HoldsCommand holds) {
            this.holds = holds;
        }

        @Override
        public Integer call() {
            Shell shell = holds.shell;
            String path = Query.of(Query.path(PATH, id)).with("reason", reason).toString();
            byte[] lifted = holds.server.connect(shell).delete(path, operator.header(shell));
            json.print(shell, lifted, () -> shell.say("hold " + id + " is lifted"));
            return Main.OK;
        }
    }
}
