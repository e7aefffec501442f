package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The verbs of `projections`: orders to a read model, which a process that runs it takes, and what became of them.
final class ProjectionVerbs {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private ProjectionVerbs() {}

    /// An order, followed until it is known what became of it.
    abstract static class Order implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "NAME", description = "The projection's name.")
        private String name = "";

        @Option(names = "--no-wait", description = "Does not wait until a process has taken the order.")
        private boolean noWait;

        @Mixin
        private OperatorOption operator = new OperatorOption();

        private final ProjectionsCommand projections;

        Order(ProjectionsCommand projections) {
            this.projections = projections;
        }

        /// What is ordered, as the end of a path with its query.
        abstract Query on(String projection);

        @Override
        public Integer call() throws InterruptedException {
            Shell shell = projections.shell();
            Api api = projections.connect();
            String path = on(ProjectionsCommand.path(name)).toString();
            byte[] answer = api.order(path, "application/json", operator.header(shell), new byte[0]);
            Json order = api.read(answer, path);
            shell.say("ordered of " + name + ": " + order.at("what").text());
            return noWait ? Main.OK : follow(shell, api, order.at("number").text());
        }

        private int follow(Shell shell, Api api, String number) throws InterruptedException {
            String path = ProjectionsCommand.path(name) + "/orders";
            String shown = "";
            while (true) {
                for (Json order : api.getJson(path).at("orders").items()) {
                    if (order.at("number").text().equals(number)) {
                        String state = order.at("state").text();
                        String said = said(state, order);
                        if (!said.equals(shown)) {
                            shell.say(said);
                            shown = said;
                        }
                        if (state.equals("DONE") || state.equals("REFUSED")) {
                            return state.equals("DONE") ? Main.OK : Main.FAILED;
                        }
                    }
                }
                shell.pause().lasting(BETWEEN_LOOKS);
            }
        }

        private static String said(String state, Json order) {
            return Table.printable(
                    switch (state) {
                        case "WAITING" -> "waits for a process that runs it; Ctrl-C ends the waiting, not the order";
                        case "TAKEN" -> "taken by " + order.at("takenBy").text();
                        case "REFUSED" -> "not done: " + order.at("outcome").text();
                        default -> "done: " + order.at("outcome").text();
                    });
        }
    }

    /// Has the rows made anew.
    @Command(
            name = "rebuild",
            description = {
                "Has the rows of a read model made anew beside those that are read, whose place they take when both stand",
                "at the same position."
            },
            footer = {"", "Example: tradesense projections rebuild balances --rate 2000"})
    static final class Rebuild extends Order {
        @Option(
                names = "--rate",
                required = true,
                paramLabel = "N",
                description = "How many events a second at most; more than come, or it never ends.")
        private String rate = "";

        Rebuild(ProjectionsCommand projections) {
            super(projections);
        }

        @Override
        Query on(String projection) {
            return Query.of(projection + "/rebuild").with("rate", rate);
        }
    }

    /// Gives a rebuild up.
    @Command(
            name = "cancel",
            description = "Gives up the rebuild that is under way; the rows that are read stay.",
            footer = {"", "Example: tradesense projections cancel balances"})
    static final class Cancel extends Order {
        Cancel(ProjectionsCommand projections) {
            super(projections);
        }

        @Override
        Query on(String projection) {
            return Query.of(projection + "/rebuild/cancel");
        }
    }

    /// Has a read model do without an event.
    @Command(
            name = "pass-over",
            description = {
                "Has a read model, and each rebuild of it, do without an event that cannot be decoded and before which it",
                "stands still. Its bytes are kept with the reason."
            },
            footer = {"", "Example: tradesense projections pass-over balances 4711 --reason 'a test order'"})
    static final class PassOver extends Order {
        @Parameters(index = "1", paramLabel = "POSITION", description = "Where 'projections' says that it stands.")
        private String position = "";

        @Option(
                names = "--reason",
                required = true,
                paramLabel = "TEXT",
                description = "Why the rows may be without that event.")
        private String reason = "";

        PassOver(ProjectionsCommand projections) {
            super(projections);
        }

        @Override
        Query on(String projection) {
            return Query.of(projection + "/pass-over")
                    .with("position", position)
                    .with("reason", reason);
        }
    }

    /// Shows what was ordered.
    @Command(
            name = "orders",
            description = "Shows what was ordered of a read model, newest first, and what became of it.",
            footer = {"", "Example: tradesense projections orders balances"})
    static final class Orders implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", description = "The projection's name.")
        private String name = "";

        @Mixin
        private JsonOption json = new JsonOption();

        private final ProjectionsCommand projections;

        Orders(ProjectionsCommand projections) {
            this.projections = projections;
        }

        @Override
        public Integer call() {
            Api api = projections.connect();
            String path = ProjectionsCommand.path(name) + "/orders";
            byte[] orders = api.get(path);
            json.print(projections.shell(), orders, () -> print(projections.shell(), api.read(orders, path)));
            return Main.OK;
        }

        private static void print(Shell shell, Json answer) {
            Table table = new Table(
                    Column.word("AT (UTC)", 5),
                    Column.word("BY", 6),
                    Column.prose("WHAT", 9),
                    Column.word("STATE", 8),
                    Column.prose("OUTCOME", 7),
                    Column.word("TAKEN BY", 1));
            for (Json order : answer.at("orders").items()) {
                table.row(
                        Times.utc(order.at("at").text()),
                        order.at("by").text(),
                        order.at("what").text(),
                        order.at("state").text(),
                        order.at("outcome").text(),
                        order.at("takenBy").text());
            }
            table.print(shell.out(), shell.terminal().outputWidth());
        }
    }
}
