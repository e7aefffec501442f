package ai.tradesense.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.desk.DeskResult;
import ai.tradesense.desk.DeskSettings;
import ai.tradesense.desk.TradingDesk;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.testkit.services.RabbitServer;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TradingDeskOnRabbitStreamsTest {
    private static final DeskSettings SETTINGS = DeskSettings.generated(7, 240).withAccounts(7);

    @Test
    void the_trading_desk_comes_to_the_same_read_models_as_in_memory() throws InterruptedException {
        DeskResult inMemory = run(TradeSense.builder());
        RabbitServer.shared().streams(); // waits until they are there
        RabbitStreamSettings settings = RabbitStreamSettings.of(
                        RabbitServer.shared().streamUrl())
                .withPrefix("desk-" + UUID.randomUUID())
                .withPartitions(3);
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings)) {
            DeskResult onStreams = run(TradeSense.builder().transport(transport).parking(new MemoryParkingStore()));

            assertThat(onStreams.json()).isEqualTo(inMemory.json());
            assertThat(onStreams).isEqualTo(inMemory);
        }
    }

    private static DeskResult run(TradeSense.Builder builder) throws InterruptedException {
        try (TradeSense platform = builder.registry(EventCatalog.standard()).build();
                TradingDesk desk = TradingDesk.start(platform, SETTINGS)) {
            return desk.await();
        }
    }
}
