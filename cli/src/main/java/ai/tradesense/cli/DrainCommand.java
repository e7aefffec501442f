package ai.tradesense.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Stops a worker from taking new events and waits until nothing is at hand any more, on every instance that has
/// it.
@Command(
        name = "drain",
        description = "Stops a worker from taking new events, and waits until it has finished what it had, on every"
                + " instance. Ctrl-C ends the waiting, not the order.",
        footer = {"", "Example: tradesense workers drain risk-monitor && systemctl stop risk"})
final class DrainCommand implements Callable<Integer> {
    /// How the reason of a worker begins that is drained.
    private static final String DRAINED = "drained";

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final WorkersCommand workers;

    @Parameters(paramLabel = "NAME", description = "The worker's name.")
    private String name = "";

    @Option(names = "--no-wait", description = "Does not wait until it is drained.")
    private boolean noWait;

    DrainCommand(WorkersCommand workers) {
        this.workers = workers;
    }

    @Override
    public Integer call() throws InterruptedException {
        Shell shell = workers.shell();
        Api api = workers.order(name, "drain");
        if (noWait) {
            shell.say(name + " drains");
            return Main.OK;
        }
        Map<String, String> seenBefore = new HashMap<>(); // what instances said before they knew of the order
        String shown = "";
        while (true) {
            Map<String, String> reasons = reasons(api, seenBefore);
            if (reasons.values().stream().allMatch(reason -> reason.startsWith(DRAINED))) {
                shell.say(name + " is drained");
                return Main.OK;
            }
            String progress = Table.printable(reasons.toString());
            if (!progress.equals(shown)) {
                shell.say(name + ": " + progress);
                shown = progress;
            }
            shell.pause().lasting(BETWEEN_LOOKS);
        }
    }

    /// Why the worker is in its state, by instance; of the server that is asked alone, if no instance says that it
    /// has it.
    private Map<String, String> reasons(Api api, Map<String, String> seenBefore) {
        Map<String, String> reasons = new TreeMap<>();
        Json answer = api.read(api.get(WorkersCommand.INSTANCES), WorkersCommand.INSTANCES);
        for (Json instance : answer.at("instances").items()) {
            for (Json worker : instance.at("workers").items()) {
                if (worker.at("name").text().equals(name)
                        && instance.at("alive").text().equals("true")) {
                    String who = instance.at("instance").text();
                    String seen = instance.at("seenAt").text();
                    boolean isNew = !seenBefore.computeIfAbsent(who, _ -> seen).equals(seen);
                    reasons.put(who, isNew ? reason(worker) : "not heard of yet");
                }
            }
        }
        if (reasons.isEmpty()) {
            String path = WorkersCommand.path(name);
            reasons.put("here", reason(api.read(api.get(path), path)));
        }
        return reasons;
    }

    private static String reason(Json worker) {
        String reason = worker.at("reason").text();
        return reason.isEmpty() ? worker.at("state").text() : reason;
    }
}
