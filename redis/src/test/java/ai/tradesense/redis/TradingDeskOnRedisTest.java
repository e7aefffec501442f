package ai.tradesense.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.desk.DeskResult;
import ai.tradesense.desk.DeskSettings;
import ai.tradesense.desk.TradingDesk;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.testkit.services.RedisServer;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TradingDeskOnRedisTest {
    private static final DeskSettings SETTINGS = DeskSettings.generated(7, 240).withAccounts(7);

    @Test
    void the_trading_desk_comes_to_the_same_read_models_as_in_memory() throws InterruptedException {
        DeskResult inMemory = run(TradeSense.builder());
        RedisSettings settings = RedisSettings.of(RedisServer.sharedUrl()).withPrefix("desk-" + UUID.randomUUID());
        try (RedisTransport transport = RedisTransport.open(settings)) {
            DeskResult onRedis = run(TradeSense.builder().transport(transport).parking(new MemoryParkingStore()));

            assertThat(onRedis.json()).isEqualTo(inMemory.json());
            assertThat(onRedis).isEqualTo(inMemory);
        }
    }

    private static DeskResult run(TradeSense.Builder builder) throws InterruptedException {
        try (TradeSense platform = builder.registry(EventCatalog.standard()).build();
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            return desk.await();
        }
    }
}
