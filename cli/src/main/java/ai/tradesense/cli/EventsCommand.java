package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Searches the events that are stored.
@Command(
        name = "events",
        description = "Searches the events that are stored, newest first; or shows one of them.",
        footer = {"", "Example: tradesense events --type 'Risk.*' --subject account-7 --limit 20"})
final class EventsCommand implements Callable<Integer> {
    static final String PATH = "/api/v1/events";

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private EventFilters filters = new EventFilters();

    @Option(names = "--id", paramLabel = "ID", description = "Shows this event whole.")
    private @Nullable String id;

    @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: 100.")
    private @Nullable String limit;

    @Option(names = "--after", paramLabel = "NEXT", description = "Goes on where an earlier page ended.")
    private @Nullable String after;

    @Mixin
    private JsonOption json = new JsonOption();

    private final Shell shell;

    EventsCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Api api = server.connect(shell);
        if (id != null) {
            byte[] event = api.get(Query.path(PATH, id));
            json.print(
                    shell,
                    event,
                    () -> shell.out().println(api.read(event, PATH).pretty()));
        } else {
            String path =
                    filters.on(PATH).with("limit", limit).with("after", after).toString();
            byte[] page = api.get(path);
            json.print(shell, page, () -> print(api.read(page, PATH)));
        }
        return Main.OK;
    }

    private void print(Json page) {
        Table table = new Table(
                Column.word("TIME (UTC)", 5),
                Column.word("TYPE", 6),
                Column.prose("SUBJECT", 4),
                Column.prose("ID", 3),
                Column.prose("DATA", 2));
        List<Json> events = page.at("events").items();
        for (Json entry : events) {
            Json event = entry.at("event");
            table.row(
                    Times.utc(event.at("time").text()),
                    event.at("type").text(),
                    event.at("subject").text(),
                    event.at("id").text(),
                    event.at("data").text());
        }
        table.print(shell.out(), shell.terminal().outputWidth());
        page.at("unreadable").items().forEach(each -> shell.say(unreadable(each)));
        String next = page.at("next").text();
        if (!next.isEmpty()) {
            shell.say("there are more: go on with --after " + next);
        }
    }

    /// What is said of something that cannot be decoded.
    static String unreadable(Json entry) {
        String id = entry.at("id").text();
        return "position " + entry.at("position").text() + (id.isEmpty() ? "" : " (id " + id + ")")
                + " cannot be decoded: " + entry.at("reason").text();
    }
}
