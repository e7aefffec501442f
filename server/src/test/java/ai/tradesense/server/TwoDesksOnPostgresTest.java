package ai.tradesense.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.desk.DeskResult;
import ai.tradesense.desk.TradingDesk;
import ai.tradesense.testkit.services.PostgresServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Two server processes run the trading desk on one PostgreSQL database, and one is killed with `kill -9` on the
/// way.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TwoDesksOnPostgresTest {
    @TempDir
    Path folder;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Process> servers = new ArrayList<>();

    @Test
    void the_read_models_of_the_one_that_is_left_are_those_in_memory_to_the_last_byte() throws Exception {
        DeskResult inMemory = inMemory();
        long events = inMemory.events().values().stream()
                .mapToLong(Integer::longValue)
                .sum();
        try (PostgresServer postgres = PostgresServer.with()) {
            try {
                start("killed", postgres.url());
                int port = start("left", postgres.url());
                Awaitility.await()
                        .atMost(Duration.ofMinutes(2))
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .until(() -> stored(port) > events / 3);
                servers.getFirst().destroyForcibly().waitFor();
                assertThat(folder.resolve("killed"))
                        .as("the result of the other")
                        .doesNotExist();
                Path result = folder.resolve("left");
                Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> Files.exists(result));

                assertThat(result).hasContent(inMemory.json());
                assertThat(stored(port))
                        .as("nothing lost and nothing stored twice")
                        .isEqualTo(events);
            } finally {
                servers.forEach(Process::destroyForcibly);
            }
        }
    }

    private static DeskResult inMemory() throws InterruptedException {
        try (TradeSense platform =
                        TradeSense.builder().registry(EventCatalog.standard()).build();
                TradingDesk desk = TradingDesk.start(platform, DeskServer.DESK)) {
            return desk.await();
        }
    }

    /// @return where it listens
    private int start(String name, String storeUrl) throws IOException {
        int port = freePort();
        servers.add(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "ai.tradesense.server.DeskServer",
                        folder.resolve(name).toString(),
                        "--server.port=" + port,
                        "--tradesense.data-dir=" + folder.resolve("data-" + name),
                        "--tradesense.store.url=" + storeUrl,
                        "--tradesense.store.lease=3s")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start());
        return port;
    }

    private long stored(int port) throws IOException, InterruptedException {
        HttpRequest status = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/status"))
                .timeout(Duration.ofSeconds(20))
                .build();
        byte[] answer = client.send(status, BodyHandlers.ofByteArray()).body();
        return JsonMapper.shared().readTree(answer).at("/store/events").asLong();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
