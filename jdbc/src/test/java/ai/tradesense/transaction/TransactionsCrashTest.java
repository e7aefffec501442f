package ai.tradesense.transaction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.store.Log;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.worker.Worker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/// A service that is killed while it writes orders, publishes them by its outbox and has them take effect by its inbox:
/// each order that was committed takes effect once, those of a subject in order.
class TransactionsCrashTest {
    private static final int KILLS = 3;
    /// As many events are tried one at a time after a crash.
    private static final int MAX_IN_FLIGHT = 100;

    private static final int EFFECTS_BEFORE_KILL = 150;
    private static final EventType TYPE = EventType.parse("Trading.Order.Placed.v1");

    private static ConditionFactory soon(String what) {
        return Awaitility.await(what).atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(20));
    }

    @Test
    void each_committed_order_takes_effect_once_although_the_service_is_killed_again_and_again() throws Exception {
        String url = PostgresServer.sharedUrl();
        DataSource database = TestDatabases.pooled(TestDatabases.postgres(url));
        TestDatabases.execute(database, "CREATE SCHEMA " + url.substring(url.lastIndexOf('=') + 1));
        TestDatabases.execute(
                database,
                "CREATE TABLE placed (subject TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (subject, number))");
        TestDatabases.execute(
                database, "CREATE TABLE effects (place BIGSERIAL PRIMARY KEY, subject TEXT, number INTEGER)");

        for (int kill = 0; kill < KILLS; kill++) {
            Process service = start(url, "writes");
            long before = effects(database);
            soon("effects").until(() -> effects(database) >= before + EFFECTS_BEFORE_KILL);
            service.destroyForcibly().waitFor();
        }
        Process service = start(url, "writes nothing");
        try {
            soon("rest").until(() -> effects(database) == orders(database));
        } finally {
            service.destroyForcibly().waitFor();
        }

        assertThat(orders(database)).isGreaterThanOrEqualTo(KILLS * EFFECTS_BEFORE_KILL);
        assertThat(TestDatabases.number(
                        database,
                        "SELECT COUNT(*) FROM placed FULL JOIN (SELECT subject, number, COUNT(*) AS times FROM effects"
                                + " GROUP BY subject, number) AS happened USING (subject, number)"
                                + " WHERE times IS DISTINCT FROM 1"))
                .as("orders that took no effect or two, and effects of orders that were rolled back")
                .isZero();
        assertThat(TestDatabases.number(
                        database,
                        "SELECT COUNT(*) FROM (SELECT number, LAG(number) OVER (PARTITION BY subject ORDER BY place)"
                                + " AS before FROM effects) AS pairs WHERE number < before"))
                .as("effects that overtook others of their subject")
                .isZero();
        assertThat(TestDatabases.number(database, "SELECT COUNT(*) FROM tradesense_outbox"))
                .isZero();
    }

    private static long effects(DataSource database) {
        return TestDatabases.number(database, "SELECT COUNT(*) FROM effects");
    }

    private static long orders(DataSource database) {
        return TestDatabases.number(database, "SELECT COUNT(*) FROM placed");
    }

    private static Process start(String url, String what) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Service.class.getName(),
                        url,
                        what)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
    }

    /// The service. Its log is in the same database.
    static final class Service {
        private Service() {}

        public static void main(String[] arguments) throws Exception {
            DataSource database = TestDatabases.pooled(TestDatabases.postgres(arguments[0]));
            Log log = JdbcLog.open(
                    arguments[0],
                    new JdbcLog.Settings(InstantSource.system(), new SimpleMeterRegistry())
                            .withLease(Duration.ofSeconds(2)));
            TradeSense platform = TradeSense.builder()
                    .log(log)
                    .limits(new Limits(
                            Limits.DEFAULT.maxPayloadBytes(),
                            Limits.DEFAULT.maxBatchEvents(),
                            MAX_IN_FLIGHT,
                            100,
                            Limits.DEFAULT.maxParked()))
                    .build();
            Outbox outbox = Outbox.of(platform);
            try (Connection connection = database.getConnection()) {
                outbox.createTables(connection);
            }
            Inbox inbox = Inbox.of("effects", database);
            inbox.createTable();
            OutboxRelay.start(outbox, database, Duration.ofSeconds(1));
            platform.register(Worker.named("effects")
                    .on(
                            "Trading.*",
                            (event, _) -> inbox.once(
                                    event,
                                    connection -> insert(
                                            connection, "effects", event.subject(), Integer.parseInt(event.id()))))
                    .build());
            for (int writer = 0; arguments[1].equals("writes") && writer < 3; writer++) {
                String subject = "subject-" + writer;
                Thread.ofPlatform().start(() -> write(database, outbox, subject));
            }
            Thread.currentThread().join(); // until it is killed
        }

        private static void write(DataSource database, Outbox outbox, String subject) {
            Random random = new Random(subject.hashCode());
            int number = Math.toIntExact(TestDatabases.number(
                    database, "SELECT COALESCE(MAX(number), 0) FROM placed WHERE subject = '" + subject + "'"));
            while (true) {
                try (Connection connection = database.getConnection()) {
                    connection.setAutoCommit(false);
                    insert(connection, "placed", subject, number + 1);
                    outbox.in(connection).publish(event(subject, number + 1));
                    if (random.nextInt(5) == 0) {
                        connection.rollback();
                    } else {
                        connection.commit();
                        number++;
                    }
                    LockSupport.parkNanos(20_000_000); // so that the effects keep up between the kills
                } catch (SQLException failure) {
                    throw new IllegalStateException(failure);
                }
            }
        }

        private static void insert(Connection connection, String table, String subject, int number)
                throws SQLException {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO " + table + " (subject, number) VALUES (?, ?)")) {
                insert.setString(1, subject);
                insert.setInt(2, number);
                insert.executeUpdate();
            }
        }

        private static DomainEvent event(String subject, int number) {
            return DomainEvent.builder(TYPE)
                    .id(Integer.toString(number))
                    .source(URI.create("/" + subject))
                    .subject(subject)
                    .time(Instant.EPOCH)
                    .data(Payload.json("{}".getBytes(UTF_8)))
                    .build();
        }
    }
}
