package ai.tradesense.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server process is killed with `kill -9` under load, again and again, and nothing that it acknowledged is lost.
class CrashTest {
    private static final int KILLS = 10;
    private static final int PUBLISHERS = 4;
    private static final int SUBJECTS_EACH = 25;
    private static final int BATCH = 20;
    private static final Duration REST = Duration.ofMillis(20); // leaves the processor to servers that start

    @TempDir
    Path folder;

    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private volatile boolean publishing = true;

    @Test
    void every_acknowledged_event_is_processed_by_every_group_in_order_through_ten_kills() throws Exception {
        Random random = new Random(20_261_122);
        try (ServerProcess server = ServerProcess.start(
                folder.resolve("server.log"),
                WitnessServer.class,
                folder,
                "--tradesense.data-dir=" + folder.resolve("data"))) {
            server.awaitWorkers(Witness.NAMES.size());
            List<Thread> publishers = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                int publisher = i;
                publishers.add(Thread.startVirtualThread(() -> publish(server, publisher)));
            }
            for (int kill = 0; kill < KILLS; kill++) {
                int until = acknowledged.size() + 500 + random.nextInt(2_000);
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ofMillis(1 + random.nextInt(20)))
                        .until(() -> acknowledged.size() >= until);
                server.kill();
                server.startAgain();
                server.awaitWorkers(Witness.NAMES.size());
            }
            publishing = false;
            for (Thread publisher : publishers) {
                publisher.join();
            }
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(server::isAtRest);

            Witness.assertSaw(folder, acknowledged);
            assertThat(server.get("/api/v1/dead-letters").get("deadLetters")).isEmpty();
        } finally {
            publishing = false;
        }
    }

    /// Publishes batches for its own subjects, each again until it is acknowledged. Nothing here is wrong but what the
    /// kills do: a refusal is a bug, and shows as a publisher that never ends.
    private void publish(ServerProcess server, int publisher) {
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
            while (!server.acknowledges(events)) {
                LockSupport.parkNanos(REST.toNanos());
            }
            acknowledged.addAll(ids);
        }
    }
}
