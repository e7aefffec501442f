package ai.tradesense.testkit.services;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Erlang's port mapper (`epmd`) as a child process on a port of its own, by which the nodes of a cluster find each
/// other. Safe for use by several threads.
final class PortMapper implements AutoCloseable {
    private final int port = ServiceProcess.freePort();
    private @Nullable Process process; // guarded by this

    int port() {
        return port;
    }

    /// Starts it, unless it runs.
    synchronized void start(String address) throws IOException {
        Process running = process;
        if (running == null || !running.isAlive()) {
            process = new ProcessBuilder("epmd", "-port", Integer.toString(port), "-address", address)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        }
    }

    /// Ends it. Idempotent.
    @Override
    public synchronized void close() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            try {
                running.waitFor(ServiceProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
