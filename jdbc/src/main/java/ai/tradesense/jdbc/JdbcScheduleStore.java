package ai.tradesense.jdbc;

import ai.tradesense.store.ScheduleStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Schedules in the log's database. Changes go through the log's writer and share its commits.
final class JdbcScheduleStore implements ScheduleStore {
    private final ChangeWriter writer;
    private final ReadConnections readers;

    JdbcScheduleStore(ChangeWriter writer, ReadConnections readers) {
        this.writer = writer;
        this.readers = readers;
    }

    @Override
    public Optional<Progress> find(String schedule) {
        return readers.read(connection -> Optional.ofNullable(select(connection, schedule)));
    }

    @Override
    public Progress begin(String schedule, Instant at) {
        Begin begin = new Begin(schedule, at);
        writer.execute(begin);
        return begin.progress;
    }

    @Override
    public void note(String schedule, Instant tick) {
        writer.execute(new Note(schedule, tick));
    }

    private static @Nullable Progress select(Connection connection, String schedule) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT begun_at, last_tick FROM schedules WHERE name = ?")) {
            select.setString(1, schedule);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                String last = row.getString(2);
                return new Progress(Instant.parse(row.getString(1)), last == null ? null : Instant.parse(last));
            }
        }
    }

    private static void replace(Connection connection, String schedule, Progress progress) throws SQLException {
        try (PreparedStatement replace = connection.prepareStatement("""
                INSERT INTO schedules (name, begun_at, last_tick) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET begun_at = excluded.begun_at, last_tick = excluded.last_tick""")) {
            Instant last = progress.lastTick();
            replace.setString(1, schedule);
            replace.setString(2, progress.begunAt().toString());
            replace.setString(3, last == null ? null : last.toString());
            replace.executeUpdate();
        }
    }

    private static final class Begin extends Change {
        private final String schedule;
        private final Instant at;
        private volatile Progress progress;

        Begin(String schedule, Instant at) {
            this.schedule = schedule;
            this.at = at;
            this.progress = new Progress(at, null);
        }

        @Override
        void apply(WriteSession session) throws SQLException {
            Progress known = select(session.connection(), schedule);
            if (known == null) {
                known = new Progress(at, null);
                replace(session.connection(), schedule, known);
            }
            progress = known;
        }
    }

    private static final class Note extends Change {
        private final String schedule;
        private final Instant tick;

        Note(String schedule, Instant tick) {
            this.schedule = schedule;
            this.tick = tick;
        }

        @Override
        void apply(WriteSession session) throws SQLException {
            Progress known = select(session.connection(), schedule);
            Instant last = known == null ? null : known.lastTick();
            if (last == null || last.isBefore(tick)) {
                replace(session.connection(), schedule, new Progress(known == null ? tick : known.begunAt(), tick));
            }
        }
    }
}
