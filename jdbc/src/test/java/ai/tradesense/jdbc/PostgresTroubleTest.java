package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.DatabaseException.Reason;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.StoreException;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A real database that is killed, stopped, held up, full of something else: a typed error or a wait that
/// ends, and nothing lost that was acknowledged.
class PostgresTroubleTest {
    private static final JdbcLog.Settings IMPATIENT = new JdbcLog.Settings(
                    InstantSource.system(), new CompositeMeterRegistry())
            .withTimeout(Duration.ofSeconds(1))
            .withLease(Duration.ofSeconds(3));

    private static DomainEvent event(String id) {
        return RandomEvents.plain(id, "account");
    }

    private static Reason reasonOf(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DatabaseException typed) {
                return typed.reason();
            }
        }
        throw new AssertionError("no typed failure", failure);
    }

    @Test
    void killing_backends_in_the_middle_of_appends_loses_nothing_acknowledged_and_stores_nothing_twice()
            throws Exception {
        try (PostgresServer postgres = PostgresServer.with();
                JdbcLog log = JdbcLog.open(postgres.url(), IMPATIENT)) {
            Set<String> acknowledged = new HashSet<>();
            AtomicBoolean going = new AtomicBoolean(true);
            CompletableFuture<Integer> publisher = CompletableFuture.supplyAsync(() -> {
                int failures = 0;
                for (int number = 0; going.get(); number++) {
                    List<DomainEvent> batch = List.of(event(number + "-a"), event(number + "-b"));
                    while (!isSent(log.transport(), batch)) {
                        failures++;
                    }
                    synchronized (acknowledged) {
                        batch.forEach(each -> acknowledged.add(each.id()));
                    }
                }
                return failures;
            });
            for (int kill = 0; kill < 3; kill++) {
                int before = size(acknowledged);
                await("events").until(() -> size(acknowledged) > before + 100);
                assertThat(postgres.killBackends("tradesense-appender")).isEqualTo(1);
            }
            int before = size(acknowledged);
            await("events after the last kill").until(() -> size(acknowledged) > before + 100);
            going.set(false);

            assertThat(publisher.join()).as("publishes that failed").isPositive();
            Set<String> stored = new HashSet<>();
            await("the store to be readable")
                    .ignoreExceptions()
                    .until(() -> log.events().head() > 0);
            assertThat(log.events().head()).as("each once").isEqualTo(acknowledged.size());
            long position = 0;
            while (position < log.events().head()) {
                for (var each :
                        log.events().read(position, EventQuery.ALL, 1_000).events()) {
                    stored.add(each.event().id());
                    position = each.position();
                }
            }
            assertThat(stored).isEqualTo(acknowledged);
            assertThat(log.verify((_, _) -> {}).fault()).isNull();
        }
    }

    private static int size(Set<String> ids) {
        synchronized (ids) {
            return ids.size();
        }
    }

    private static boolean isSent(Transport transport, List<DomainEvent> batch) {
        try {
            transport.send(batch);
            return true;
        } catch (TransportException failure) {
            assertThat(reasonOf(failure)).isIn(Reason.UNREACHABLE, Reason.TIMED_OUT);
            return false;
        }
    }

    @Test
    void a_database_that_is_gone_is_a_typed_error_and_when_it_is_back_everything_goes_on() {
        try (PostgresServer postgres = PostgresServer.with();
                JdbcLog log = JdbcLog.open(postgres.url(), IMPATIENT)) {
            log.transport().send(List.of(event("before")));
            assertThat(log.events().find("before")).isPresent();
            postgres.kill();

            assertThat(reasonOf(catchThrowable(() -> log.transport().send(List.of(event("meanwhile"))))))
                    .isEqualTo(Reason.UNREACHABLE);
            assertThat(reasonOf(catchThrowable(() -> log.events().find("before"))))
                    .isEqualTo(Reason.UNREACHABLE);
            assertThat(reasonOf(catchThrowable(() -> log.parking().end("group", "instance", Set.of()))))
                    .isEqualTo(Reason.UNREACHABLE);
            assertThat(log.transport().health().available()).isFalse();

            postgres.start();
            assertThat(log.events().find("before"))
                    .as("read with the first attempt")
                    .isPresent();
            log.transport().send(List.of(event("meanwhile")));
            assertThat(log.events().head()).isEqualTo(2);
            await("good health").until(() -> log.transport().health().available());
        }
    }

    @Test
    void a_session_that_holds_the_fence_is_named_by_an_error_and_readers_go_on() throws SQLException {
        String url = PostgresServer.sharedUrl();
        try (JdbcLog log = JdbcLog.open(url, IMPATIENT);
                Connection idle = DriverManager.getConnection(url);
                Statement statement = idle.createStatement()) {
            log.transport().send(List.of(event("before")));
            idle.setAutoCommit(false);
            statement.execute("SELECT * FROM log FOR UPDATE");

            Throwable stalled = catchThrowable(() -> log.transport().send(List.of(event("stalled"))));
            assertThat(stalled).isInstanceOf(TransportException.class).hasMessageContaining("statement timeout");
            assertThat(reasonOf(stalled)).isEqualTo(Reason.TIMED_OUT);
            assertThat(log.transport().health().available()).isFalse();
            assertThat(log.transport().health().detail()).contains("could not be written");
            assertThat(log.events().find("before")).isPresent();

            idle.rollback();
            await("good health, although nobody publishes")
                    .until(() -> log.transport().health().available());
            log.transport().send(List.of(event("stalled")));
        }
    }

    @Test
    void a_session_idle_in_a_transaction_elsewhere_stops_nobody() throws SQLException {
        String url = PostgresServer.sharedUrl();
        try (JdbcLog log = JdbcLog.open(url, IMPATIENT);
                JdbcLog other = JdbcLog.open(url, IMPATIENT);
                Connection idle = DriverManager.getConnection(url);
                Statement statement = idle.createStatement();
                Reader reader = new Reader(other.transport(), "readers")) {
            idle.setAutoCommit(false);
            statement.execute("CREATE TABLE elsewhere (number int)"); // so that it has a transaction id
            statement.execute("SELECT * FROM events");

            log.transport().send(List.of(event("event")));

            reader.untilHas("event");
            idle.rollback();
        }
    }

    @Test
    void when_all_connections_that_read_are_in_use_who_waits_is_told() throws InterruptedException {
        String url = PostgresServer.sharedUrl();
        PostgresDatabase database = PostgresDatabase.open(url, Duration.ofSeconds(1));
        try (ReadConnections readers = new ReadConnections(database, Duration.ofMillis(200))) {
            CountDownLatch reading = new CountDownLatch(ReadConnections.MAX);
            CountDownLatch enough = new CountDownLatch(1);
            List<CompletableFuture<Boolean>> slow = IntStream.range(0, ReadConnections.MAX)
                    .mapToObj(_ -> CompletableFuture.supplyAsync(
                            () -> readers.read(_ -> {
                                reading.countDown();
                                return awaits(enough);
                            }),
                            task -> Thread.ofVirtual().start(task)))
                    .toList();
            reading.await();

            assertThat(reasonOf(catchThrowable(() -> readers.read(_ -> true)))).isEqualTo(Reason.POOL_EXHAUSTED);

            enough.countDown();
            slow.forEach(CompletableFuture::join);
            boolean read = readers.read(_ -> true);
            assertThat(read).isTrue();
        }
    }

    private static boolean awaits(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void a_statement_that_takes_too_long_is_ended_by_the_server() {
        PostgresDatabase database = PostgresDatabase.open(PostgresServer.sharedUrl(), Duration.ofMillis(300));
        try (ReadConnections readers = new ReadConnections(database, Duration.ofSeconds(1))) {
            Throwable failure = catchThrowable(() -> readers.read(connection -> {
                try (Statement statement = connection.createStatement()) {
                    return statement.execute("SELECT pg_sleep(60)");
                }
            }));
            assertThat(reasonOf(failure)).isEqualTo(Reason.TIMED_OUT);
        }
    }

    /// The server says it as it does when a file cannot grow.
    @Test
    void a_full_disk_is_said_and_it_goes_on_when_there_is_room() throws SQLException {
        String url = PostgresServer.sharedUrl();
        try (JdbcLog log = JdbcLog.open(url, IMPATIENT);
                Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            log.transport().send(List.of(event("before")));
            statement.execute("""
                    CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                      RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
                    END $$""");
            statement.execute("CREATE TRIGGER fill BEFORE INSERT ON events EXECUTE FUNCTION fill()");

            Throwable failure = catchThrowable(() -> log.events().append(List.of(event("refused"))));
            assertThat(reasonOf(failure)).isEqualTo(Reason.DISK_FULL);
            assertThat(log.events().head()).isOne();

            statement.execute("DROP TRIGGER fill ON events");
            assertThat(log.events().append(List.of(event("refused")))).noneMatch(published -> published.duplicate());
            assertThat(log.verify((_, _) -> {}).events()).isEqualTo(2);
        }
    }

    @Test
    void tables_of_a_newer_version_are_refused_and_left_as_they_are() throws SQLException {
        String url = PostgresServer.sharedUrl();
        JdbcLog.open(url).close();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE tradesense_version SET version = 99");
        }

        assertThatThrownBy(() -> JdbcLog.open(url))
                .isInstanceOf(StoreException.class)
                .hasMessageContainingAll("newer version", "99", "127.0.0.1")
                .extracting(PostgresTroubleTest::reasonOf)
                .isEqualTo(Reason.NEWER_SCHEMA);
    }

    @Test
    void tables_of_something_else_are_refused_and_left_as_they_are() throws SQLException {
        String url = PostgresServer.sharedUrl();
        String schema = url.substring(url.lastIndexOf('=') + 1);
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA " + schema);
            statement.execute("CREATE TABLE events (theirs int)");
        }

        assertThat(reasonOf(catchThrowable(() -> JdbcLog.open(url)))).isEqualTo(Reason.UNSUITABLE);
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE events");
        }
    }

    @Test
    void a_wrong_database_or_url_is_named_without_its_password() {
        String missing = PostgresServer.sharedUrl().replace("/postgres?", "/nowhere?password=secret&");
        assertThatThrownBy(() -> JdbcLog.open(missing))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("nowhere")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> JdbcLog.open("jdbc:postgresql://host:port/log?password=secret"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void several_instances_may_make_the_tables_at_once() {
        String url = PostgresServer.sharedUrl();
        List<CompletableFuture<Void>> opening = IntStream.range(0, 4)
                .mapToObj(_ -> CompletableFuture.runAsync(
                        () -> JdbcLog.open(url).close(),
                        task -> Thread.ofVirtual().start(task)))
                .toList();
        opening.forEach(CompletableFuture::join);
    }

    @Test
    void a_migration_takes_as_long_as_it_takes() throws SQLException {
        String url = PostgresServer.sharedUrl();
        JdbcLog.open(url).close();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE tradesense_version SET version = version - 1");
            connection.setAutoCommit(false);
            statement.execute("SELECT 1 FROM tradesense_version FOR UPDATE"); // what the migration ends with waits
            CompletableFuture<PostgresDatabase> opening =
                    CompletableFuture.supplyAsync(() -> PostgresDatabase.open(url, Duration.ofSeconds(1)));
            await("a statement that has taken longer than any other may")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> opening.isDone() || isWaiting(statement, "tradesense-setup", 4));
            connection.rollback();

            assertThat(opening.join().schema()).startsWith("test");
        }
        JdbcLog.check(url);
    }

    private static boolean isWaiting(Statement statement, String name, int seconds) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE application_name = '"
                + name + "' AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '" + seconds
                + " s'")) {
            return row.next() && row.getInt(1) > 0;
        }
    }

    @Test
    void a_database_whose_transactions_are_stricter_by_default_is_appended_to_by_several() {
        try (PostgresServer postgres = PostgresServer.with("fsync=off")) {
            postgres.execute(
                    "postgres", "ALTER DATABASE postgres SET default_transaction_isolation = 'repeatable read'");
            try (JdbcLog one = JdbcLog.open(postgres.url(), IMPATIENT);
                    JdbcLog other = JdbcLog.open(postgres.url(), IMPATIENT)) {
                List<CompletableFuture<Void>> appending = List.of(one, other).stream()
                        .map(log -> CompletableFuture.runAsync(() -> IntStream.range(0, 200)
                                .forEach(number -> log.events().append(List.of(event(log.hashCode() + "-" + number))))))
                        .toList();
                appending.forEach(CompletableFuture::join);

                assertThat(one.events().head()).isEqualTo(400);
            }
        }
    }

    @Test
    void an_attribute_that_postgresql_cannot_keep_fails_alone() {
        try (JdbcLog log = JdbcLog.open(PostgresServer.sharedUrl(), IMPATIENT)) {
            List<CompletableFuture<Throwable>> sent = IntStream.range(0, 8)
                    .mapToObj(number -> CompletableFuture.supplyAsync(
                            () -> catchThrowable(() -> log.transport().send(List.of(event("event-" + number)))),
                            task -> Thread.ofVirtual().start(task)))
                    .toList();
            assertThat(sent).allSatisfy(each -> assertThat(each.join()).isNull());
            assertThat(log.events().find("a\0b")).isEmpty();
        }
    }
}
