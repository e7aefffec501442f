package ai.tradesense.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs the command line in this process, and keeps what it wrote and how long it would have waited.
final class Cli {
    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();
    private final List<Duration> pauses = new ArrayList<>();
    private InputStream in = InputStream.nullInputStream();
    private Terminal terminal = Terminal.NONE;

    static Cli of(URI server) {
        return new Cli().with(ServerOption.VARIABLE, server.toString());
    }

    Cli with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Cli reading(InputStream input) {
        in = input;
        return this;
    }

    Cli reading(String input) {
        return reading(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    }

    Cli on(Terminal terminal) {
        this.terminal = terminal;
        return this;
    }

    int run(String... arguments) {
        Shell shell = shell();
        int code = Main.run(shell, arguments);
        shell.out().flush();
        return code;
    }

    Shell shell() {
        return new Shell(
                in,
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment,
                terminal,
                () -> NOW,
                pauses::add);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    List<String> errLines() {
        return err().lines().toList();
    }

    List<Duration> pauses() {
        return pauses;
    }
}
