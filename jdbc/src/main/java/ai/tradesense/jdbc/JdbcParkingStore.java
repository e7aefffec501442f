package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.transport.Partition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Parked events in the log's database. Changes go through a writer and share its commits.
final class JdbcParkingStore implements ParkingStore {
    /// About what one change adds to the database, for bounding what waits.
    private static final int CHANGE_BYTES = 4_096;

    private static final String UNREADABLE = "application/octet-stream";
    private static final Logger LOG = LoggerFactory.getLogger(JdbcParkingStore.class);

    /// What [#event] reads, of a row that the rest of the statement says.
    static final String SELECT =
            "SELECT sequence, group_name, worker, domain, subject, source, id, event, raw, content_type, parked_at, "
                    + ParkedRows.PROGRESS + ", cause, replayed_by FROM ";

    private static final String COLUMNS = SELECT + "parked ";

    private static final String FAILURES = """
            SELECT attempt, failed_at, exception, message, stack_trace, cause FROM parked_failures
            WHERE sequence = ? ORDER BY number""";

    private final ChangeWriter writer;
    private final ReadConnections readers;
    private final ParkedTally tally;
    private final Dialect dialect;

    JdbcParkingStore(ChangeWriter writer, ReadConnections readers, ParkedTally tally, Dialect dialect) {
        this.writer = writer;
        this.readers = readers;
        this.tally = tally;
        this.dialect = dialect;
    }

    @Override
    public int apply(List<ParkingChange> changes) {
        if (changes.isEmpty()) {
            return 0;
        }
        Changes write = new Changes(List.copyOf(changes));
        writer.execute(write);
        return write.effective;
    }

    private final class Changes extends Change {
        private final List<ParkingChange> changes;
        private final List<Runnable> counted = new ArrayList<>();
        private volatile int effective;

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
            int had = 0;
            try {
                for (ParkingChange change : changes) {
                    had += JdbcParkingStore.this.apply(session, change, counted) ? 1 : 0;
                }
            } finally {
                session.parked().forgetSessions();
            }
            effective = had;
        }

