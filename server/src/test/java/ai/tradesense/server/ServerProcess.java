package ai.tradesense.server;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server in a process of its own, which may be killed and started again at its port.
final class ServerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;
    private final Path log;
    private final List<String> command;
    private Process process;

    private ServerProcess(int port, Path log, List<String> command) throws IOException {
        this.port = port;
        this.log = log;
        this.command = command;
        this.process = run();
    }

    /// Starts one, and does not wait until it answers.
    ///
    /// @param log where it writes what it says
    /// @param main what it runs, with a file or folder as its first argument and settings as the others
    static ServerProcess start(Path log, Class<?> main, Path first, String... settings) throws IOException {
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                first.toString(),
                "--server.port=" + port));
        command.addAll(List.of(settings));
        return new ServerProcess(port, log, command);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private Process run() throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void startAgain() throws IOException {
        process = run();
    }

    void awaitWorkers(int count) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> get("/api/v1/workers").path("workers").size() == count);
    }

    /// Whether all that was stored has been processed.
    boolean isAtRest() throws IOException {
        for (JsonNode worker : get("/api/v1/workers").get("workers")) {
            if (worker.get("lag").asLong() > 0 || worker.get("parked").asLong() > 0) {
                return false;
            }
        }
        return true;
    }

    JsonNode get(String path) throws IOException {
        return JsonMapper.shared().readTree(send(request(path)).body());
    }

    /// Publishes events and says whether they were acknowledged.
    boolean acknowledges(List<String> events) {
        try {
            return send(request("/api/v1/events")
                                    .header("Content-Type", TestServer.BATCH)
                                    .POST(BodyPublishers.ofString(events.toString())))
                            .statusCode()
                    == 202;
        } catch (IOException killed) {
            return false;
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException {
        try {
            return client.send(request.build(), BodyHandlers.ofByteArray());
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        client.close();
    }
}
