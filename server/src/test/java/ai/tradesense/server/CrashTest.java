package ai.tradesense.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The server process is killed with `kill -9` under load, again and again, and nothing that it acknowledged is lost.
class CrashTest {
    static final String TYPE = "Trading.Order.Placed.v1";

    private static final int KILLS = 10;
    private static final int PUBLISHERS = 4;
    private static final int SUBJECTS_EACH = 25;
    private static final int BATCH = 20;
    private static final Duration REST = Duration.ofMillis(20); // leaves the processor to servers that start
    private static final List<String> WITNESSES = List.of("steady", "flaky", "flakier");

    /// The number of an event within its subject, which is the end of its id.
    static long number(String id) {
        return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    }

    @TempDir
    Path folder;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private volatile boolean publishing = true;

    @Test
    void every_acknowledged_event_is_processed_by_every_group_in_order_through_ten_kills() throws Exception {
        int port = freePort();
        Random random = new Random(20_261_122);
        Process server = start(port);
        try {
            awaitReady(port);
            List<Thread> publishers = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                int publisher = i;
                publishers.add(Thread.startVirtualThread(() -> publish(port, publisher)));
            }
            for (int kill = 0; kill < KILLS; kill++) {
                int before = acknowledged.size();
                int until = before + 500 + random.nextInt(2_000);
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ofMillis(1 + random.nextInt(20)))
                        .until(() -> acknowledged.size() >= until);
                server.destroyForcibly().waitFor();
                server = start(port);
                awaitReady(port);
            }
            publishing = false;
            for (Thread publisher : publishers) {
                publisher.join();
            }
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> isAtRest(port));

            for (String witness : WITNESSES) {
                checkEffects(witness);
            }
            assertThat(get(port, "/api/v1/dead-letters").get("deadLetters")).isEmpty();
        } finally {
            publishing = false;
            server.destroyForcibly().waitFor();
        }
    }

    /// By ids, not by totals: what was acknowledged, all of it, and nothing else; and each subject's events took effect
    /// in the order of publishing. After a crash a few may come again, in order too.
    private void checkEffects(String witness) throws IOException {
        Set<String> processed = new java.util.HashSet<>();
        Map<String, Long> latest = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve(witness))) {
            String[] parts = line.split(" ", -1);
            if (processed.add(parts[2])) {
                long number = Long.parseLong(parts[1]);
                long before = latest.getOrDefault(parts[0], -1L);
                assertThat(number)
                        .as("%s: what follows number %d of %s", witness, before, parts[0])
                        .isEqualTo(before + 1);
                latest.put(parts[0], number);
            }
        }
        assertThat(processed).as(witness).isEqualTo(acknowledged);
    }

    /// Publishes batches for its own subjects, each again until it is acknowledged.
    private void publish(int port, int publisher) {
        long[] next = new long[SUBJECTS_EACH];
        Random random = new Random(publisher);
        while (publishing) {
            List<String> ids = new ArrayList<>();
            List<String> events = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                int subject = random.nextInt(SUBJECTS_EACH);
                String account = "account-" + publisher + "-" + subject;
                String id = account + "-" + next[subject]++;
                ids.add(id);
                events.add(Samples.order(id, account));
            }
            String batch = events.stream().collect(Collectors.joining(",", "[", "]"));
            while (!isAcknowledged(port, batch)) {
                LockSupport.parkNanos(REST.toNanos());
            }
            acknowledged.addAll(ids);
        }
    }

    private boolean isAcknowledged(int port, String batch) {
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(uri(port, "/api/v1/events"))
                            .timeout(Duration.ofSeconds(20))
                            .header("Content-Type", TestServer.BATCH)
                            .POST(BodyPublishers.ofString(batch, UTF_8))
                            .build(),
                    BodyHandlers.ofString());
            // Nothing here is wrong but what the kills do: a refusal is a bug, and shows as a publisher that never
            // ends.
            return answer.statusCode() == 202;
        } catch (IOException killed) {
            return false;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private Process start(int port) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "ai.tradesense.server.WitnessServer",
                        folder.toString(),
                        "--server.port=" + port,
                        "--tradesense.data-dir=" + folder.resolve("data"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("server.log").toFile()))
                .start();
    }

    private void awaitReady(int port) {
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            try {
                return get(port, "/api/v1/workers").get("workers").size() == WITNESSES.size();
            } catch (IOException notYet) {
                return false;
            }
        });
    }

    private boolean isAtRest(int port) throws IOException, InterruptedException {
        for (JsonNode worker : get(port, "/api/v1/workers").get("workers")) {
            if (worker.get("lag").asLong() > 0 || worker.get("parked").asLong() > 0) {
                return false;
            }
        }
        return true;
    }

    private JsonNode get(int port, String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = client.send(
                HttpRequest.newBuilder(uri(port, path))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                BodyHandlers.ofByteArray());
        return JsonMapper.shared().readTree(answer.body());
    }

    private static URI uri(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
