package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;

/// The verbs of `dlq` that are about operations and single corrections.
final class OperationsVerbs {
    private OperationsVerbs() {}

    /// Shows the operations log, or one operation.
    @Command(
            name = "operations",
            description =
                    "Shows who did what to dead letters and who replayed what, newest first, or one operation with its steps.",
            footer = {"", "Example: tradesense dlq operations --limit 10"})
    static final class Log implements Callable<Integer> {
        @Parameters(paramLabel = "ID", arity = "0..1", description = "One operation.")
        private @Nullable String id;

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: 100.")
        private @Nullable String limit;

        @Option(names = "--before", paramLabel = "NUMBER", description = "Those that are older than this one.")
        private @Nullable String before;

        @Mixin
        private JsonOption json = new JsonOption();

        private final DeadLettersCommand deadLetters;

        Log(DeadLettersCommand deadLetters) {
            this.deadLetters = deadLetters;
        }

        @Override
        public Integer call() {
            Shell shell = deadLetters.shell();
            Api api = deadLetters.connect();
            if (id != null) {
                String path = Query.path(OperationFollower.PATH, id);
                byte[] operation = api.get(path);
                OperationFollower follower = new OperationFollower(shell, api, json);
                json.print(shell, operation, () -> follower.print(api.read(operation, path)));
                return Main.OK;
            }
            byte[] page = api.get(Query.of(OperationFollower.PATH)
                    .with("limit", limit)
                    .with("before", before)
                    .toString());
            json.print(shell, page, () -> print(shell, api.read(page, OperationFollower.PATH)));
            return Main.OK;
        }

        private static void print(Shell shell, Json page) {
            Table table = new Table(
                    Column.word("ORDERED (UTC)", 6),
                    Column.word("BY", 8),
                    Column.word("KIND", 9),
                    Column.word("STATE", 7),
                    Column.number("EVENTS", 5),
                    Column.number("DONE", 4),
                    Column.number("FAILED", 4),
                    Column.number("SKIPPED", 3),
                    Column.word("ID", 9),
                    Column.prose("REASON", 1));
            for (Json operation : page.at("operations").items()) {
                Json progress = operation.at("progress");
                table.row(
                        Times.utc(operation.at("createdAt").text()),
                        operation.at("actor").text(),
                        operation.at("kind").text(),
                        operation.at("state").text(),
                        progress.at("total").text(),
                        progress.at("succeeded").text(),
                        progress.at("failed").text(),
                        progress.at("skipped").text(),
                        operation.at("id").text(),
                        operation.at("reason").text());
            }
            table.print(shell.out(), shell.terminal().outputWidth());
            String next = page.at("next").text();
            if (!next.isEmpty()) {
                shell.say("there are more: go on with --before " + next);
            }
        }
    }

    /// Ends an operation.
    @Command(
            name = "cancel",
            description = "Ends an operation: nothing more is begun, what was handed to workers goes on there.",
            footer = {"", "Example: tradesense dlq cancel 0198c1f4-7a5e-7b3c-9d8e-1f2a3b4c5d6e"})
    static final class Cancel implements Callable<Integer> {
        @Parameters(paramLabel = "ID", description = "The operation, as 'dlq operations' shows it.")
        private String id = "";

        @Mixin
        private OperatorOption operator = new OperatorOption();

        private final DeadLettersCommand deadLetters;

        Cancel(DeadLettersCommand deadLetters) {
            this.deadLetters = deadLetters;
        }

        @Override
        public Integer call() {
            Api api = deadLetters.connect();
            String path = Query.path(OperationFollower.PATH, id) + "/cancel";
            byte[] answer = api.order(path, "application/json", operator.header(deadLetters.shell()), new byte[0]);
            deadLetters
                    .shell()
                    .say("operation " + id + " is "
                            + api.read(answer, path).at("state").text());
            return Main.OK;
        }
    }

    /// Has a corrected event tried instead of a dead one.
    @Command(
            name = "edit",
            description = {
                "Has a corrected event tried in the place of a dead one, with an id of its own.",
                "The file has the whole event as JSON; the member 'corrects', or else 'id', names the event it corrects."
            },
            footer = {
                "",
                "Example: tradesense dlq show 17 --event > event.json",
                "         tradesense dlq edit 17 event.json --reason 'wrong currency'"
            })
    static final class Edit implements Callable<Integer> {
        private static final String MEDIA_TYPE = "application/cloudevents+json";