        @Override
        void committed() {
            counted.forEach(Runnable::run);
        }
    }

    /// Makes one change within the transaction that is open.
    ///
    /// @param afterCommit is given what has to run when it is durable
    /// @return whether it had an effect
    boolean apply(WriteSession session, ParkingChange change, List<Runnable> afterCommit) throws SQLException {
        boolean changed = session.parked()
                .apply(change, (group, before, after) -> tally.changed(group, before, after, afterCommit));
        if (changed && isOperators(change)) {
            tally.changedByOperator(change.group(), afterCommit);
        }
        return changed;
    }

    private static boolean isOperators(ParkingChange change) {
        return (change instanceof ParkingChange.Park(var event) && event.isReplay())
                || change instanceof ParkingChange.Requeue
                || change instanceof ParkingChange.Discard
                || change instanceof ParkingChange.Restore;
    }

    @Override
    public List<WaitingSubject> waiting(String group) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement("""
                    SELECT head.domain, head.subject, queue.waiting, head.due_at, head.holds
                    FROM (SELECT min(sequence) AS first_sequence,
                        count(*) FILTER (WHERE state = 'WAITING') AS waiting
                      FROM parked WHERE group_name = ? AND (state = 'WAITING' OR holds = 1) GROUP BY domain, subject) AS queue
                    JOIN parked AS head ON head.sequence = queue.first_sequence
                    ORDER BY head.sequence""")) {
                select.setString(1, group);
                List<WaitingSubject> subjects = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        OrderKey key = new OrderKey(row.getString(1), row.getString(2));
                        String dueAt = row.getString(4);
                        subjects.add(new WaitingSubject(
                                key, row.getInt(3), dueAt == null ? null : Instant.parse(dueAt), row.getInt(5) == 1));
                    }
                }
                return subjects;
            }
        });
    }

    @Override
    public Map<OrderKey, List<ParkedEvent>> heads(String group, Collection<OrderKey> keys, int limit) {
        if (dialect == Dialect.POSTGRESQL) {
            return readers.read(connection -> PostgresHeads.read(connection, group, keys, limit));
        }
        return readers.read(connection -> {
            connection.setAutoCommit(false); // one transaction for all of them, so that pages are read once
            Map<OrderKey, List<ParkedEvent>> heads = new HashMap<>();
            try (PreparedStatement select = connection.prepareStatement(COLUMNS
                            + "WHERE group_name = ? AND domain = ? AND subject = ? AND (state = 'WAITING' OR holds = 1)"
                            + " ORDER BY sequence LIMIT ?");
                    PreparedStatement failures = connection.prepareStatement(FAILURES)) {
                select.setString(1, group);
                select.setInt(4, limit);
                for (OrderKey key : keys) {
                    select.setString(2, key.domain());
                    select.setString(3, key.subject());
                    List<ParkedEvent> events = events(select, failures);
                    if (!events.isEmpty()) {
                        heads.put(key, events);
                    }
                }
            }
            connection.setAutoCommit(true);
            return heads;
        });
    }

    @Override
    public List<EventIdentity> recent(String group, int limit) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT source, id FROM parked WHERE group_name = ? AND replayed_by = '' ORDER BY sequence DESC LIMIT ?")) {
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
        DeadLetterCondition condition = new DeadLetterCondition(query.filter(), dialect).before(query.before());
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    COLUMNS + "WHERE " + condition.sql() + " ORDER BY sequence DESC LIMIT ?")) {
                select.setInt(condition.bind(select), query.limit());
                return events(connection, select);
            }
        });
    }

    @Override
    public List<DeadLetterSummary> summaries(DeadLetterQuery query) {
        return readers.read(connection -> DeadLetterRows.summaries(connection, query, dialect));
    }

    @Override
    public List<DeadLetterGroup> groups(DeadLetterFilter filter, int limit) {
        return readers.read(connection -> DeadLetterRows.groups(connection, filter, limit, dialect));
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
    public List<ParkedEvent> find(String group, EventIdentity identity) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    COLUMNS + "WHERE group_name = ? AND source = ? AND id = ? ORDER BY replayed_by, sequence")) {
                select.setString(1, group);
                select.setString(2, identity.source());
                select.setString(3, identity.id());
                return events(connection, select);
            }
        });
    }

    @Override
    public Counts counts(String group) {
        return tally.counts(group);
    }

    @Override
    public Map<String, Counts> counts() {
        return tally.counts();
    }

    @Override
    public long revision(String group) {
        return tally.revision(group);
    }

    @Override
    public Map<Partition, String> sessions(String group) {
        return readers.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT topic, number, instance FROM sessions WHERE group_name = ?")) {
                select.setString(1, group);
                Map<Partition, String> sessions = new HashMap<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        sessions.put(new Partition(row.getString(1), row.getInt(2)), row.getString(3));
                    }
                }
                return sessions;
            }
        });
    }

    @Override
    public Set<Partition> begin(String group, String session, Set<Partition> partitions, Map<Partition, String> seen) {
        SessionBegin begin = new SessionBegin(group, session, partitions, seen);
        writer.execute(begin);
        return begin.begun();
    }

    @Override
    public void end(String group, String session, Set<Partition> partitions) {
        writer.execute(new SessionEnd(group, session, partitions));
    }

    private static List<ParkedEvent> events(Connection connection, PreparedStatement select) throws SQLException {
        try (PreparedStatement failures = connection.prepareStatement(FAILURES)) {
            return events(select, failures);
        }
    }

    private static List<ParkedEvent> events(PreparedStatement select, PreparedStatement failures) throws SQLException {
        List<ParkedEvent> events = new ArrayList<>();
        RecordReader reader = new RecordReader();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                events.add(event(row, reader, failures(row, failures)));
            }
        }
        return events;
    }

    /// What went wrong with an event; not looked for where nothing did, as with those that only wait behind
    /// another.
    private static List<Failure> failures(ResultSet row, PreparedStatement select) throws SQLException {
        boolean neverTried = row.getInt(13) == 0 && row.getString(19).isEmpty(); // no attempts, and no newest cause
        if (neverTried) {
            return List.of();
        }
        select.setLong(1, row.getLong(1));
        return DeadLetterRows.failures(select);
    }

    /// An event that cannot be read any more is handed out as its bytes, as one in quarantine is.
    static ParkedEvent event(ResultSet row, RecordReader reader, List<Failure> failures) throws SQLException {
        long sequence = row.getLong(1);
        byte[] stored = row.getBytes(8);
        DomainEvent event = stored == null ? null : decode(stored, reader, sequence);
        boolean broken = stored != null && event == null;
        String replayedBy = row.getString(13 + ParkedRows.PROGRESS_COLUMNS);
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
                ParkedRows.progress(row, 12),
                Instant.parse(row.getString(11)),
                failures,
                replayedBy.isEmpty() ? null : replayedBy);
    }

    private static @Nullable DomainEvent decode(byte[] stored, RecordReader reader, long sequence) {
        try {
            return reader.single(stored);
        } catch (RuntimeException problem) {
            LOG.error("the parked event {} cannot be read", sequence, problem);
            return null;
        }
    }
}
