package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.Payload;
import ai.tradesense.testkit.services.PostgresServer;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Errors that are thrown inside, such as those of too little memory, end no thread that the log needs.
class ErrorsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Fails once.
    private static final class Failing implements Runnable {
        private final AtomicInteger calls = new AtomicInteger();

        /// With which call from now on.
        Failing with(int call) {
            calls.set(call);
            return this;
        }

        boolean hasFailed() {
            return calls.get() <= 0;
        }

        @Override
        public void run() {
            if (calls.getAndDecrement() == 1) {
                throw new NoClassDefFoundError("of a test");
            }
        }
    }

    /// Meters whose clock fails on one thread.
    private static SimpleMeterRegistry meters(String thread, Failing failing) {
        return new SimpleMeterRegistry(SimpleConfig.DEFAULT, new Clock() {
            @Override
            public long wallTime() {
                return SYSTEM.wallTime();
            }

            @Override
            public long monotonicTime() {
                if (Thread.currentThread().getName().equals(thread)) {
                    failing.run();
                }
                return SYSTEM.monotonicTime();
            }
        });
    }

    @Test
    void what_is_committed_is_known_although_it_could_not_be_measured(@TempDir Path folder) {
        Failing failing = new Failing();
        SimpleMeterRegistry meters = meters("tradesense-log-writer", failing);
        try (JdbcLog log = JdbcLog.open(
                "jdbc:sqlite:" + folder.resolve("log.db"), new JdbcLog.Settings(InstantSource.system(), meters))) {
            failing.with(2); // the first call is when the transaction begins
            log.events().append(List.of(RandomEvents.plain("first", "account")));
            assertThat(failing.hasFailed()).isTrue();

            log.events().append(List.of(RandomEvents.plain("second", "account")));
            assertThat(log.events().head()).isEqualTo(2);
            assertThat(log.transport().health().available()).isTrue();
        }
    }

    @Test
    void a_checkpoint_that_fails_is_not_the_last(@TempDir Path folder) {
        Failing failing = new Failing().with(1);
        SimpleMeterRegistry meters = meters("tradesense-log-checkpointer", failing);
        try (JdbcLog log = JdbcLog.open(
                "jdbc:sqlite:" + folder.resolve("log.db"), new JdbcLog.Settings(InstantSource.system(), meters))) {
            AtomicInteger number = new AtomicInteger();
            await("a checkpoint").atMost(Duration.ofSeconds(30)).until(() -> {
                byte[] bytes = "x".repeat(200_000).getBytes(StandardCharsets.US_ASCII);
                log.events()
                        .append(List.of(RandomEvents.withData(
                                RandomEvents.plain("large-" + number.getAndIncrement(), "account"),
                                Payload.binary(bytes))));
                return meters.get("tradesense.log.checkpoint").timer().count() > 0;
            });
            assertThat(failing.hasFailed()).isTrue();
        }
    }

    @Test
    void a_listener_that_fails_keeps_no_other_from_being_told_of_another_instances_events() {
        String url = PostgresServer.sharedUrl();
        try (JdbcLog one = JdbcLog.open(url);
                JdbcLog other = JdbcLog.open(url)) {
            Failing failing = new Failing().with(1);
            AtomicInteger told = new AtomicInteger();
            one.events().onAppend(failing);
            one.events().onAppend(told::incrementAndGet);

            other.events().append(List.of(RandomEvents.plain("first", "account")));
            await("the failure").until(failing::hasFailed);
            other.events().append(List.of(RandomEvents.plain("second", "account")));

            await("both events").until(() -> told.get() >= 2);
            assertThat(one.transport().health().available()).isTrue();
        }
    }

    @Test
    void a_follower_goes_on_after_an_error() throws SQLException {
        String url = PostgresServer.sharedUrl();
        PostgresDatabase database = PostgresDatabase.open(url, PATIENCE);
        Failing failing = new Failing().with(1);
        LogTail tail = new LogTail(0, 16);
        try (ReadConnections readers = new ReadConnections(database, PATIENCE);
                LogFollower follower = new LogFollower(
                        database,
                        tail,
                        new PostgresTally(readers),
                        new JdbcControlStore(_ -> assertThat(true).isFalse(), readers),
                        failing);
                JdbcLog other = JdbcLog.open(url)) {
            follower.start();
            try (Reader reader = new Reader(other.transport(), "readers")) {
                await("the failure").until(failing::hasFailed);
                other.events().append(List.of(RandomEvents.plain("event", "account")));
                reader.untilHas("event");
            }
            await("the event").until(() -> tail.head() == 1);
            await("good health").until(() -> follower.trouble() == null);
        }
    }

    @Test
    void a_connection_over_which_something_failed_is_not_used_again() {
        PostgresDatabase database = PostgresDatabase.open(PostgresServer.sharedUrl(), PATIENCE);
        AtomicReference<Connection> used = new AtomicReference<>();
        try (ReadConnections readers = new ReadConnections(database, PATIENCE);
                PostgresKeeper keeper = new PostgresKeeper(database, new LogTail(0, 1), PATIENCE)) {
            keeper.start();
            assertThatThrownBy(() -> readers.read(connection -> fail(connection, used)))
                    .isInstanceOf(NoClassDefFoundError.class);
            assertThat(used.get()).matches(ErrorsTest::isClosed);

            assertThatThrownBy(() -> keeper.durably(connection -> fail(connection, used)))
                    .isInstanceOf(NoClassDefFoundError.class);
            assertThat(used.get()).matches(ErrorsTest::isClosed);
            assertThat(keeper.<Boolean>with(Connection::isClosed)).isFalse();
        }
    }

    private static boolean fail(Connection connection, AtomicReference<Connection> used) {
        used.set(connection);
        throw new NoClassDefFoundError("of a test");
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }
}
