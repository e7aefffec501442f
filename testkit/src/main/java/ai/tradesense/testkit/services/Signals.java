package ai.tradesense.testkit.services;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// Sends signals to processes by way of the system's `kill`.
public final class Signals {
    private static final int PATIENCE_SECONDS = 10;

    private Signals() {}

    /// Freezes a process, as an operating system or a long pause of its own would.
    public static void freeze(Process process) {
        send("STOP", process.pid());
    }

    /// Lets a frozen process go on.
    public static void thaw(Process process) {
        send("CONT", process.pid());
    }

    static void send(String signal, long pid) {
        run("kill", "-" + signal, Long.toString(pid));
    }

    /// Runs a program of the system that ends at once.
    static void run(String... command) {
        String all = String.join(" ", command);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (!ended || process.exitValue() != 0) {
                String said = ended ? new String(process.getInputStream().readAllBytes(), UTF_8) : "no answer";
                throw new ServiceException(all + " failed: " + said, null);
            }
        } catch (IOException failure) {
            throw new ServiceException("there is no '" + command[0] + "' to run", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException("interrupted while it ran: " + all, interrupted);
        }
    }
}
