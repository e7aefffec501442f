package ai.tradesense.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.store.EventQuery;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.store.StoredEvent;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A read model is made anew beside the one that is read, and takes its place at the same position.
class RebuildTest {
    private static final int FAST = 1_000_000;
    private static final int ONE_AT_A_TIME = 4;
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final String DUE = "UPDATE tradesense_projections SET next_at = 0 WHERE state = 'REBUILDING'";

    @TempDir
    Path folder;

    private Instant now = Instant.EPOCH;
    private final InstantSource clock = () -> now;
    private final MemoryEventStore store = new MemoryEventStore(clock);
    private final List<Projector> projectors = new ArrayList<>();
    private DataSource database;

    private static ConditionFactory soon() {
        return Awaitility.await().atMost(Duration.ofMinutes(1));
    }

    private Projector projector(Projection projection) {
        Projector projector = new Projector(projection, store, database, SILENCE, Duration.ZERO, clock);
        projectors.add(projector);
        projector.createTables();
        return projector;
    }

    @AfterEach
    void close() {
        projectors.forEach(Projector::close);
    }

    private void append(int from, int to) {
        store.append(IntStream.rangeClosed(from, to)
                .mapToObj(number -> Totals.event("a", number))
                .toList());
    }

    private static void catchUp(Projector projector) throws InterruptedException {
        while (projector.live().doWork() > 0) {}
    }

    private static void finish(Projector projector) {
        soon().until(() -> {
            projector.rebuilding().doWork();
            return projector.status().rebuild() == null;
        });
    }

