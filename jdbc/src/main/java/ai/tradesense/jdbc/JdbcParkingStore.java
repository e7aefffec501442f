package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkedEvent.State;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Parked events in the log's database. Changes go through the log's writer and share its commits; how many
/// events a group has parked is kept in memory.
final class JdbcParkingStore implements ParkingStore {
    /// About what one change adds to the database, for bounding what waits.
    private static final int CHANGE_BYTES = 4_096;

    private static final String UNREADABLE = "application/octet-stream";
    private static final Logger LOG = LoggerFactory.getLogger(JdbcParkingStore.class);

    private static final String COLUMNS = """
            SELECT sequence, group_name, worker, domain, subject, source, id, event, raw, content_type, state, attempts,
              due_at, parked_at
            FROM parked\s""";

    private record Key(String group, State state) {}

    private final LogWriter writer;
    private final ReadConnections readers;
    private final Map<Key, AtomicLong> counts = new ConcurrentHashMap<>();

    JdbcParkingStore(LogWriter writer, ReadConnections readers) {
        this.writer = writer;
        this.readers = readers;
        readers.read(this::count);
    }

    private boolean count(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT group_name, state, count(*) FROM parked GROUP BY group_name, state")) {
            while (row.next()) {
                changed(row.getString(1), State.valueOf(row.getString(2)), row.getInt(3));
            }
        }
        return true;
    }

    private void changed(String group, State state, int by) {
        counts.computeIfAbsent(new Key(group, state), _ -> new AtomicLong()).addAndGet(by);
    }

    @Override
    public void apply(List<ParkingChange> changes) {
        if (!changes.isEmpty()) {
            writer.execute(new Changes(List.copyOf(changes)));
        }
    }

    private final class Changes extends Write {
        private final List<ParkingChange> changes;
        private final List<Runnable> counted = new ArrayList<>();

        Changes(List<ParkingChange> changes) {
            this.changes = changes;
        }

        @Override
        long bytes() {
            return (long) changes.size() * CHANGE_BYTES;
        }

        @Override
        void apply(WriteSession session) throws SQLException {
            counted.clear();
            for (ParkingChange change : changes) {
                session.parked().apply(change, (group, state, by) -> counted.add(() -> changed(group, state, by)));
            }
        }

        @Override
        void committed() {
            counted.forEach(Runnable::run);
        }
    }

    @Override
    public List<WaitingSubject> waiting(String group) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement("""
                    SELECT head.domain, head.subject, queue.waiting, head.due_at
                    FROM (SELECT min(sequence) AS first_sequence, count(*) AS waiting FROM parked
                      WHERE group_name = ? AND state = 'WAITING' GROUP BY domain, subject) AS queue
                    JOIN parked AS head ON head.sequence = queue.first_sequence
                    ORDER BY head.sequence""")) {
                select.setString(1, group);
                List<WaitingSubject> subjects = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        OrderKey key = new OrderKey(row.getString(1), row.getString(2));
                        subjects.add(new WaitingSubject(key, row.getInt(3), instant(row.getString(4))));
                    }
                }
                return subjects;
            }
        });
    }

    @Override
    public List<ParkedEvent> head(String group, OrderKey key, int limit) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(COLUMNS
                    + "WHERE group_name = ? AND domain = ? AND subject = ? AND state = 'WAITING'"
                    + " ORDER BY sequence LIMIT ?")) {
                select.setString(1, group);
                select.setString(2, key.domain());
                select.setString(3, key.subject());
                select.setInt(4, limit);
                return events(connection, select);
            }
        });
    }

    @Override
    public List<EventIdentity> recent(String group, int limit) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT source, id FROM parked WHERE group_name = ? ORDER BY sequence DESC LIMIT ?")) {
                select.setString(1, group);
                select.setInt(2, limit);
                List<EventIdentity> identities = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        identities.add(new EventIdentity(row.getString(1), row.getString(2)));
                    }
                }
                return identities;
            }
        });
    }

    @Override
    public List<ParkedEvent> deadLetters(DeadLetterQuery query) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(COLUMNS + """
                    WHERE state <> 'WAITING' AND (?1 IS NULL OR worker = ?1) AND (?2 IS NULL OR type = ?2)
                      AND (?3 IS NULL OR subject = ?3) AND sequence < ?4
                    ORDER BY sequence DESC LIMIT ?5""")) {
                select.setString(1, query.worker());
                select.setString(2, query.type());
                select.setString(3, query.subject());
                select.setLong(4, query.before() == null ? Long.MAX_VALUE : query.before());
                select.setInt(5, query.limit());
                return events(connection, select);
            }
        });
    }

    @Override
    public Optional<ParkedEvent> find(long sequence) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(COLUMNS + "WHERE sequence = ?")) {
                select.setLong(1, sequence);
                return events(connection, select).stream().findFirst();
            }
        });
    }

    @Override
    public Counts counts(String group) {
        return new Counts(count(group, State.WAITING), count(group, State.DEAD) + count(group, State.QUARANTINED));
    }

    private long count(String group, State state) {
        AtomicLong count = counts.get(new Key(group, state));
        return count == null ? 0 : count.get();
    }

    private static List<ParkedEvent> events(Connection connection, PreparedStatement select) throws SQLException {
        List<ParkedEvent> events = new ArrayList<>();
        RecordReader reader = new RecordReader();
        try (ResultSet row = select.executeQuery();
                PreparedStatement failures = connection.prepareStatement("""
                        SELECT attempt, failed_at, exception, message, stack_trace FROM parked_failures
                        WHERE sequence = ? ORDER BY number""")) {
            while (row.next()) {
                failures.setLong(1, row.getLong(1));
                events.add(event(row, reader, failures(failures)));
            }
        }
        return events;
    }

    private static List<Failure> failures(PreparedStatement select) throws SQLException {
        List<Failure> failures = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                failures.add(new Failure(
                        row.getInt(1),
                        Instant.parse(row.getString(2)),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5)));
            }
        }
        return List.copyOf(failures);
    }

    /// An event that cannot be read any more is handed out as its bytes, as one in quarantine is.
    private static ParkedEvent event(ResultSet row, RecordReader reader, List<Failure> failures) throws SQLException {
        long sequence = row.getLong(1);
        byte[] stored = row.getBytes(8);
        DomainEvent event = stored == null ? null : decode(stored, reader, sequence);
        boolean broken = stored != null && event == null;
        return new ParkedEvent(
                sequence,
                row.getString(2),
                row.getString(3),
                new OrderKey(row.getString(4), row.getString(5)),
                row.getString(6),
                row.getString(7),
                event,
                broken ? stored : row.getBytes(9),
                broken ? UNREADABLE : row.getString(10),
                State.valueOf(row.getString(11)),
                row.getInt(12),
                instant(row.getString(13)),
                Instant.parse(row.getString(14)),
                failures);
    }

    private static @Nullable DomainEvent decode(byte[] stored, RecordReader reader, long sequence) {
        try {
            return reader.single(stored);
        } catch (RuntimeException problem) {
            LOG.error("the parked event {} cannot be read", sequence, problem);
            return null;
        }
    }

    private static @Nullable Instant instant(@Nullable String text) {
        return text == null ? null : Instant.parse(text);
    }
}
