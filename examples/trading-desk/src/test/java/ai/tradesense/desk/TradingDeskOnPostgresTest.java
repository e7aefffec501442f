package ai.tradesense.desk;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.testkit.services.PostgresServer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TradingDeskOnPostgresTest {
    private static final DeskSettings SETTINGS = DeskSettings.generated(42, 240).withAccounts(7);

    @Test
    void the_result_on_postgresql_is_that_in_memory_to_the_last_byte() throws InterruptedException {
        DeskResult inMemory;
        try (TradeSense platform =
                        TradeSense.builder().registry(EventCatalog.standard()).build();
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            inMemory = desk.await();
        }
        try (JdbcLog log = JdbcLog.open(PostgresServer.sharedUrl());
                TradeSense platform = TradeSense.builder()
                        .registry(EventCatalog.standard())
                        .log(log)
                        .build();
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            DeskResult onPostgres = desk.await();

            assertThat(onPostgres.json()).isEqualTo(inMemory.json());
            assertThat(log.events().count())
                    .as("nothing lost and nothing stored twice")
                    .isEqualTo(onPostgres.events().values().stream()
                            .mapToLong(Integer::longValue)
                            .sum());
        }
    }
}
