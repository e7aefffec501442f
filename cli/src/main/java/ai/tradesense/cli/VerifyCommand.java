package ai.tradesense.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;

/// Checks that what is stored is what was stored.
@Command(
        name = "verify",
        description = "Checks that no stored event was changed, removed, inserted or moved; names the first that was.",
        footer = {
            "",
            "Exit codes: 0 everything is as it was stored, 1 something is not, or it could not be checked.",
            "",
            "Example: tradesense verify --store-url jdbc:sqlite:restored/tradesense.db"
        })
final class VerifyCommand implements Callable<Integer> {
    static final String PATH = "/api/v1/store/verify";

    @Mixin
    private ServerOption server = new ServerOption();

    @Option(
            names = "--store-url",
            paramLabel = "URL",
            description =
                    "Checks this log (as in tradesense.store.url) without a server. A SQLite file must not be in use.")
    private @Nullable String storeUrl;

    @Mixin
    private JsonOption json = new JsonOption();

    private final Shell shell;
    private @Nullable Progress progress;

    VerifyCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
        Json found;
        try {
            found = storeUrl == null ? askServer() : StoreCheck.verify(storeUrl, this::show);
        } finally {
            if (progress != null) {
                progress.clear();
            }
        }
        json.print(shell, found.compact().getBytes(StandardCharsets.UTF_8), () -> print(found));
        return found.at("fault").isNull() ? Main.OK : Main.FAILED;
    }

    /// Reads how far the server has come, line by line, up to what it found.
    private Json askServer() throws IOException {
        try (Api.Stream answer = server.connect(shell).start(PATH);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            Json last = Json.Literal.NULL;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = parsed(line);
                if (!last.at("checked").isNull()) {
                    show(number(last.at("checked")), number(last.at("of")));
                }
            }
            if (last.at("hash").isNull()) {
                String why = last.at("detail").text();
                throw new CommandFailure(
                        "the server ended the check before its end" + (why.isEmpty() ? "" : ": " + why));
            }
            return last;
        }
    }

    private static Json parsed(String line) {
        try {
            return Json.parse(line.getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException noJson) {
            throw new CommandFailure("what the server answers is no JSON; is that a TradeSense server?", noJson);
        }
    }

    private static long number(Json value) {
        return Long.parseLong(value.text());
    }

    private void show(long checked, long of) {
        Progress shown = progress;
        if (shown == null) {
            shown = new Progress(shell, of);
            progress = shown;
        }
        shown.show(checked, checked);
    }

    private void print(Json found) {
        Json fault = found.at("fault");
        String events = String.format(Locale.ROOT, "%,d", number(found.at("events")));
        if (fault.isNull()) {
            shell.out().println(events + " events are as they were stored");
            shell.out()
                    .println("hash " + found.at("hash").text() + " at position "
                            + found.at("lastPosition").text());
            removed(found);
        } else {
            shell.out()
                    .println(place(fault) + Table.printable(fault.at("problem").text()));
            shell.out().println("as they were stored, before that: " + events + " events");
        }
        if (number(found.at("unrecorded")) > 0) {
            shell.say(String.format(
                    Locale.ROOT,
                    "%,d of them were stored by a version that kept no hashes: none is missing, but one that was"
                            + " changed would not be found",
                    number(found.at("unrecorded"))));
        }
    }

    private void removed(Json found) {
        if (!found.at("retentionRecords").isNull() && number(found.at("retentionRecords")) > 0) {
            shell.out()
                    .println(String.format(
                            Locale.ROOT,
                            "%,d of them were removed because of their age, as recorded",
                            number(found.at("removed"))));
            shell.out()
                    .println("hash of the " + found.at("retentionRecords").text() + " records of removals and holds "
                            + found.at("retentionHash").text());
        }
    }

    private static String place(Json fault) {
        String first = fault.at("position").text();
        String last = fault.at("lastPosition").text();
        if (first.equals("0") && last.equals("0")) {
            return "";
        }
        return first.equals(last) ? "position " + first + ": " : "positions " + first + " to " + last + ": ";
    }
}
