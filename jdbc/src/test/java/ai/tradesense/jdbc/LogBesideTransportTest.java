package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.store.EventQuery;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.transport.MemoryTransport;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What must outlive the process when something else than the log carries the events.
class LogBesideTransportTest {
    @TempDir
    private Path folder;

    private JdbcLog log() {
        return JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
    }

    @Test
    void on_a_transport_that_outlives_it_no_platform_is_built_without_a_place_for_what_is_parked() {
        try (JdbcLog log = log()) {
            LogTransport durable = new LogTransport(log);
            assertThatIllegalStateException()
                    .isThrownBy(() -> TradeSense.builder().transport(durable).build())
                    .withMessageContainingAll(durable.name(), ".parking(", ".log(");
            TradeSense.builder()
                    .transport(durable)
                    .parking(new MemoryParkingStore())
                    .build()
                    .close();
        }
    }

    @Test
    void a_log_records_what_another_transport_carries() {
        try (JdbcLog log = log();
                MemoryTransport transport = new MemoryTransport();
                TradeSense platform =
                        TradeSense.builder().log(log).transport(transport).build()) {
            platform.publish(Reader.event("one", "account"));

            await().untilAsserted(() -> assertThat(
                            log.events().read(0, EventQuery.ALL, 10).events())
                    .extracting(stored -> stored.event().id())
                    .containsExactly("one"));
        }
    }
}
