package ai.tradesense.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.store.ProjectionOrder.PassOver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A projection that comes to an event that the store cannot decode.
class UnreadableProjectedEventsTest {
    private static final Duration SILENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private Instant now = Instant.EPOCH;
    private final InstantSource clock = () -> now;

    private JdbcLog logWithoutEvent(int position) {
        Path file = folder.resolve("log.db");
        JdbcLog log = JdbcLog.open("jdbc:sqlite:" + file);
        for (int number = 1; number <= 6; number++) {
            log.events().append(List.of(Totals.event("a", number)));
        }
        TestDatabases.execute(
                TestDatabases.sqlite(file),
                "UPDATE blocks SET records = substr(records, 1, 20) WHERE first_position = " + position);
        return log;
    }

    private void step(Projector projector) throws InterruptedException {
        now = now.plusSeconds(2);
        while (projector.live().doWork() > 0 || projector.rebuilding().doWork() > 0) {
            now = now.plusMillis(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void it_stands_still_there_until_somebody_says_why_it_may_do_without_the_event(Database kind) throws Exception {
        DataSource database = TestDatabases.create(kind, folder);
        try (JdbcLog log = logWithoutEvent(4);
                Projector projector =
                        new Projector(new Totals(), log.events(), database, SILENCE, Duration.ZERO, clock)) {
            projector.createTables();
            step(projector);
            step(projector);
            assertThat(projector.status().position()).isEqualTo(3);
            assertThat(projector.status().trouble()).contains("cannot be decoded", "position 4");
            assertThat(Totals.total(database)).isEqualTo(1 + 2 + 3);

            assertThatThrownBy(() -> projector.passOver(4, " ")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> projector.passOver(5, "it is fine"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("position 5");
            log.events().projections().order("totals", new PassOver(4, "a test order"), "alice", now);
            projector.ordered().doWork();
            step(projector);
            assertThat(projector.status().lag()).isZero();
            assertThat(projector.status().trouble()).isNull();
            assertThat(Totals.total(database)).isEqualTo(1 + 2 + 3 + 5 + 6);

            projector.rebuild(1_000);
            step(projector);
            assertThat(Totals.live(database).number()).isEqualTo(2);
            assertThat(Totals.total(database)).isEqualTo(1 + 2 + 3 + 5 + 6);
            assertThat(projector.passedOver()).singleElement().satisfies(passed -> {
                assertThat(passed.position()).isEqualTo(4);
                assertThat(passed.reason()).isEqualTo("a test order (alice)");
                assertThat(passed.bytes()).hasSize(7);
            });
        }
    }

    @Test
    void a_rebuild_stands_still_there_and_the_live_rows_go_on() throws Exception {
        DataSource database = TestDatabases.create(Database.SQLITE, folder);
        Path file = folder.resolve("log.db");
        try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + file);
                Projector projector =
                        new Projector(new Totals(), log.events(), database, SILENCE, Duration.ZERO, clock)) {
            projector.createTables();
            for (int number = 1; number <= 6; number++) {
                log.events().append(List.of(Totals.event("a", number)));
            }
            step(projector);
            TestDatabases.execute(
                    TestDatabases.sqlite(file),
                    "UPDATE blocks SET records = substr(records, 1, 20) WHERE first_position = 2");
            projector.rebuild(1_000);
            step(projector);
            log.events().append(List.of(Totals.event("a", 7)));
            step(projector);

            assertThat(projector.status().rebuild().trouble()).contains("position 2");
            assertThat(projector.status().rebuild().position()).isEqualTo(1);
            assertThat(projector.status().trouble()).isNull();
            assertThat(Totals.total(database)).isEqualTo(28);
        }
    }
}
