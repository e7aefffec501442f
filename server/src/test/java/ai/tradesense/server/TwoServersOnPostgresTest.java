package ai.tradesense.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.testkit.services.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two server processes share one PostgreSQL database, and one is killed with `kill -9` on the way.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TwoServersOnPostgresTest {
    private static final int SUBJECTS = 40;
    private static final int BATCH = 20;
    private static final Duration REST = Duration.ofMillis(20); // leaves the processor to servers that start
    private static final int ENOUGH = 2_000;

    @TempDir
    Path folder;

    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private volatile boolean publishing = true;

    @Test
    void every_acknowledged_event_is_processed_by_every_group_in_order_although_one_is_killed() throws Exception {
        try (PostgresServer postgres = PostgresServer.with();
                ServerProcess killed = start("killed", postgres.url());
                ServerProcess left = start("left", postgres.url())) {
            killed.awaitWorkers(Witness.NAMES.size());
            left.awaitWorkers(Witness.NAMES.size());
            assertThat(left.get("/api/v1/status").at("/transport/detail").asString())
                    .contains("PostgreSQL at 127.0.0.1");
            Thread publisher = Thread.startVirtualThread(() -> publish(List.of(killed, left)));
            awaitAcknowledged(ENOUGH);
            killed.kill();
            awaitAcknowledged(acknowledged.size() + ENOUGH);
            publishing = false;
            publisher.join();
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(left::isAtRest);

            Witness.assertSaw(folder, acknowledged);
            assertThat(left.get("/api/v1/dead-letters").get("deadLetters")).isEmpty();
        } finally {
            publishing = false;
        }
    }

    private ServerProcess start(String name, String storeUrl) throws IOException {
        return ServerProcess.start(
                folder.resolve(name + ".log"),
                WitnessServer.class,
                folder,
                "--tradesense.data-dir=" + folder.resolve(name),
                "--tradesense.store.url=" + storeUrl,
                "--tradesense.store.lease=3s");
    }

    private void awaitAcknowledged(int events) {
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> acknowledged.size() >= events);
    }

    /// Publishes to one server after the other, each batch again until one of them acknowledges it.
    private void publish(List<ServerProcess> servers) {
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
            for (int attempt = round; !servers.get(attempt % servers.size()).acknowledges(events); attempt++) {
                LockSupport.parkNanos(REST.toNanos());
            }
            acknowledged.addAll(ids);
        }
    }
}
