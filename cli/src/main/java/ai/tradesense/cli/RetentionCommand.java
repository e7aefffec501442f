package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows how long events are kept and what was removed, and removes what is old enough.
@Command(
        name = "retention",
        description = "Shows how long events are kept, what holds removal up, and what was removed.",
        synopsisSubcommandLabel = "[VERB]",
        commandListHeading = "%nVerbs:%n",
        footer = {"", "Example: tradesense retention dry-run --json | jq '.removable'"})
final class RetentionCommand implements Callable<Integer> {
    static final String PATH = "/api/v1/retention";

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private JsonOption json = new JsonOption();

    private final Shell shell;

    RetentionCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        return status(json);
    }

    private int status(JsonOption output) {
        Api api = server.connect(shell);
        byte[] status = api.get(PATH);
        output.print(shell, status, () -> print(api.read(status, PATH)));
        return Main.OK;
    }

    private void print(Json status) {
        shell.out().println("kept for: " + policy(status.at("policy")));
        shell.out().println("removed so far: " + number(status.at("removed")) + " events");
        run("under way", status.at("running"));
        run("last run", status.at("last"));
        Table readers = new Table(Column.word("READER", 9), Column.word("KIND", 5), Column.number("POSITION", 8));
        for (Json reader : status.at("readers").items()) {
            readers.row(
                    reader.at("name").text(),
                    reader.at("kind").text(),
                    reader.at("position").text());
        }
        readers.print(shell.out(), shell.terminal().outputWidth());
        Table records = new Table(
                Column.number("NUMBER", 9),
                Column.word("WHAT", 8),
                Column.word("AT (UTC)", 7),
                Column.number("EVENTS", 6),
                Column.prose("POSITIONS", 3),
                Column.prose("BY", 5),
                Column.prose("WHY", 4));
        for (Json record : status.at("records").items()) {
            String first = record.at("firstPosition").text();
            records.row(
                    record.at("number").text(),
                    record.at("kind").text(),
                    Times.utc(record.at("at").text()),
                    record.at("events").text(),
                    first.equals("0")
                            ? ""
                            : first + " to " + record.at("lastPosition").text(),
                    record.at("by").text(),
                    record.at("reason").text());
        }
        records.print(shell.out(), shell.terminal().outputWidth());
    }

    private static String policy(Json policy) {
        List<String> ages = new ArrayList<>();
        if (policy.at("domains") instanceof Json.Fields domains) {
            domains.byName().forEach((domain, age) -> ages.add(domain + " " + age(age)));
        }
        ages.add((ages.isEmpty() ? "every domain " : "all others ") + age(policy.at("default")));
        return String.join(", ", ages);
    }

    private static String age(Json age) {
        return age.isNull() ? "for ever" : age.text();
    }

    private void run(String what, Json run) {
        if (run.isNull()) {
            return;
        }
        shell.out()
                .println(what + ": " + number(run.at("events")) + " events removed, begun "
                        + run.at("startedAt").text() + " by "
                        + Table.printable(run.at("orderedBy").text())
                        + (run.at("problem").text().isEmpty()
                                ? ""
                                : "; trouble: "
                                        + Table.printable(run.at("problem").text())));
        for (Json reader : run.at("heldBackBy").items()) {
            shell.out().println("  held back by " + reader(reader));
        }
    }

    private static String reader(Json reader) {
        return Table.printable(
                        reader.at("kind").text() + " " + reader.at("name").text()) + " at position "
                + reader.at("position").text();
    }

    private static String number(Json value) {
        return String.format(Locale.ROOT, "%,d", Long.parseLong(value.text()));
    }

    private void printReport(Json report) {
        shell.out().println("would be removed: " + number(report.at("events")) + " events");
        Table table = new Table(
                Column.word("DOMAIN", 9),
                Column.number("EVENTS", 8),
                Column.word("OLDEST", 5),
                Column.word("NEWEST", 4));
        for (Json share : report.at("removable").items()) {
            table.row(
                    share.at("domain").text(),
                    share.at("events").text(),
                    share.at("oldest").text(),
                    share.at("newest").text());
        }
        table.print(shell.out(), shell.terminal().outputWidth());
        for (Json share : report.at("held").items()) {
            shell.out()
                    .println("legal hold " + share.at("hold").text() + " keeps " + number(share.at("events"))
                            + " events");
        }
        if (!report.at("needed").text().equals("0")) {
            shell.out().println("snapshots need " + number(report.at("needed")) + " events");
        }
        for (Json share : report.at("blocked").items()) {
            shell.out()
                    .println(reader(share.at("reader")) + " has yet to pass " + number(share.at("events")) + " events");
        }
    }

    /// As the verb without a verb.
    @Command(name = "status", description = "Shows the same as 'retention' alone.")
    static final class Status implements Callable<Integer> {
        private final RetentionCommand retention;

        @Mixin
        private JsonOption json = new JsonOption();

        Status(RetentionCommand retention) {
            this.retention = retention;
        }

        @Override
        public Integer call() {
            return retention.status(json);
        }
    }

    /// Says what would go.
    @Command(
            name = "dry-run",
            description =
                    "Says what would be removed now, what is held, and who has yet to pass what; changes nothing.")
    static final class DryRun implements Callable<Integer> {
        private final RetentionCommand retention;

        @Mixin
        private JsonOption json = new JsonOption();

        DryRun(RetentionCommand retention) {
            this.retention = retention;
        }

        @Override
        public Integer call() {
            String path = PATH + "/dry-run";
            Api api = retention.server.connect(retention.shell);
            byte[] report = api.orderLongWork(path, Map.of(), new byte[0]);
            json.print(retention.shell, report, () -> retention.printReport(api.read(report, path)));
            return Main.OK;
        }
    }

    /// Waits for a reader no more.
    @Command(
            name = "forget",
            description = "Has removal wait no more for a consumer group or reader that has gone for good.",
            footer = {"", "Example: tradesense retention forget reports_group"})
    static final class Forget implements Callable<Integer> {
        private final RetentionCommand retention;

        @Parameters(paramLabel = "NAME", description = "The name of the group, as 'retention' shows it.")
        private String name = "";

        @Option(names = "--reader", description = "It is a reader such as a projection, and no group.")
        private boolean isReader;

        @Mixin
        private OperatorOption operator = new OperatorOption();

        Forget(RetentionCommand retention) {
            this.retention = retention;
        }

        @Override
        public Integer call() {
            Shell shell = retention.shell;
            String path = Query.of(PATH + "/readers")
                    .with("kind", isReader ? "reader" : "group")
                    .with("name", name)
                    .toString();
            retention.server.connect(shell).delete(path, operator.header(shell));
            shell.say(name + " is not waited for any more");
            return Main.OK;
        }
    }

    /// Begins now.
    @Command(
            name = "run",
            description = "Begins to remove what is old enough now, and does not wait for the end.",
            footer = {"", "Example: tradesense retention run --as ines"})
    static final class Run implements Callable<Integer> {
        private final RetentionCommand retention;

        @Mixin
        private OperatorOption operator = new OperatorOption();

        @Mixin
        private JsonOption json = new JsonOption();

        Run(RetentionCommand retention) {
            this.retention = retention;
        }

        @Override
        public Integer call() {
            Shell shell = retention.shell;
            byte[] status = retention
                    .server
                    .connect(shell)
                    .order(PATH + "/run", "application/json", operator.header(shell), new byte[0]);
            json.print(shell, status, () -> shell.say("a run has begun; 'tradesense retention' shows how far it is"));
            return Main.OK;
        }
    }
}