    private boolean hasTable(String name) {
        try (Connection connection = database.getConnection();
                ResultSet tables = connection.getMetaData().getTables(null, connection.getSchema(), name, null)) {
            return tables.next();
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void readers_keep_the_live_rows_until_the_new_ones_take_their_place(Database kind) throws Exception {
        database = TestDatabases.create(kind, folder);
        Projector projector = projector(new Totals());
        append(1, 500);
        catchUp(projector);
        TestDatabases.execute(database, "UPDATE totals_g1 SET total = 0");

        Generation made = projector.rebuild(FAST);
        assertThat(made).isEqualTo(new Generation("totals", 2, 1));
        projector.rebuilding().doWork();
        assertThat(projector.status().rebuild()).isEqualTo(new Projector.Rebuild(made, 200, 500, FAST, null));
        assertThat(Totals.live(database).number()).isEqualTo(1);
        assertThat(Totals.total(database)).isZero();
        append(501, 510); // which the live one does not have yet
        finish(projector);

        assertThat(projector.status()).isEqualTo(new Projector.Status(made, 500, 10, null, null));
        assertThat(Totals.total(database)).isEqualTo(125_250);
        assertThat(hasTable("totals_g1")).isTrue();
        projector.rebuilding().doWork();
        assertThat(hasTable("totals_g1")).isFalse();
        Projector restarted = projector(new Totals());
        catchUp(restarted);
        assertThat(restarted.status().live()).isEqualTo(made);
        assertThat(Totals.applied(database)).isEqualTo(510);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void it_takes_the_events_no_faster_than_it_may_in_however_many_processes(Database kind) throws Exception {
        database = TestDatabases.create(kind, folder);
        Projector projector = projector(new Totals());
        append(1, 10);
        catchUp(projector);
        projector.rebuild(ONE_AT_A_TIME);
        long before = TestDatabases.number(database, "SELECT " + kind.nowMillis());
        projector.rebuilding().doWork();
        assertThat(position()).isEqualTo(1);
        assertThat(nextAt()).isGreaterThanOrEqualTo(before + 250);
        TestDatabases.execute(database, "UPDATE tradesense_projections SET next_at = next_at + 3600000");
        assertThat(projector.rebuilding().doWork()).isZero();
        assertThat(projector(new Totals()).rebuilding().doWork()).isZero();
        assertThat(position()).isEqualTo(1);

        TestDatabases.execute(database, DUE);
        assertThat(projector.rebuilding().doWork()).isPositive();
        assertThat(position()).isEqualTo(2);
    }

    private long nextAt() {
        return TestDatabases.number(database, "SELECT next_at FROM tradesense_projections WHERE state = 'REBUILDING'");
    }

    private long position() {
        return TestDatabases.number(database, "SELECT position FROM tradesense_projections WHERE state = 'REBUILDING'");
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void it_is_continued_where_it_was_after_a_restart(Database kind) throws Exception {
        database = TestDatabases.create(kind, folder);
        Projector projector = projector(new Totals());
        append(1, 500);
        catchUp(projector);
        projector.rebuild(FAST);
        projector.rebuilding().doWork();
        projector.close();

        List<Long> taken = new ArrayList<>();
        Projector restarted = projector(new Totals(1, event -> taken.add(event.position())));
        finish(restarted);
        assertThat(taken).hasSize(300).startsWith(201L);
        assertThat(Totals.live(database).number()).isEqualTo(2);
        assertThat(Totals.total(database)).isEqualTo(125_250);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void events_that_flow_meanwhile_are_in_the_new_rows_too(Database kind) {
        database = TestDatabases.create(kind, folder);
        append(1, 2_000);
        for (int i = 0; i < 2; i++) {
            Projector running =
                    new Projector(new Totals(), store, database, SILENCE, Duration.ZERO, InstantSource.system());
            projectors.add(running);
            running.createTables();
            running.run();
        }
        soon().until(() -> Totals.applied(database) == 2_000);
        projectors.getFirst().rebuild(4_000);
        int number = 2_000;
        long read = 0;
        while (Totals.live(database).number() == 1) {
            append(number + 1, ++number);
            long seen = projectors.getLast().status().position();
            assertThat(seen).as("a position that readers read").isGreaterThanOrEqualTo(read);
            read = seen;
        }
        append(number + 1, ++number);
        long all = number;
        soon().until(() -> projectors.getFirst().status().lag() == 0);
        assertThat(Totals.applied(database)).isEqualTo(all);
        assertThat(Totals.total(database)).isEqualTo(all * (all + 1) / 2);
        soon().until(() -> !hasTable("totals_g1"));
        assertThat(projectors).extracting(each -> each.status().trouble()).containsOnlyNulls();
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void live_rows_that_would_move_while_their_place_is_taken_do_not(Database kind) throws Exception {
        database = TestDatabases.create(kind, folder);
        Projector live = projector(new Totals());
        append(1, 10);
        catchUp(live);
        AtomicInteger asked = new AtomicInteger();
        Thread moves = Thread.ofPlatform().unstarted(() -> step(live));
        Projector projector = projector(new Totals() {
            @Override
            public EventQuery filter() {
                if (asked.incrementAndGet() == 2) { // in the transaction in which it takes the place
                    append(11, 15);
                    moves.start();
                    join(moves, Duration.ofSeconds(1)); // which does not end if it waits as it should
                }
                return super.filter();
            }
        });
        projector.rebuild(FAST);
        projector.rebuilding().doWork();
        join(moves, Duration.ofMinutes(1));

        assertThat(projector.status().live().number()).isEqualTo(2);
        assertThat(projector.status().position()).isEqualTo(10);
        assertThat(TestDatabases.number(database, "SELECT COUNT(*) FROM applied_g1"))
                .isEqualTo(10);
        catchUp(live);
        assertThat(Totals.applied(database)).isEqualTo(15);
    }

    private static void step(Projector projector) {
        try {
            projector.live().doWork();
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void join(Thread thread, Duration atMost) {
        try {
            thread.join(atMost);
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void an_event_that_fails_stops_the_rebuild_and_not_the_live_rows(Database kind) throws Exception {
        database = TestDatabases.create(kind, folder);
        AtomicBoolean poisonous = new AtomicBoolean();
        Projector projector = projector(new Totals(1, event -> refuse(event, poisonous)));
        append(1, 300);
        catchUp(projector);
        poisonous.set(true);
        projector.rebuild(FAST);
        for (int i = 0; i < 20; i++) {
            projector.rebuilding().doWork();
            TestDatabases.execute(database, DUE);
        }
        append(301, 310);
        catchUp(projector);

        assertThat(projector.status().lag()).isZero();
        assertThat(projector.status().trouble()).isNull();
        assertThat(projector.status().rebuild().position()).isEqualTo(249);
        assertThat(projector.status().rebuild().trouble()).contains("position 250", "cannot be applied");

        poisonous.set(false);
        now = now.plusSeconds(2);
        finish(projector);
        assertThat(Totals.applied(database)).isEqualTo(310);
    }

    private static void refuse(StoredEvent event, AtomicBoolean poisonous) {
        if (poisonous.get() && event.position() == 250) {
            throw new IllegalStateException("cannot be applied");
        }
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void another_version_leaves_the_rows_alone_until_it_has_made_its_own(Database kind) throws Exception {
        database = TestDatabases.create(kind, folder);
        Projector old = projector(new Totals(1, event -> refuse(event, new AtomicBoolean(true))));
        append(1, 260);
        catchUp(old);
        assertThat(old.status().position()).isEqualTo(249);

        Projector renewed = projector(new Totals(2, _ -> {}));
        catchUp(renewed);
        assertThat(renewed.status().trouble()).contains("is of version 1, this is version 2: it has to be rebuilt");
        renewed.rebuild(FAST);
        old.rebuilding().doWork();
        assertThat(renewed.status().rebuild().position()).isZero();
        finish(renewed);
        now = now.plusSeconds(2);
        catchUp(old);
        assertThat(old.status().trouble()).contains("is of version 2, this is version 1: a newer program is needed");
        assertThat(renewed.status().trouble()).doesNotContain("newer program");
        now = now.plusSeconds(2);
        catchUp(renewed);
        assertThat(renewed.status())
                .isEqualTo(new Projector.Status(new Generation("totals", 2, 2), 260, 0, null, null));
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void a_rebuild_that_is_cancelled_leaves_nothing_behind(Database kind) throws Exception {
        database = TestDatabases.create(kind, folder);
        Projector projector = projector(new Totals());
        append(1, 300);
        catchUp(projector);
        assertThat(projector.cancelRebuild()).isFalse();
        projector.rebuild(FAST);
        projector.rebuilding().doWork();
        assertThatThrownBy(() -> projector.rebuild(FAST))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("position 200");
        assertThatThrownBy(() -> projector.rebuild(0)).isInstanceOf(IllegalArgumentException.class);

        assertThat(projector.cancelRebuild()).isTrue();
        projector.rebuilding().doWork();
        assertThat(hasTable("totals_g2")).isFalse();
        assertThat(Totals.live(database).number()).isEqualTo(1);
        assertThat(Totals.total(database)).isEqualTo(45_150);
        projector.rebuild(FAST);
        finish(projector);
        assertThat(Totals.total(database)).isEqualTo(45_150);
    }
}
