package ai.tradesense.cli;

import ai.tradesense.cli.Table.Column;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Shows the workers; its verbs show one and order something of it.
@Command(
        name = "workers",
        description = "Shows the workers: what each does, how far it is behind, what failed last.",
        synopsisSubcommandLabel = "[VERB]",
        commandListHeading = "%nVerbs:%n",
        footer = {"", "Example: tradesense workers --json | jq '.workers[] | select(.lag > 0)'"})
final class WorkersCommand implements Callable<Integer> {
    static final String INSTANCES = "/api/v1/instances";
    private static final String PATH = "/api/v1/workers";

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private JsonOption json = new JsonOption();

    private final Shell shell;

    WorkersCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Api api = server.connect(shell);
        byte[] workers = api.get(PATH);
        json.print(shell, workers, () -> print(api.read(workers, PATH)));
        return Main.OK;
    }

    private void print(Json answer) {
        Table table = new Table(
                Column.word("WORKER", 9),
                Column.word("STATE", 8),
                Column.number("LAG", 7),
                Column.number("IN FLIGHT", 3),
                Column.number("PARKED", 5),
                Column.number("DEAD", 6),
                Column.number("PROCESSED", 4),
                Column.number("FAILED", 4),
                Column.number("MEAN MS", 1),
                Column.prose("GROUP", 0),
                Column.prose("NOTE", 2));
        for (Json worker : answer.at("workers").items()) {
            table.row(
                    worker.at("name").text(),
                    worker.at("state").text(),
                    worker.at("lag").text(),
                    worker.at("inFlight").text(),
                    worker.at("parked").text(),
                    worker.at("deadLetters").text(),
                    worker.at("processed").text(),
                    worker.at("failed").text(),
                    millis(worker.at("meanProcessingMillis").text()),
                    worker.at("group").text(),
                    note(worker));
        }
        table.print(shell.out(), shell.terminal().outputWidth());
    }

    /// Why it is in its state, or else what failed last.
    private static String note(Json worker) {
        String reason = worker.at("reason").text();
        return reason.isEmpty() ? worker.at("lastError").text() : reason;
    }

    private static String millis(String number) {
        return number.isEmpty()
                ? ""
                : new BigDecimal(number).setScale(3, RoundingMode.HALF_UP).toPlainString();
    }

    private void printInstances(Json answer) {
        Table table = new Table(
                Column.word("INSTANCE", 9),
                Column.word("ALIVE", 8),
                Column.word("STARTED (UTC)", 1),
                Column.word("SEEN (UTC)", 4),
                Column.prose("WORKERS", 5));
        for (Json instance : answer.at("instances").items()) {
            List<String> workers = new ArrayList<>();
            for (Json worker : instance.at("workers").items()) {
                workers.add(worker.at("name").text() + " " + worker.at("state").text());
            }
            table.row(
                    instance.at("instance").text(),
                    instance.at("alive").text().equals("true") ? "yes" : "no",
                    Times.utc(instance.at("startedAt").text()),
                    Times.utc(instance.at("seenAt").text()),
                    String.join(", ", workers));
        }
        table.print(shell.out(), shell.terminal().outputWidth());
    }

    /// Orders something of a worker, and says so.
    void change(String name, String verb, String done) {
        order(name, verb);
        shell.say(name + " " + done);
    }

    /// Orders something of a worker.
    Api order(String name, String verb) {
        Api api = server.connect(shell);
        api.post(path(name) + "/" + verb);
        return api;
    }

    static String path(String name) {
        return Query.path(PATH, name);
    }

    Shell shell() {
        return shell;
    }

    Api connect() {
        return server.connect(shell);
    }

    /// Stops a worker from taking new events.
    @Command(
            name = "pause",
            description = "Stops a worker from taking new events; what it has begun it finishes.",
            footer = {"", "Example: tradesense workers pause risk-monitor"})
    static final class Pause implements Callable<Integer> {
        private final WorkersCommand workers;

        @Parameters(paramLabel = "NAME", description = "The worker's name.")
        private String name = "";

        Pause(WorkersCommand workers) {
            this.workers = workers;
        }

        @Override
        public Integer call() {
            workers.change(name, "pause", "is paused");
            return Main.OK;
        }
    }

    /// Lets a paused worker take events again.
    @Command(
            name = "resume",
            description = "Lets a paused worker take events again.",
            footer = {"", "Example: tradesense workers resume risk-monitor"})
    static final class Resume implements Callable<Integer> {
        private final WorkersCommand workers;

        @Parameters(paramLabel = "NAME", description = "The worker's name.")
        private String name = "";

        Resume(WorkersCommand workers) {
            this.workers = workers;
        }

        @Override
        public Integer call() {
            workers.change(name, "resume", "takes events again");
            return Main.OK;
        }
    }

    /// Shows the processes that work together.
    @Command(
            name = "instances",
            description = "Shows the processes that share workers: which live, and what runs in each.",
            footer = {"", "Example: tradesense workers instances --json | jq '.instances[] | select(.alive | not)'"})
    static final class Instances implements Callable<Integer> {
        private final WorkersCommand workers;

        @Mixin
        private JsonOption json = new JsonOption();

        Instances(WorkersCommand workers) {
            this.workers = workers;
        }

        @Override
        public Integer call() {
            Api api = workers.server.connect(workers.shell);
            byte[] instances = api.get(INSTANCES);
            json.print(workers.shell, instances, () -> workers.printInstances(api.read(instances, INSTANCES)));
            return Main.OK;
        }
    }
}
