package ai.tradesense.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TradingDeskOnSqliteTest {
    private static final DeskSettings SETTINGS =
            DeskSettings.generated(42, 600).withAccounts(10).withRun("run-2");

    @TempDir
    private Path folder;

    @Test
    void the_result_on_the_embedded_log_is_that_in_memory_to_the_last_byte() throws InterruptedException {
        DeskResult inMemory;
        try (TradeSense platform = platform();
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            inMemory = desk.await();
        }
        try (JdbcLog log = log();
                TradeSense platform = platform(log);
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            DeskResult onSqlite = desk.await();

            assertThat(onSqlite.json()).isEqualTo(inMemory.json());
            assertThat(log.events().count())
                    .as("nothing lost and nothing stored twice")
                    .isEqualTo(onSqlite.events().values().stream()
                            .mapToLong(Integer::longValue)
                            .sum());
        }
    }

    @Test
    void a_run_on_a_log_that_another_run_was_cut_off_on_has_the_result_of_a_fresh_one() throws InterruptedException {
        DeskResult fresh;
        try (TradeSense platform = platform();
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            fresh = desk.await();
        }
        try (JdbcLog log = log();
                TradeSense platform = platform(log);
                TradingDesk desk = TradingDesk.start(platform, SETTINGS.withRun("run-1"))) {
            await().until(() -> desk.barsDone() >= 100);
        }
        try (JdbcLog log = log();
                TradeSense platform = platform(log);
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            assertThat(desk.await()).isEqualTo(fresh);
            await().untilAsserted(() -> assertThat(platform.workers().workers())
                    .allSatisfy(worker -> assertThat(worker.lag() + worker.inFlight() + worker.parked())
                            .as(worker.name())
                            .isZero()));
            assertThat(platform.parking().deadLetters(new DeadLetterQuery(null, null, null, null, 100)))
                    .as("one for each run")
                    .extracting(letter -> letter.key().subject())
                    .isEqualTo(List.of("run-2-U001", "run-1-U001"));
        }
    }

    private JdbcLog log() {
        return JdbcLog.open("jdbc:sqlite:" + folder.resolve("desk.db"));
    }

    private static TradeSense platform() {
        return TradeSense.builder().registry(EventCatalog.standard()).build();
    }

    private static TradeSense platform(JdbcLog log) {
        return TradeSense.builder().registry(EventCatalog.standard()).log(log).build();
    }
}
