package ai.tradesense.cli;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/// Orders operations, and follows them to their end.
final class OperationFollower {
    static final String PATH = "/api/v1/operations";

    private static final Duration FIRST_LOOK = Duration.ofMillis(200);
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(2);

    private final Shell shell;
    private final Api api;
    private final JsonOption json;

    OperationFollower(Shell shell, Api api, JsonOption json) {
        this.shell = shell;
        this.api = api;
        this.json = json;
    }

    /// Orders an operation and waits for its end, or prints what a dry run found. The order has an id, so if its
    /// answer is lost it is given once more and stays the same operation.
    ///
    /// @return the exit code, as of [#follow]
    int order(Map<String, Json> order, Map<String, String> headers, boolean dryRun, boolean noWait)
            throws InterruptedException {
        Map<String, Json> complete = new LinkedHashMap<>(order);
        if (dryRun) {
            complete.put("dryRun", new Json.Literal("true"));
        }
        complete.put("requestId", new Json.Text(UUID.randomUUID().toString()));
        byte[] body = new Json.Fields(complete).compact().getBytes(StandardCharsets.UTF_8);
        byte[] answer;
        try {
            answer = api.orderLongWork(PATH, headers, body);
        } catch (Api.Unreachable failure) {
            if (failure.neverConnected()) {
                throw failure;
            }
            shell.say(failure.getMessage() + "; asking once more, which orders nothing twice");
            answer = api.orderLongWork(PATH, headers, body);
        }
        byte[] accepted = answer;
        if (dryRun) {
            json.print(shell, accepted, () -> OperationVerb.printPreview(shell, api.read(accepted, PATH)));
            return Main.OK;
        }
        return follow(api.read(accepted, PATH), accepted, noWait);
    }

    /// Waits for the end of an operation, and prints it.
    ///
    /// @param accepted the operation as it was ordered, and `answer` the bytes of that
    /// @param noWait whether not to wait
    /// @return the exit code: whether all of its events succeeded, or nothing is known yet
    int follow(Json accepted, byte[] answer, boolean noWait) throws InterruptedException {
        String id = accepted.at("id").text();
        String path = Query.path(PATH, id);
        String total = accepted.at("progress").at("total").text();
        shell.say(
                total.equals("0")
                        ? "nothing matches, so operation " + id + " has nothing to do"
                        : "operation " + id + " is about " + total + " events"
                                + (noWait ? "" : "; end it with 'tradesense dlq cancel " + id + "'"));
        byte[] newest = answer;
        Json operation = accepted;
        String shown = "";
        for (Duration look = FIRST_LOOK; !noWait && isUnderWay(operation); look = longer(look)) {
            shell.pause().lasting(look);
            newest = api.get(path);
            operation = api.read(newest, path);
            String progress = progress(operation);
            if (!progress.equals(shown)) {
                shell.say(progress);
                shown = progress;
                look = FIRST_LOOK;
            }
        }
        Json last = operation;
        json.print(shell, newest, () -> print(last));
        return noWait || hasSucceeded(operation) ? Main.OK : Main.FAILED;
    }

    private static boolean isUnderWay(Json operation) {
        return operation.at("state").text().equals("RUNNING");
    }

    private static boolean hasSucceeded(Json operation) {
        Json progress = operation.at("progress");
        return operation.at("state").text().equals("COMPLETED")
                && progress.at("failed").text().equals("0")
                && progress.at("skipped").text().equals("0");
    }

    private static Duration longer(Duration look) {
        Duration twice = look.multipliedBy(2);
        return twice.compareTo(LONGEST_LOOK) < 0 ? twice : LONGEST_LOOK;
    }

    private static String progress(Json operation) {
        Json progress = operation.at("progress");
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: %s of %s succeeded, %s failed again, %s skipped, %s with their workers",
                operation.at("state").text().toLowerCase(Locale.ROOT),
                progress.at("succeeded").text(),
                progress.at("total").text(),
                progress.at("failed").text(),
                progress.at("skipped").text(),
                progress.at("inProgress").text()));
        for (Json waiting : operation.at("waitingFor").items()) {
            String reason = waiting.at("reason").text();
            if (!reason.isEmpty()) {
                text.append("; ")
                        .append(waiting.at("worker").text())
                        .append(": ")
                        .append(reason);
            }
        }
        return Table.printable(text.toString());
    }

    /// Prints an operation for people.
    void print(Json operation) {
        field("operation", operation.at("id").text());
        field("kind", operation.at("kind").text());
        field("state", operation.at("state").text() + note(operation.at("note").text()));
        field("by", operation.at("actor").text() + note(operation.at("reason").text()));
        field("ordered", Times.utc(operation.at("createdAt").text()) + " UTC");
        field("progress", progress(operation));
        for (Json step : operation.at("steps").items()) {
            field(
                    "",
                    Times.utc(step.at("at").text()) + "  " + step.at("by").text() + "  "
                            + step.at("text").text());
        }
        for (Json note : operation.at("notes").items()) {
            field(
                    note.at("status").text().toLowerCase(Locale.ROOT),
                    note.at("id").text() + "  " + note.at("note").text());
        }
    }

    private static String note(String text) {
        return text.isEmpty() ? "" : " (" + text + ")";
    }

    private void field(String name, String value) {
        shell.out().printf(Locale.ROOT, "%-9s %s%n", name, Table.printable(value));
    }
}
