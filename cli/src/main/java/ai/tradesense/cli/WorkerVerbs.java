package ai.tradesense.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The verbs of `workers` that look at one worker, or change how it works.
final class WorkerVerbs {
    private WorkerVerbs() {}

    /// Shows one worker.
    @Command(
            name = "show",
            description = {
                "Shows one worker: why it is in its state, its circuit breaker, how much it does at a time,",
                "and where handlers stand that do not end."
            },
            footer = {"", "Example: tradesense workers show risk-monitor"})
    static final class Show implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", description = "The worker's name.")
        private String name = "";

        @Mixin
        private JsonOption json = new JsonOption();

        private final WorkersCommand workers;

        Show(WorkersCommand workers) {
            this.workers = workers;
        }

        @Override
        public Integer call() {
            Api api = workers.connect();
            String path = WorkersCommand.path(name);
            byte[] worker = api.get(path);
            json.print(workers.shell(), worker, () -> print(workers.shell().out(), api.read(worker, path)));
            return Main.OK;
        }

        private static void print(PrintStream out, Json worker) {
            List<String> types =
                    worker.at("subscribesTo").items().stream().map(Json::text).toList();
            new Facts(out, 13)
                    .print("name", worker.at("name"))
                    .print("state", worker.at("state"))
                    .print("reason", worker.at("reason"))
                    .print("breaker", worker.at("breaker"))
                    .print("group", worker.at("group"))
                    .print("subscribes to", String.join(", ", types))
                    .print("at a time", worker.at("concurrency").text() + " subjects")
                    .print("at hand", worker.at("inFlight"))
                    .print("lag", worker.at("lag"))
                    .print("parked", worker.at("parked"))
                    .print("dead letters", worker.at("deadLetters"))
                    .print("processed", worker.at("processed"))
                    .print("failed", worker.at("failed"))
                    .print("replayable", worker.at("replayable"))
                    .print("last error", worker.at("lastError"))
                    .print("failed at", since(worker.at("lastErrorAt")));
            for (Json handler : worker.at("stuck").items()) {
                out.println();
                out.println("does not end: "
                        + Table.printable(handler.at("task").text()) + ", since " + since(handler.at("since")));
                handler.at("stack").items().forEach(frame -> out.println("    at " + Table.printable(frame.text())));
            }
        }

        private static String since(Json time) {
            return time.isNull() ? "" : Times.utc(time.text()) + " UTC";
        }
    }

    /// Changes how many subjects a worker processes at a time.
    @Command(
            name = "concurrency",
            description = {
                "Has a worker process another number of subjects at a time, on every instance, as soon as what it",
                "has taken is done with. It stands after a restart."
            },
            footer = {"", "Example: tradesense workers concurrency risk-monitor 8"})
    static final class Concurrency implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "NAME", description = "The worker's name.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "SUBJECTS", description = "How many at a time, from 1 to 1024.")
        private int subjects;

        private final WorkersCommand workers;

        Concurrency(WorkersCommand workers) {
            this.workers = workers;
        }

        @Override
        public Integer call() {
            workers.change(
                    name, "concurrency?subjects=" + subjects, "is to process " + subjects + " subjects at a time");
            return Main.OK;
        }
    }

    /// Opens and closes a worker's circuit breaker.
    @Command(
            name = "breaker",
            description = {
                "Opens the circuit breaker of a worker, which then takes no events until it is reset, on every",
                "instance; or resets it, whatever opened it. 'workers show' says how it is."
            },
            footer = {"", "Example: tradesense workers breaker risk-monitor reset"})
    static final class Breaker implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "NAME", description = "The worker's name.")
        private String name = "";

        @Parameters(
                index = "1",
                paramLabel = "open|reset",
                description = {
                    "open: no event is lost or counted as tried; they wait.",
                    "reset: all that waits goes to the handlers at once."
                })
        private String order = "";

        private final WorkersCommand workers;

        Breaker(WorkersCommand workers) {
            this.workers = workers;
        }

        @Override
        public Integer call() {
            switch (order) {
                case "open" -> workers.change(name, "breaker/open", "takes no events until its breaker is reset");
                case "reset" -> workers.change(name, "breaker/reset", "takes events again: its breaker is closed");
                default -> throw new WrongUsage("what to do", order, "open or reset");
            }
            return Main.OK;
        }
    }
}
