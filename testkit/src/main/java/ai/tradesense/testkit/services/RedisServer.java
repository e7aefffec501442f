package ai.tradesense.testkit.services;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `redis-server` as a child process that writes an append-only file and evicts nothing.
///
/// Tests that break nothing use [#sharedUrl] instead.
public final class RedisServer extends ServiceProcess {
    /// The environment variable that names a Redis for tests that break nothing, for example `redis://localhost:6379`.
    public static final String ADDRESS_VARIABLE = "TRADESENSE_TEST_REDIS";

    /// When the append-only file is synchronised to the disk.
    public enum Fsync {
        /// Before each answer.
        ALWAYS,
        /// Once a second.
        EVERYSEC
    }

    private static @Nullable RedisServer shared;

    private final List<String> options;

    private RedisServer(List<String> options) {
        super("redis");
        this.options = options;
    }

    /// Starts one.
    public static RedisServer start(Fsync fsync) {
        return with("--appendfsync", fsync == Fsync.ALWAYS ? "always" : "everysec");
    }

    /// Starts one with further options of `redis-server`, for example `"--maxmemory", "20mb"`. They come after ours and
    /// so prevail.
    public static RedisServer with(String... options) {
        return started(() -> new RedisServer(List.of(options)));
    }

    /// The URL of a Redis for tests that break nothing: the one that the environment names, or one that all of them
    /// share until the JVM ends.
    public static synchronized String sharedUrl() {
        String address = System.getenv(ADDRESS_VARIABLE);
        if (address != null && !address.isBlank()) {
            return address;
        }
        RedisServer server = shared;
        if (server == null) {
            server = start(Fsync.EVERYSEC);
            shared = server;
        }
        return server.url();
    }

    public String url() {
        return urlAt(port());
    }

    /// The URL by way of a proxy.
    public static String urlAt(int port) {
        return "redis://127.0.0.1:" + port;
    }

    @Override
    List<String> command(Path dataFolder, int onPort) {
        List<String> command = new ArrayList<>(List.of(
                "redis-server",
                "--port",
                Integer.toString(onPort),
                "--bind",
                "127.0.0.1",
                "--dir",
                dataFolder.toString(),
                "--appendonly",
                "yes",
                "--maxmemory-policy",
                "noeviction",
                "--save",
                "",
                "--daemonize",
                "no"));
        command.addAll(options);
        return command;
    }

    @Override
    String howToInstall() {
        return "install Redis 7 or newer (apt-get install redis-server)";
    }

    /// `-NOAUTH` is an answer, `-LOADING` is not yet one.
    @Override
    boolean answers(Socket connection) throws IOException {
        connection.getOutputStream().write("PING\r\n".getBytes(US_ASCII));
        String answer = new String(connection.getInputStream().readNBytes(5), US_ASCII);
        return answer.equals("+PONG") || answer.equals("-NOAU");
    }
}
