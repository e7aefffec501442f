package ai.tradesense.cli;

import ai.tradesense.cli.LineReader.Line;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Publishes a file of events.
@Command(
        name = "publish",
        description = "Publishes the events of a file, in its order: one CloudEvent as JSON on each line.",
        footer = {
            "",
            "A line that cannot be published is named on standard error and the others are published; the exit code is "
                    + "then 1. Publishing the same file again is safe: what is stored already is not stored twice.",
            "",
            "Example: tradesense publish orders.ndjson"
        })
final class PublishCommand implements Callable<Integer> {
    /// The longest line, in bytes; far over what the server takes.
    static final int MAX_LINE_BYTES = 4 * 1024 * 1024;

    private static final int MAX_BATCH_EVENTS = 10_000;
    private static final int MAX_BATCH_BYTES = 1024 * 1024;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "FILE", description = "The file; - means standard input.")
    private String file = "";

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many events are sent at a time at most. Default: 1000.")
    private int batchEvents;

    @Option(
            names = "--give-up-after",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long to wait for a server that is overloaded or gone. Default: 60.")
    private int giveUpAfterSeconds;

    private final Shell shell;

    PublishCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        check();
        Api api = server.connect(shell);
        if (file.equals("-")) {
            return new Run(api, 0).publish(shell.in());
        }
        Path path = Path.of(file);
        try (InputStream in = Files.newInputStream(path)) {
            return new Run(api, Files.size(path)).publish(in);
        }
    }

    private void check() {
        if (batchEvents < 1 || batchEvents > MAX_BATCH_EVENTS) {
            throw new WrongUsage("--batch", batchEvents, "1 to " + MAX_BATCH_EVENTS);
        }
        if (giveUpAfterSeconds < 0) {
            throw new WrongUsage("--give-up-after", giveUpAfterSeconds, "0 or more");
        }
        if (!file.equals("-") && !(Files.isReadable(Path.of(file)) && !Files.isDirectory(Path.of(file)))) {
            throw new WrongUsage("there is no file '" + file + "' that can be read");
        }
    }

    /// One run over a file.
    private final class Run {
        private final Progress progress;
        private final Publisher publisher;
        private final LineCheck check = new LineCheck();
        private List<Line> batch = new ArrayList<>();
        private int batchBytes;
        private long rejected;

        Run(Api api, long totalBytes) {
            this.progress = new Progress(shell, totalBytes);
            Patience patience = new Patience(shell, progress::message, Duration.ofSeconds(giveUpAfterSeconds));
            this.publisher = new Publisher(api, patience, this::reject);
        }

        int publish(InputStream in) throws IOException, InterruptedException {
            LineReader lines = new LineReader(in, MAX_LINE_BYTES);
            try {
                for (Line line = lines.next(); line != null; line = lines.next()) {
                    add(line);
                    progress.show(publisher.published(), lines.bytesRead());
                }
                flush();
            } catch (CommandFailure failure) {
                String from =
                        batch.isEmpty() ? "" : " from line " + batch.getFirst().number() + " on";
                progress.message("stopped; events" + from + " may not be published. Publishing the whole file again is "
                        + "safe: what is stored already is not stored twice");
                throw failure;
            } finally {
                progress.clear();
            }
            shell.say(summary());
            return rejected == 0 ? Main.OK : Main.FAILED;
        }

        private void add(Line line) throws InterruptedException {
            if (line.isTooLong()) {
                reject(
                        line.number(),
                        "is " + line.length() + " bytes long, at most " + MAX_LINE_BYTES + " are allowed");
                return;
            }
            Line event = line.number() == 1 ? withoutByteOrderMark(line) : line;
            if (LineCheck.isBlank(event.bytes(), 0)) {
                return;
            }
            String problem = check.problem(event.bytes());
            if (problem != null) {
                reject(event.number(), problem);
                return;
            }
            if (batchBytes + event.bytes().length > MAX_BATCH_BYTES) {
                flush();
            }
            batch.add(event);
            batchBytes += event.bytes().length + 1;
            if (batch.size() == batchEvents) {
                flush();
            }
        }

        private void flush() throws InterruptedException {
            if (!batch.isEmpty()) {
                publisher.publish(batch);
                batch = new ArrayList<>();
                batchBytes = 0;
            }
        }

        private void reject(long line, String reason) {
            rejected++;
            progress.message("line " + line + ": " + Table.printable(reason));
        }

        private String summary() {
            Instant now = shell.clock().instant();
            double seconds = Duration.between(progress.started(), now).toNanos() / 1e9;
            return String.format(
                    Locale.ROOT,
                    "published %,d events in %.1f s (%,.0f/s)%s%s",
                    publisher.published(),
                    seconds,
                    Progress.perSecond(publisher.published(), progress.started(), now),
                    publisher.duplicates() == 0
                            ? ""
                            : String.format(Locale.ROOT, ", %,d of them stored before", publisher.duplicates()),
                    rejected == 0 ? "" : String.format(Locale.ROOT, "; %,d lines rejected", rejected));
        }
    }

    private static Line withoutByteOrderMark(Line line) {
        byte[] bytes = line.bytes();
        int mark = BYTE_ORDER_MARK.length;
        if (bytes.length < mark || !java.util.Arrays.equals(bytes, 0, mark, BYTE_ORDER_MARK, 0, mark)) {
            return line;
        }
        byte[] rest = java.util.Arrays.copyOfRange(bytes, mark, bytes.length);
        return new Line(line.number(), rest, rest.length);
    }
}
