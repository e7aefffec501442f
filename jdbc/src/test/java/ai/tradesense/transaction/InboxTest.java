package ai.tradesense.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.transaction.Inbox.Effect;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// An event takes effect once, however often it comes.
class InboxTest {
    private static final Effect COUNTS = connection -> {
        try (Statement statement = connection.createStatement()) {
            statement.execute("UPDATE effects SET number = number + 1");
        }
    };

    @TempDir
    Path folder;

    private DataSource database;
    private Inbox inbox;

    private void open(Database kind) {
        database = TestDatabases.create(kind, folder);
        inbox = Inbox.of("counters", database);
        inbox.createTable();
        inbox.createTable(); // again changes nothing
        TestDatabases.execute(database, "CREATE TABLE effects (number INTEGER NOT NULL)");
        TestDatabases.execute(database, "INSERT INTO effects VALUES (0)");
    }

    private long effects() {
        return TestDatabases.number(database, "SELECT number FROM effects");
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void an_event_that_comes_again_has_no_second_effect(Database kind) throws Exception {
        open(kind);
        assertThat(inbox.once(event("1"), COUNTS)).isTrue();
        assertThat(inbox.once(event("1"), COUNTS)).isFalse();
        assertThat(inbox.once(event("2"), COUNTS)).isTrue();
        assertThat(effects()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void each_worker_has_its_own_inbox(Database kind) throws Exception {
        open(kind);
        inbox.once(event("1"), COUNTS);
        assertThat(Inbox.of("others", database).once(event("1"), COUNTS)).isTrue();
        assertThat(effects()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void an_effect_that_fails_is_undone_and_the_event_is_as_if_it_had_not_come(Database kind) throws Exception {
        open(kind);
        assertThatThrownBy(() -> inbox.once(event("1"), connection -> {
                    COUNTS.apply(connection);
                    throw new IOException("the other half could not be done");
                }))
                .isInstanceOf(IOException.class);
        assertThat(effects()).isZero();
        assertThat(inbox.once(event("1"), COUNTS)).isTrue();
        assertThat(effects()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void of_deliveries_at_the_same_time_one_takes_effect(Database kind) throws Exception {
        open(kind);
        CyclicBarrier barrier = new CyclicBarrier(4);
        Callable<Boolean> delivery = () -> {
            barrier.await();
            return inbox.once(event("1"), COUNTS);
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            int effective = 0;
            for (Future<Boolean> each : threads.invokeAll(List.of(delivery, delivery, delivery, delivery))) {
                effective += each.get() ? 1 : 0;
            }
            assertThat(effective).isEqualTo(1);
        }
        assertThat(effects()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void a_transaction_that_is_under_way_is_joined_and_left_to_who_began_it(Database kind) throws Exception {
        open(kind);
        Inbox joined = Inbox.of("counters", new TransactionAwareDataSourceProxy(database));
        new TransactionTemplate(new JdbcTransactionManager(database)).executeWithoutResult(status -> {
            assertThatCode(() -> joined.once(event("1"), COUNTS)).doesNotThrowAnyException();
            status.setRollbackOnly();
        });
        assertThat(effects()).isZero();
        assertThat(inbox.once(event("1"), COUNTS)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_was_processed_too_long_ago_is_forgotten(Database kind) throws Exception {
        open(kind);
        inbox.once(event("1"), COUNTS);
        TestDatabases.execute(database, "UPDATE tradesense_inbox SET processed_at = processed_at - 61000");
        inbox.once(event("2"), COUNTS);
        assertThat(inbox.keptFor(Duration.ofMinutes(2)).prune()).isZero();
        assertThat(inbox.keptFor(Duration.ofMinutes(1)).prune()).isEqualTo(1);
        assertThat(TestDatabases.number(database, "SELECT COUNT(*) FROM tradesense_inbox WHERE id = '2'"))
                .isEqualTo(1);
    }

    private static DomainEvent event(String id) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/somewhere"))
                .subject("a")
                .time(Instant.EPOCH)
                .build();
    }
}