        @Parameters(index = "0", paramLabel = "ID", description = "The dead letter, as 'dlq list' shows it.")
        private String id = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "The corrected event; '-' is standard input.")
        private String file = "";

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the operations log.")
        private @Nullable String reason;

        @Option(names = "--no-wait", description = "Ends when the correction is ordered, not when it was tried.")
        private boolean noWait;

        @Mixin
        private OperatorOption operator = new OperatorOption();

        @Mixin
        private JsonOption json = new JsonOption();

        private final DeadLettersCommand deadLetters;

        Edit(DeadLettersCommand deadLetters) {
            this.deadLetters = deadLetters;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            Shell shell = deadLetters.shell();
            Api api = deadLetters.connect();
            String path = Query.of(Query.path(DeadLettersCommand.PATH, id) + "/edit")
                    .with("reason", reason)
                    .toString();
            byte[] answer = api.order(path, MEDIA_TYPE, operator.header(shell), event(shell));
            return new OperationFollower(shell, api, json).follow(api.read(answer, path), answer, noWait);
        }

        private byte[] event(Shell shell) throws IOException {
            byte[] text;
            try {
                text = file.equals("-") ? shell.in().readAllBytes() : Files.readAllBytes(Path.of(file));
            } catch (NoSuchFileException none) {
                throw new CommandFailure("there is no file " + file, none);
            } catch (IOException unreadable) {
                throw new CommandFailure(file + " cannot be read: " + unreadable.getMessage(), unreadable);
            }
            Json event;
            try {
                event = Json.parse(text);
            } catch (JacksonException noJson) {
                throw new CommandFailure(file + " is no JSON: " + Json.problem(noJson), noJson);
            }
            if (!(event instanceof Json.Fields(var members))) {
                throw new CommandFailure(file + " is no JSON object, expected an event");
            }
            if (members.containsKey("corrects")) {
                return text;
            }
            Map<String, Json> complete = new LinkedHashMap<>(members);
            complete.put("corrects", event.at("id"));
            return new Json.Fields(complete).compact().getBytes(StandardCharsets.UTF_8);
        }
    }

    /// Shows groups.
    @Command(
            name = "groups",
            description = "Shows the dead letters by worker, type and cause, the largest groups first.",
            footer = {"", "Example: tradesense dlq groups --worker risk-monitor"})
    static final class Groups implements Callable<Integer> {
        private static final String PATH = DeadLettersCommand.PATH + "/groups";

        @Mixin
        private DeadLetterFilters filters = new DeadLetterFilters();

        @Option(names = "--limit", paramLabel = "N", description = "How many at most. Default: 100.")
        private @Nullable String limit;

        @Mixin
        private JsonOption json = new JsonOption();

        private final DeadLettersCommand deadLetters;

        Groups(DeadLettersCommand deadLetters) {
            this.deadLetters = deadLetters;
        }

        @Override
        public Integer call() {
            Shell shell = deadLetters.shell();
            Api api = deadLetters.connect();
            byte[] groups = api.get(filters.on(PATH).with("limit", limit).toString());
            json.print(shell, groups, () -> print(shell, api.read(groups, PATH)));
            return Main.OK;
        }

        private static void print(Shell shell, Json answer) {
            Table table = new Table(
                    Column.number("EVENTS", 9),
                    Column.word("WORKER", 8),
                    Column.word("TYPE", 7),
                    Column.word("CAUSE", 9),
                    Column.word("FIRST (UTC)", 2),
                    Column.word("LAST (UTC)", 4),
                    Column.number("EXAMPLE", 3),
                    Column.prose("ERROR", 5));
            for (Json group : answer.at("groups").items()) {
                table.row(
                        group.at("count").text(),
                        group.at("worker").text(),
                        group.at("type").text(),
                        group.at("cause").text(),
                        Times.utc(group.at("firstAt").text()),
                        Times.utc(group.at("lastAt").text()),
                        group.at("example").text(),
                        DeadLettersCommand.cause(group.at("failure")));
            }
            table.print(shell.out(), shell.terminal().outputWidth());
        }
    }
}
