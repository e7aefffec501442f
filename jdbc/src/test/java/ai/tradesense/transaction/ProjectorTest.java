package ai.tradesense.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.EventType;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StoredEvent;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The rows of a read model and the position behind them are one, whoever runs it and whatever fails.
class ProjectorTest {
    private static final Duration SILENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private Instant now = Instant.EPOCH;
    private final InstantSource clock = () -> now;
    private final MemoryEventStore store = new MemoryEventStore(clock);
    private final List<Projector> projectors = new ArrayList<>();
    private DataSource database;

    private void open(Database kind) {
        database = TestDatabases.create(kind, folder);
    }

    private Projector projector(Projection projection) {
        return projector(projection, SILENCE);
    }

    private Projector projector(Projection projection, Duration maxSilence) {
        Projector projector = new Projector(projection, store, database, maxSilence, Duration.ZERO, clock);
        projectors.add(projector);
        projector.createTables();
        return projector;
    }

    @AfterEach
    void close() {
        projectors.forEach(Projector::close);
    }

    /// Appends the events of some numbers.
    private void append(int from, int to) {
        store.append(IntStream.rangeClosed(from, to)
                .mapToObj(number -> Totals.event("a", number))
                .toList());
    }

    private static void catchUp(Projector projector) throws InterruptedException {
        while (projector.live().doWork() > 0) {}
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void events_are_applied_once_and_the_position_moves_with_their_rows(Database kind) throws Exception {
        open(kind);
        Projector projector = projector(new Totals());
        append(1, 1_000);
        assertThat(projector.status().lag()).isEqualTo(1_000);
        projector.live().doWork();
        assertThat(projector.status().position()).isEqualTo(200);
        assertThat(Totals.applied(database)).isEqualTo(200);

        catchUp(projector);
        assertThat(projector.status())
                .isEqualTo(new Projector.Status(new Generation("totals", 1, 1), 1_000, 0, null, null));
        assertThat(Totals.total(database)).isEqualTo(500_500);

        Projector restarted = projector(new Totals());
        append(1_001, 1_002);
        catchUp(restarted);
        assertThat(Totals.applied(database)).isEqualTo(1_002);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_does_not_match_is_passed_over_and_the_position_with_it(Database kind) throws Exception {
        open(kind);
        Projector projector = projector(new Totals() {
            @Override
            public EventQuery filter() {
                return new EventQuery(
                        TypeFilter.of("Trading.*"),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        1,
                        EventQuery.ALL.order());
            }
        });
        append(1, 3);
        EventType other = EventType.parse("Payments.Account.PaidIn.v1");
        store.append(IntStream.rangeClosed(4, 600)
                .mapToObj(number -> Totals.event(other, "b", number))
                .toList());
        catchUp(projector);
        assertThat(projector.status().lag()).isZero();

        store.append(List.of(Totals.event(other, "b", 601)));
        catchUp(projector); // too soon to write down again that nothing came
        append(602, 602);
        catchUp(projector);
        assertThat(projector.status().lag()).isZero();
        store.append(List.of(Totals.event(other, "b", 603)));
        now = now.plusSeconds(1);
        catchUp(projector);
        assertThat(projector.status().position()).isEqualTo(603);
        assertThat(Totals.total(database)).isEqualTo(1 + 2 + 3 + 602);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void an_event_that_fails_stops_the_projection_before_it_until_it_can_be_applied(Database kind) throws Exception {
        open(kind);
        AtomicBoolean poisonous = new AtomicBoolean(true);
        Projector projector = projector(new Totals(1, event -> {
            if (event.position() == 67 && poisonous.get()) {
                throw new StackOverflowError("the number of the beast"); // as bad as it gets
            }
        }));
        Projector other = projector(new Totals());
        append(1, 100);
        catchUp(projector);

        assertThat(Totals.applied(database)).isEqualTo(66);
        assertThat(projector.status().position()).isEqualTo(66);
        assertThat(projector.status().lag()).isEqualTo(34);
        assertThat(projector.status().trouble())
                .contains("position 67", "Trading.Order.Placed.v1", "id 67", "the number of the beast");
        assertThat(other.status().trouble()).isEqualTo(projector.status().trouble());

        now = now.plusSeconds(2);
        catchUp(projector); // fails again
        assertThat(Totals.applied(database)).isEqualTo(66);
        poisonous.set(false);
        now = now.plusSeconds(2);
        catchUp(projector);
        assertThat(projector.status().trouble()).isNull();
        assertThat(other.status().trouble()).isNull();
        assertThat(Totals.total(database)).isEqualTo(5_050);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void one_that_read_the_position_and_then_hung_commits_nothing(Database kind) throws Exception {
        open(kind);
        Projector other = projector(new Totals());
        AtomicBoolean hangs = new AtomicBoolean(true);
        Projector projector = projector(new Totals() {
            @Override
            public EventQuery filter() { // is asked for after the position was read
                if (hangs.getAndSet(false)) {
                    step(other);
                }
                return super.filter();
            }
        });
        append(1, 300);
        catchUp(projector);
        assertThat(hangs).isFalse();
        assertThat(projector.status().trouble()).isNull();
        assertThat(Totals.total(database)).isEqualTo(45_150);
    }

    private static void step(Projector projector) {
        try {
            assertThat(projector.live().doWork()).isPositive();
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void one_that_hangs_in_its_transaction_holds_nobody_up_and_commits_nothing() throws Exception {
        open(Database.POSTGRESQL);
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch wakesUp = new CountDownLatch(1);
        Projector projector = projector(
                new Totals(1, event -> {
                    if (event.position() == 2 && hangs.getCount() > 0) {
                        hangs.countDown();
                        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> wakesUp.getCount() == 0);
                    }
                }),
                Duration.ofSeconds(1));
        Projector other = projector(new Totals());
        append(1, 3);
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<Integer> hanging = threads.submit(() -> projector.live().doWork());
            hangs.await();
            catchUp(other); // once PostgreSQL has ended the session of the one that hangs
            assertThat(Totals.applied(database)).isEqualTo(3);
            wakesUp.countDown();
            hanging.get();
        }
        append(4, 4);
        catchUp(projector);
        assertThat(projector.status().trouble()).isNull();
        assertThat(Totals.total(database)).isEqualTo(10);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void of_projectors_that_race_one_applies_each_event(Database kind) {
        open(kind);
        for (int i = 0; i < 3; i++) {
            Projector racing =
                    new Projector(new Totals(), store, database, SILENCE, Duration.ZERO, InstantSource.system());
            projectors.add(racing);
            racing.createTables();
            racing.run();
        }
        for (int batch = 0; batch < 100; batch++) {
            append(batch * 20 + 1, batch * 20 + 20);
        }
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> projectors.getFirst().status().lag() == 0);
        assertThat(Totals.applied(database)).isEqualTo(2_000);
        assertThat(Totals.total(database)).isEqualTo(2_001_000);
        assertThat(projectors).extracting(each -> each.status().trouble()).containsOnlyNulls();
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void projectors_that_start_at_the_same_time_make_the_tables_once(Database kind) throws Exception {
        open(kind);
        append(1, 10);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            CountDownLatch together = new CountDownLatch(4);
            List<Future<Projector>> started = IntStream.range(0, 4)
                    .mapToObj(_ -> threads.submit(() -> {
                        together.countDown();
                        together.await();
                        return Projector.start(new Totals(), store, database);
                    }))
                    .toList();
            for (Future<Projector> each : started) {
                projectors.add(each.get());
            }
        }
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> Totals.applied(database) == 10);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_an_event_leads_to_happens_once_and_not_for_history(Database kind) throws Exception {
        open(kind);
        TestDatabases.execute(database, "CREATE TABLE mails (position BIGINT)");
        append(1, 5);
        Projector projector = projector(new Reacting(false));
        catchUp(projector);
        append(6, 8);
        catchUp(projector);
        projector.rebuild(1_000_000);
        append(9, 9);
        catchUp(projector);
        finish(projector);
        append(10, 10);
        catchUp(projector);
        assertThat(Totals.live(database).number()).isEqualTo(2);
        assertThat(mails("SUM(position)")).isEqualTo(6 + 7 + 8 + 9 + 10);
        assertThat(mails("COUNT(*)")).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_an_event_leads_to_happens_for_history_too_if_that_is_said(Database kind) throws Exception {
        open(kind);
        TestDatabases.execute(database, "CREATE TABLE mails (position BIGINT)");
        append(1, 5);
        Projector projector = projector(new Reacting(true));
        catchUp(projector);
        assertThat(mails("COUNT(*)")).isEqualTo(5);
        projector.rebuild(1_000_000);
        finish(projector);
        assertThat(mails("COUNT(*)")).isEqualTo(10);
    }

    private long mails(String what) {
        return TestDatabases.number(database, "SELECT " + what + " FROM mails");
    }

    private static final class Reacting extends Totals {
        private final boolean toHistory;

        Reacting(boolean toHistory) {
            this.toHistory = toHistory;
        }

        @Override
        public void react(StoredEvent event, Generation generation, Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO mails VALUES (" + event.position() + ")");
            }
        }

        @Override
        public boolean reactsToHistory() {
            return toHistory;
        }
    }

    /// Steps a rebuild until it has ended.
    private static void finish(Projector projector) {
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            projector.rebuilding().doWork();
            return projector.status().rebuild() == null;
        });
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void a_store_that_ends_before_the_position_is_not_read(Database kind) throws Exception {
        open(kind);
        append(1, 3);
        catchUp(projector(new Totals()));
        Projector astray =
                new Projector(new Totals(), new MemoryEventStore(clock), database, SILENCE, Duration.ZERO, clock);
        projectors.add(astray);
        catchUp(astray);
        assertThat(astray.status().trouble()).contains("position 3", "ends at 0");
        astray.rebuild(1_000);
        astray.rebuilding().doWork();
        assertThat(astray.status().rebuild().trouble()).contains("position 3", "ends at 0");
        assertThat(Totals.live(database).number()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void a_projection_that_was_never_started_has_no_live_generation(Database kind) throws Exception {
        open(kind);
        projector(new Totals());
        try (Connection connection = database.getConnection()) {
            assertThatThrownBy(() -> Generation.live("others", connection))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("others");
        }
        assertThatThrownBy(() -> projector(new Totals() {
                    @Override
                    public String name() {
                        return "x; DROP TABLE y";
                    }
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("x; DROP TABLE y");
    }
}
