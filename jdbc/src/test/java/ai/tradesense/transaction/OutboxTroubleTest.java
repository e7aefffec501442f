package ai.tradesense.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.MemoryTransport;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/// A relay that dies or waits leaves nothing at the server that others have to wait for.
class OutboxTroubleTest {
    private static final Duration LEASE = Duration.ofSeconds(2);

    private final TradeSense platform = TradeSense.builder()
            .transport(new MemoryTransport())
            .parking(new MemoryParkingStore())
            .build();
    private final Outbox outbox = Outbox.of(platform);

    @AfterEach
    void close() {
        platform.close();
    }

    private void fill(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            outbox.createTables(connection);
            outbox.in(connection)
                    .publish(DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                            .id("event")
                            .source(URI.create("/somewhere"))
                            .subject("account")
                            .time(Instant.EPOCH)
                            .build());
        }
    }

    /// Its machine might go before it commits, and the server would keep the locks until it noticed.
    @ParameterizedTest
    @EnumSource(Database.class)
    void a_relay_holds_no_transaction_open(Database kind, @TempDir Path folder) throws SQLException {
        DataSource database = TestDatabases.create(kind, folder);
        fill(database);
        DataSource committingNothing = new DelegatingDataSource(database) {
            @Override
            public Connection getConnection() throws SQLException {
                return goneBeforeCommit(super.getConnection());
            }
        };
        try (OutboxRelay relay = new OutboxRelay(outbox, committingNothing, LEASE)) {
            assertThat(relay.step()).isEqualTo(1);
            assertThat(TestDatabases.number(database, "SELECT COUNT(*) FROM tradesense_outbox"))
                    .isZero();
        }
    }

    private static Connection goneBeforeCommit(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                OutboxTroubleTest.class.getClassLoader(), new Class<?>[] {Connection.class}, (_, method, arguments) -> {
                    if (method.getName().equals("commit")) {
                        throw new SQLException("the machine is gone");
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    @Test
    void however_often_a_relay_tries_one_session_of_its_waits_for_a_lock_at_most() throws SQLException {
        String url = PostgresServer.sharedUrl();
        String schema = url.substring(url.lastIndexOf('=') + 1);
        DataSource database = TestDatabases.postgres(url);
        TestDatabases.execute(database, "CREATE SCHEMA " + schema);
        fill(database);
        DataSource source = TestDatabases.postgres(url + "&ApplicationName=relay-" + schema);
        try (OutboxRelay relay = new OutboxRelay(outbox, source, LEASE, Duration.ofSeconds(3));
                Connection locking = database.getConnection();
                Statement statement = locking.createStatement()) {
            locking.setAutoCommit(false);
            statement.execute("LOCK TABLE tradesense_outbox IN ACCESS EXCLUSIVE MODE");
            for (int attempt = 0; attempt < 3; attempt++) {
                assertThat(relay.step()).isZero();
            }
            assertThat(TestDatabases.number(
                            database,
                            "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'relay-" + schema
                                    + "' AND wait_event_type = 'Lock'"))
                    .isLessThanOrEqualTo(1);
            locking.rollback();

            assertThat(relay.step()).isEqualTo(1);
            assertThat(relay.status()).isEqualTo(new OutboxRelay.Status(0, 0, null));
        }
    }
}
