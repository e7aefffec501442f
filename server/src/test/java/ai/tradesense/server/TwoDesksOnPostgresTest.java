package ai.tradesense.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.desk.DeskResult;
import ai.tradesense.desk.TradingDesk;
import ai.tradesense.testkit.services.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two server processes run the trading desk on one PostgreSQL database, and one is killed with `kill -9` on the
/// way.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TwoDesksOnPostgresTest {
    @TempDir
    Path folder;

    @Test
    void the_read_models_of_the_one_that_is_left_are_those_in_memory_to_the_last_byte() throws Exception {
        DeskResult inMemory = inMemory();
        long events = inMemory.events().values().stream()
                .mapToLong(Integer::longValue)
                .sum();
        try (PostgresServer postgres = PostgresServer.with();
                ServerProcess killed = start("killed", postgres.url());
                ServerProcess left = start("left", postgres.url())) {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> stored(left) > events / 3);
            killed.kill();
            assertThat(folder.resolve("killed")).as("the result of the other").doesNotExist();
            Path result = folder.resolve("left");
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> Files.exists(result));

            assertThat(result).hasContent(inMemory.json());
            assertThat(stored(left)).as("nothing lost and nothing stored twice").isEqualTo(events);
        }
    }

    private static DeskResult inMemory() throws InterruptedException {
        try (TradeSense platform =
                        TradeSense.builder().registry(EventCatalog.standard()).build();
                TradingDesk desk = TradingDesk.start(platform, DeskServer.DESK)) {
            return desk.await();
        }
    }

    private ServerProcess start(String name, String storeUrl) throws IOException {
        return ServerProcess.start(
                folder.resolve(name + ".log"),
                DeskServer.class,
                folder.resolve(name),
                "--tradesense.data-dir=" + folder.resolve("data-" + name),
                "--tradesense.store.url=" + storeUrl,
                "--tradesense.store.lease=3s");
    }

    private static long stored(ServerProcess server) throws IOException {
        return server.get("/api/v1/status").at("/store/events").asLong();
    }
}
