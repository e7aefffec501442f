package ai.tradesense.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/// What a command is started from and writes to.
///
/// @param out for data; to be flushed by whoever is done with it
/// @param err for progress and messages
record Shell(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Map<String, String> environment,
        Terminal terminal,
        InstantSource clock,
        Pause pause) {
    private static final int OUTPUT_BUFFER_BYTES = 1 << 16;

    /// Waits.
    @FunctionalInterface
    interface Pause {
        void lasting(Duration duration) throws InterruptedException;
    }

    static Shell ofProcess() {
        return new Shell(
                new FileInputStream(FileDescriptor.in),
                new PrintStream(
                        new java.io.BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUTPUT_BUFFER_BYTES),
                        false,
                        StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                System.getenv(),
                Terminal.ofProcess(),
                InstantSource.system(),
                Thread::sleep);
    }

    /// A message to the user.
    void say(String message) {
        err.println("tradesense: " + message);
    }

    /// Whether colours may be used (the convention is that of no-color.org).
    boolean coloured() {
        return terminal.ofOutput()
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.get("TERM"));
    }
}
