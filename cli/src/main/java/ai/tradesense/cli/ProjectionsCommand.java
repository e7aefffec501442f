package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Shows the read models that services make of what is stored; its verbs order something of one.
@Command(
        name = "projections",
        description =
                "Shows the read models that are made of what is stored: how far each is, and why it stands still.",
        synopsisSubcommandLabel = "[VERB]",
        commandListHeading = "%nVerbs:%n",
        footer = {"", "Example: tradesense projections --json | jq '.projections[].state'"})
final class ProjectionsCommand implements Callable<Integer> {
    static final String PATH = "/api/v1/projections";

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private JsonOption json = new JsonOption();

    private final Shell shell;

    ProjectionsCommand(Shell shell) {
        this.shell = shell;
    }

    Shell shell() {
        return shell;
    }

    Api connect() {
        return server.connect(shell);
    }

    static String path(String name) {
        return Query.path(PATH, name);
    }

    @Override
    public Integer call() {
        Api api = server.connect(shell);
        byte[] projections = api.get(PATH);
        json.print(shell, projections, () -> print(api.read(projections, PATH)));
        return Main.OK;
    }

    private void print(Json answer) {
        Table table = new Table(
                Column.word("PROJECTION", 9),
                Column.number("VERSION", 3),
                Column.word("STATE", 8),
                Column.number("POSITION", 4),
                Column.number("LAG", 7),
                Column.word("INSTANCE", 2),
                Column.prose("NOTE", 5));
        for (Json projection : answer.at("projections").items()) {
            boolean isAlive = projection.at("alive").text().equals("true");
            table.row(
                    projection.at("name").text(),
                    projection.at("version").text(),
                    isAlive ? projection.at("state").text() : "SILENT",
                    projection.at("position").text(),
                    projection.at("lag").text(),
                    projection.at("instance").text(),
                    note(projection));
        }
        table.print(shell.out(), shell.terminal().outputWidth());
    }

    /// Why it stands still, or else how far its rebuild is.
    private static String note(Json projection) {
        String reason = projection.at("reason").text();
        Json rebuild = projection.at("rebuild");
        String target = rebuild.at("target").text();
        if (!reason.isEmpty() || target.isEmpty()) {
            return reason;
        }
        return "rebuilding version " + rebuild.at("version").text() + ": "
                + rebuild.at("position").text() + " of " + target + ", at most "
                + rebuild.at("eventsPerSecond").text() + " events/s";
    }
}
