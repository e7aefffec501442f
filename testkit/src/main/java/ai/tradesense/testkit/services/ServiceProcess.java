package ai.tradesense.testkit.services;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/// A server as a child process on a free port of the loopback address, with a data folder of its own that
/// outlives the process and goes with this object. It can be killed, frozen and started again on the same
/// port and data. What is left when the JVM ends is killed and removed.
///
/// A subclass says which command starts the server and how to find out that it answers. For use by one
/// thread.
public abstract class ServiceProcess implements Broker {
    /// How long a server may take to answer after it was started.
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int MAX_PORT_ATTEMPTS = 5;
    private static final int MAX_LOG_CHARACTERS = 2_000;
    private static final Set<ServiceProcess> OPEN = ConcurrentHashMap.newKeySet();
    private static final Set<Path> FOLDERS = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            OPEN.forEach(ServiceProcess::close);
            FOLDERS.forEach(ServiceProcess::remove);
        }));
    }

    private final Path folder;
    private final int port;
    private @Nullable Process process;

    ServiceProcess(String name) {
        OPEN.add(this);
        this.folder = newFolder("tradesense-" + name + "-");
        this.port = freePort();
    }

    /// A new folder that goes with the JVM, if not before.
    static Path newFolder(String prefix) {
        try {
            Path folder = Files.createTempDirectory(prefix);
            FOLDERS.add(folder);
            return folder;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Starts a new server; if its port is taken before it can have it, another one gets another port.
    static <S extends ServiceProcess> S started(Supplier<S> maker) {
        for (int attempt = 1; ; attempt++) {
            S service = maker.get();
            try {
                service.start();
                return service;
            } catch (ServiceException failure) {
                service.close();
                String said = String.valueOf(failure.getMessage());
                if (attempt == MAX_PORT_ATTEMPTS || !(said.contains("in use") || said.contains("eaddrinuse"))) {
                    throw failure;
                }
            }
        }
    }

    /// The command that runs the server in the foreground; makes what it needs in its data folder if that is empty.
    abstract List<String> command(Path dataFolder, int onPort);

    /// How to come by the program if it is not there.
    abstract String howToInstall();

    /// Whether the server answers over a connection of its own.
    abstract boolean answers(Socket connection) throws IOException;

    /// The signal that asks the server to end in order.
    String stopSignal() {
        return "TERM";
    }

    /// What the server's environment has besides what this process hands on.
    Map<String, String> environment(Path dataFolder, int onPort) {
        return Map.of();
    }

    /// What has to be there before the server is started.
    void prepare(Path dataFolder, int onPort) throws IOException {
        // Most need nothing.
    }

    /// What is done before the process is killed; nothing unless a service says otherwise.
    void beforeKill(Path dataFolder) {}

    /// Ends what [#prepare] has started.
    void release() {
        // Most have started nothing.
    }

    /// A port that nobody listens on.
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public final int port() {
        return port;
    }

    /// Starts the server on what it left behind and waits until it answers.
    ///
    /// @throws IllegalStateException if it runs
    /// @throws ServiceException if it cannot be started
    @Override
    public final void start() {
        Process earlier = process;
        if (earlier != null && earlier.isAlive()) {
            throw new IllegalStateException("it runs already, as process " + earlier.pid());
        }
        Process started = launch();
        process = started;
        try {
            Awaitility.await("an answer on port " + port)
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .atMost(PATIENCE)
                    .until(() -> !started.isAlive() || answers());
        } catch (ConditionTimeoutException silent) {
            throw new ServiceException("no answer on port " + port + " within " + PATIENCE + ": " + log(), silent);
        }
        if (!started.isAlive()) {
            throw new ServiceException("ended at once with " + started.exitValue() + ": " + log(), null);
        }
    }

    private Process launch() {
        List<String> command = command(folder, port);
        try {
            prepare(folder, port);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
            builder.environment().putAll(environment(folder, port));
            return builder.start();
        } catch (IOException failure) {
            throw new ServiceException("there is no " + command.getFirst() + " to run; " + howToInstall(), failure);
        }
    }

    /// Where it keeps what it has.
    final Path folder() {
        return folder;
    }

    private Path logFile() {
        return folder.resolve("output.log");
    }

    private String log() {
        try {
            String text = Files.readString(logFile());
            return text.substring(Math.max(0, text.length() - MAX_LOG_CHARACTERS));
        } catch (IOException unreadable) {
            return "it wrote no log";
        }
    }

    private boolean answers() {
        try (Socket connection = new Socket()) {
            connection.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            connection.setSoTimeout(1_000);
            return answers(connection);
        } catch (IOException notYet) {
            return false;
        }
    }

    public final boolean isRunning() {
        Process current = process;
        return current != null && current.isAlive();
    }

    private Process running() {
        Process current = process;
        if (current == null || !current.isAlive()) {
            throw new IllegalStateException("it does not run");
        }
        return current;
    }

    /// Ends the process and those that it started as `kill -9` does: they cannot finish anything.
    @Override
    public final void kill() {
        Process killed = running();
        beforeKill(folder);
        end(killed);
    }

    /// Asks the process to end in order and waits until it has.
    public final void stop() {
        Process stopping = running();
        Signals.send(stopSignal(), stopping.pid());
        try {
            if (!stopping.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                end(stopping);
            }
        } catch (InterruptedException interrupted) {
            end(stopping);
            Thread.currentThread().interrupt();
        }
    }

    private static void end(Process process) {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
        started.forEach(each -> each.onExit().join());
    }

    /// Kills the server and starts it on what it left behind.
    public final void restart() {
        kill();
        start();
    }

    /// Freezes the process, and those that it started, where they stand: connections stay open and nothing answers.
    @Override
    public final void freeze() {
        Process freezing = running();
        Signals.send("STOP", freezing.pid());
        freezing.descendants().forEach(each -> Signals.send("STOP", each.pid()));
    }

    /// Refuses the process, until it is started again, files that are larger than this: to write more fails as
    /// on a full disk.
    public final void limitFiles(long bytes) {
        Signals.run("prlimit", "--pid", Long.toString(running().pid()), "--fsize=" + bytes);
    }

    /// Lets a frozen process go on.
    @Override
    public final void thaw() {
        Process thawing = running();
        thawing.descendants().forEach(each -> Signals.send("CONT", each.pid()));
        Signals.send("CONT", thawing.pid());
    }

    /// Removes what a stopped server left behind, so that it starts empty.
    public final void clear() {
        Process current = process;
        if (current != null && current.isAlive()) {
            throw new IllegalStateException("it runs, as process " + current.pid());
        }
        removeWhatIsIn(folder);
    }

    private static void removeWhatIsIn(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(folder)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void remove(Path folder) {
        removeWhatIsIn(folder);
        try {
            Files.deleteIfExists(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        FOLDERS.remove(folder);
    }

    /// Kills the process and removes its folder. Idempotent.
    @Override
    public final void close() {
        if (!OPEN.remove(this)) {
            return;
        }
        Process current = process;
        if (current != null && current.isAlive()) {
            end(current);
        }
        release();
        remove(folder);
    }
}
