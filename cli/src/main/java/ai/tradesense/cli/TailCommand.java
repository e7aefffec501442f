package ai.tradesense.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;

/// Shows events as they are published.
@Command(
        name = "tail",
        description = "Shows events as they are published, until Ctrl-C.",
        footer = {"", "Example: tradesense tail --type 'Trading.*' --json | jq .data"})
final class TailCommand implements Callable<Integer> {
    private static final String PATH = "/api/v1/tail";
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    private static final int TYPE_WIDTH = 32;
    private static final int SUBJECT_WIDTH = 20;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private EventFilters filters = new EventFilters();

    @Option(
            names = "--after",
            paramLabel = "POSITION",
            description = "Starts behind this position in the log instead of at its end.")
    private @Nullable String after;

    @Option(names = "--limit", paramLabel = "N", description = "Ends after so many events.")
    private long limit = Long.MAX_VALUE;

    @Option(names = "--json", description = "Prints each event as JSON on a line of its own.")
    private boolean json;

    private final Shell shell;
    private String lastId = "";
    private long shown;

    TailCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (after != null && !after.matches("[0-9]{1,18}")) {
            throw new WrongUsage("--after", after, "a position in the log, a whole number from 0");
        }
        if (limit < 1) {
            throw new WrongUsage("--limit", limit, "a number of events, from 1");
        }
        Api api = server.connect(shell);
        String path = filters.on(PATH).toString();
        lastId = after == null ? "" : after;
        Thread endWell = Thread.ofPlatform().unstarted(() -> {
            shell.out().flush();
            Runtime.getRuntime().halt(Main.OK);
        });
        Runtime.getRuntime().addShutdownHook(endWell);
        try {
            follow(api, path);
        } finally {
            Runtime.getRuntime().removeShutdownHook(endWell);
        }
        return Main.OK;
    }

    /// Reads until enough is shown or nobody reads what is; comes back where it was whenever the connection ends. A
    /// server that was never there is not waited for.
    private void follow(Api api, String path) throws InterruptedException {
        boolean wasConnected = false;
        boolean lost = false;
        Duration wait = FIRST_WAIT;
        while (true) {
            String reason;
            try (Api.Stream stream = open(api, path, wasConnected)) {
                if (lost) {
                    shell.say("connected again");
                }
                wasConnected = true;
                lost = false;
                Sse events = new Sse(stream.body(), PublishCommand.MAX_LINE_BYTES);
                reason = showAll(events);
                if (reason == null) {
                    return;
                }
                wait = events.retry().orElse(FIRST_WAIT);
            } catch (IOException failure) {
                reason = String.valueOf(failure.getMessage());
            } catch (Api.Unreachable failure) {
                if (!wasConnected) {
                    throw failure;
                }
                reason = String.valueOf(failure.getMessage());
            }
            if (!lost) {
                shell.say("the connection ended (" + reason + "); connecting again");
                lost = true;
            }
            shell.pause().lasting(wait);
            wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
        }
    }

    /// Shows what comes.
    ///
    /// @return why nothing more comes; null if nothing more is wanted
    private @Nullable String showAll(Sse events) {
        try {
            for (Sse.Message message = events.next(); message != null; message = events.next()) {
                if (message.event().equals("message")) {
                    show(message.data());
                    shell.out().flush();
                } else if (message.event().equals("unreadable")) {
                    shell.say(EventsCommand.unreadable(parse(message.data())));
                }
                lastId = events.lastId();
                if (shown >= limit || shell.out().checkError()) {
                    return null;
                }
            }
            return "the server ended it";
        } catch (IOException failure) {
            return String.valueOf(failure.getMessage());
        } finally {
            lastId = events.lastId().isEmpty() ? lastId : events.lastId();
        }
    }

    private Api.Stream open(Api api, String path, boolean wasConnected) throws IOException {
        Map<String, String> from = lastId.isEmpty() ? Map.of() : Map.of("Last-Event-ID", lastId);
        Api.Stream stream = api.open(path, from);
        if (stream.status() == 200) {
            return stream;
        }
        try (stream) {
            Problem problem = Problem.of(stream.status(), stream.body().readAllBytes());
            if (wasConnected && (stream.status() == 429 || stream.status() >= 500)) {
                throw new IOException("the server answers " + stream.status() + ": " + problem.detail());
            }
            throw new Api.Refused(stream.status(), problem);
        }
    }

    private void show(String data) {
        Json event = parse(data);
        if (json) {
            shell.out().println(data.indexOf('\n') < 0 ? data : event.compact());
        } else {
            String line = String.format(
                    Locale.ROOT,
                    "%s  %-" + TYPE_WIDTH + "s  %-" + SUBJECT_WIDTH + "s  %s",
                    Times.utc(event.at("time").text()),
                    event.at("type").text(),
                    event.at("subject").text(),
                    event.at("data").text());
            shell.out()
                    .println(Table.cut(Table.printable(line), shell.terminal().outputWidth()));
        }
        shown++;
    }

    private static Json parse(String data) {
        try {
            return Json.parse(data.getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException noJson) {
            throw new CommandFailure("the server sent an event that is no JSON: " + Json.problem(noJson), noJson);
        }
    }
}
