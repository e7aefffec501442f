package ai.tradesense.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.testkit.services.PostgresServer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TradingDeskOnPostgresTest {
    private static final DeskSettings SETTINGS = DeskSettings.generated(42, 240).withAccounts(7);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Test
    void the_result_on_postgresql_is_that_in_memory_to_the_last_byte() throws InterruptedException {
        DeskResult inMemory = inMemory();
        try (Instance only = new Instance(PostgresServer.sharedUrl(), "only", SETTINGS)) {
            DeskResult onPostgres = only.desk.await();

            assertThat(onPostgres.json()).isEqualTo(inMemory.json());
            assertThat(only.log.events().count())
                    .as("nothing lost and nothing stored twice")
                    .isEqualTo(eventsOf(onPostgres));
        }
    }

    @Test
    void instances_of_one_run_that_come_and_go_have_the_result_in_memory_each() throws InterruptedException {
        DeskResult inMemory = inMemory();
        String url = PostgresServer.sharedUrl();
        try (Instance stays = new Instance(url, "stays", SETTINGS)) {
            try (Instance leaves = new Instance(url, "leaves", SETTINGS)) {
                await().atMost(MINUTE).until(() -> leaves.desk.barsDone() > 60);
            }
            try (Instance joins = new Instance(url, "joins", SETTINGS)) {
                assertThat(joins.desk.await()).isEqualTo(inMemory);
                assertThat(stays.desk.await()).isEqualTo(inMemory);
            }
            try (Instance late = new Instance(url, "late", SETTINGS)) {
                assertThat(late.desk.await()).as("taken up after its end").isEqualTo(inMemory);
            }
            assertThat(stays.log.events().count())
                    .as("nothing lost and nothing stored twice")
                    .isEqualTo(eventsOf(inMemory));
        }
    }

    @Test
    void instances_with_a_run_of_their_own_each_share_the_work_and_do_not_disturb_each_other()
            throws InterruptedException {
        DeskResult inMemory = inMemory();
        String url = PostgresServer.sharedUrl();
        try (Instance one = new Instance(url, "one", SETTINGS.withRun("first"));
                Instance other = new Instance(url, "other", SETTINGS.withRun("second"))) {
            assertThat(one.desk.await()).isEqualTo(inMemory);
            assertThat(other.desk.await()).isEqualTo(inMemory);
        }
    }

    private static DeskResult inMemory() throws InterruptedException {
        try (TradeSense platform =
                        TradeSense.builder().registry(EventCatalog.standard()).build();
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            return desk.await();
        }
    }

    private static long eventsOf(DeskResult result) {
        return result.events().values().stream().mapToLong(Integer::longValue).sum();
    }

    /// A platform of its own on a log that others share.
    private static final class Instance implements AutoCloseable {
        private final JdbcLog log;
        private final TradeSense platform;
        private final TradingDesk desk;

        Instance(String url, String name, DeskSettings settings) {
            log = JdbcLog.open(url);
            platform = TradeSense.builder()
                    .registry(EventCatalog.standard())
                    .instance(name)
                    .log(log)
                    .build();
            desk = TradingDesk.start(platform, settings);
        }

        @Override
        public void close() {
            desk.close();
            platform.close();
            log.close();
        }
    }
}
