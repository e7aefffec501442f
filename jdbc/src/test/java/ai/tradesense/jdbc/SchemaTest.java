package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.parking.Progress.State;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A database of an earlier version is brought to this one with what is in it.
class SchemaTest {
    @TempDir
    Path folder;

    @Test
    void what_was_parked_by_the_first_version_is_there_after_the_migration() throws Exception {
        String url = "jdbc:sqlite:" + folder.resolve("log.db");
        DomainEvent event = DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .subject("account")
                .id("first")
                .source(URI.create("/tests"))
                .time(Instant.EPOCH)
                .build();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String step : Schema.steps(1)) {
                statement.execute(step);
            }
            statement.execute("PRAGMA application_id = " + Schema.APPLICATION_ID);
            statement.execute("PRAGMA user_version = 1");
            try (PreparedStatement insert = connection.prepareStatement("""
                    INSERT INTO parked (group_name, worker, domain, subject, source, id, type, state, attempts,
                      due_at, parked_at, event)
                    VALUES ('g', 'w', 'Trading', 'account', '/tests', 'first', 'Trading.Order.Placed.v1', 'WAITING', 2,
                      '2026-01-05T09:00:05Z', '2026-01-05T09:00:00Z', ?)""")) {
                insert.setBytes(1, RecordWriter.single(event));
                insert.executeUpdate();
            }
        }

        try (JdbcLog log = JdbcLog.open(url)) {
            ParkedEvent row = log.parking()
                    .head("g", new OrderKey("Trading", "account"), 10)
                    .getFirst();
            assertThat(row.event()).isEqualTo(event);
            assertThat(row.progress())
                    .isEqualTo(new Progress(
                            State.WAITING, 2, Instant.parse("2026-01-05T09:00:05Z"), null, Caution.NONE, false, null));
            assertThat(log.parking().counts("g").waiting()).isOne();
        }
    }

    @Test
    void dead_letters_of_the_second_version_are_found_by_when_and_why_they_failed() throws Exception {
        String url = "jdbc:sqlite:" + folder.resolve("log.db");
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (int version = 1; version <= 2; version++) {
                for (String step : Schema.steps(version)) {
                    statement.execute(step);
                }
            }
            statement.execute("PRAGMA application_id = " + Schema.APPLICATION_ID);
            statement.execute("PRAGMA user_version = 2");
            String[] times = {"2026-01-05T09:00:00Z", "2026-01-05T09:00:00.5Z", "2026-01-05T09:00:01.000000001Z"};
            for (int i = 0; i < times.length; i++) {
                statement.execute("""
                        INSERT INTO parked (group_name, worker, domain, subject, source, id, state, attempts, parked_at)
                        VALUES ('g', 'w', '', '', 's', 'e%d', 'DEAD', 1, '2026-01-05T08:00:00Z')""".formatted(i));
                statement.execute("""
                        INSERT INTO parked_failures (sequence, number, attempt, failed_at, exception, message, stack_trace)
                        VALUES (%d, 1, 1, '%s', 'a.B', '', '')""".formatted(i + 1, times[i]));
            }
            statement.execute("""
                    INSERT INTO parked (group_name, worker, domain, subject, source, id, state, attempts, parked_at)
                    VALUES ('g', 'w', '', '', 's', 'without failures', 'DEAD', 1, '2026-01-05T08:00:00Z')""");
        }

        try (JdbcLog log = JdbcLog.open(url)) {
            Instant second = Instant.parse("2026-01-05T09:00:00Z");
            assertThat(found(log, null, second.plusNanos(1), second.plusSeconds(2)))
                    .containsExactly("e2", "e1");
            assertThat(found(log, "a.B", null, null)).containsExactly("e2", "e1", "e0");
            assertThat(found(log, "", null, second)).containsExactly("without failures");
        }
    }

    private static List<String> found(
            JdbcLog log, @Nullable String cause, @Nullable Instant from, @Nullable Instant to) {
        DeadLetterFilter filter = new DeadLetterFilter(null, null, null, cause, null, from, to, null);
        return log.parking().deadLetters(new DeadLetterQuery(filter, null, 10)).stream()
                .map(ParkedEvent::id)
                .toList();
    }
}
