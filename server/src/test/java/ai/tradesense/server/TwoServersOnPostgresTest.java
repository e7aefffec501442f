package ai.tradesense.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.testkit.services.PostgresServer;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Two server processes share one PostgreSQL database, and one is killed with `kill -9` on the way.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TwoServersOnPostgresTest {
    private static final int SUBJECTS = 40;
    private static final int BATCH = 20;
    private static final Duration REST = Duration.ofMillis(20); // leaves the processor to servers that start
    private static final int ENOUGH = 2_000;
    private static final List<String> WITNESSES = List.of("steady", "flaky", "flakier");

    @TempDir
    Path folder;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final List<Integer> ports = new ArrayList<>();
    private volatile boolean publishing = true;

    @Test
    void every_acknowledged_event_is_processed_by_every_group_in_order_although_one_is_killed() throws Exception {
        try (PostgresServer postgres = PostgresServer.with()) {
            List<Process> servers = new ArrayList<>();
            try {
                for (int number = 0; number < 2; number++) {
                    ports.add(freePort());
                    servers.add(start(number, postgres.url()));
                }
                ports.forEach(this::awaitReady);
                assertThat(get(ports.getFirst(), "/api/v1/status")
                                .at("/transport/detail")
                                .asString())
                        .contains("PostgreSQL at 127.0.0.1");
                Thread publisher = Thread.startVirtualThread(this::publish);
                awaitAcknowledged(ENOUGH);
                servers.getFirst().destroyForcibly().waitFor();
                awaitAcknowledged(acknowledged.size() + ENOUGH);
                publishing = false;
                publisher.join();
                Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> isAtRest(ports.getLast()));

                for (String witness : WITNESSES) {
                    checkEffects(witness);
                }
                assertThat(get(ports.getLast(), "/api/v1/dead-letters").get("deadLetters"))
                        .isEmpty();
            } finally {
                publishing = false;
                servers.forEach(Process::destroyForcibly);
            }
        }
    }

    /// The first time that each event took effect, whichever server it was on.
    private void checkEffects(String witness) throws IOException {
        Set<String> processed = new HashSet<>();
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

    private void awaitAcknowledged(int events) {
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> acknowledged.size() >= events);
    }

    /// Publishes to one server after the other, each batch again until one of them acknowledges it.
    private void publish() {
        long[] next = new long[SUBJECTS];
        for (int round = 0; publishing; round++) {
            List<String> ids = new ArrayList<>();
            List<String> events = new ArrayList<>();
            for (int each = 0; each < BATCH; each++) {
                int subject = (round * BATCH + each) % SUBJECTS;
                String id = "account-" + subject + "-" + next[subject]++;
                ids.add(id);
                events.add(Samples.order(id, "account-" + subject));
            }
            String batch = events.stream().collect(Collectors.joining(",", "[", "]"));
            for (int attempt = round; !isAcknowledged(ports.get(attempt % ports.size()), batch); attempt++) {
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
            return answer.statusCode() == 202;
        } catch (IOException killed) {
            return false;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private Process start(int number, String storeUrl) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "ai.tradesense.server.WitnessServer",
                        folder.toString(),
                        "--server.port=" + ports.get(number),
                        "--tradesense.data-dir=" + folder.resolve("data-" + number),
                        "--tradesense.store.url=" + storeUrl)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server-" + number + ".log").toFile())
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
