package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.jdbc.PostgresCheck.Batch;
import ai.tradesense.jdbc.RetentionPass.Verdict;
import ai.tradesense.jdbc.RetentionRows.Readers;
import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import ai.tradesense.retention.RetentionRecord;
import ai.tradesense.retention.RetentionReport;
import ai.tradesense.retention.RetentionStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes events out of the log in PostgreSQL: of the row of each, what is left is its place. A removal locks rows
/// that nobody else changes, and a turn of its own among all instances; it waits neither for the fence nor for the
/// turnstile, and holds up neither.
final class PostgresRetention implements RetentionStore {
    /// The statements that lead to the version of the schema that has it. Of a removed event `removal` is the
    /// number of the record that says so, and the type is its domain alone.
    static final List<String> STEPS = List.of(
            "ALTER TABLE events ADD COLUMN removal bigint",
            """
            CREATE TABLE retention_records (
              number bigint PRIMARY KEY,
              kind text COLLATE "C" NOT NULL,
              at text NOT NULL,
              actor text NOT NULL,
              reason text NOT NULL,
              hold bigint,
              domain text,
              subject text,
              from_at text,
              to_at text,
              first_position bigint NOT NULL,
              last_position bigint NOT NULL,
              events bigint NOT NULL,
              by_domain text NOT NULL,
              batches bytea NOT NULL,
              hash bytea NOT NULL
            )""",
            "CREATE INDEX retention_records_holds ON retention_records (number) WHERE kind <> 'REMOVED'",
            "CREATE TABLE retention_turn (only_one boolean PRIMARY KEY CHECK (only_one))",
            "INSERT INTO retention_turn VALUES (true)",
            """
            CREATE TABLE reader_positions (
              name text COLLATE "C" PRIMARY KEY,
              position bigint NOT NULL
            )""");

    /// How many positions are looked at with one statement, see [PostgresReader].
    private static final long SPAN = 4_096;

    private static final String COLUMNS =
            "SELECT position, recorded_at, split_part(type, '.', 1), subject, record FROM events";
    private static final String COLUMNS_WITHOUT_RECORD =
            "SELECT position, recorded_at, split_part(type, '.', 1), subject FROM events";
    private static final String KEPT = " WHERE position >= ? AND position < ? AND removal IS NULL ORDER BY position";

    private static final String REMOVE = """
            UPDATE events SET removal = ?, record = '', type = split_part(type, '.', 1), correlation_id = NULL,
              causation_id = NULL, second = extract(epoch FROM recorded_at)::bigint
            WHERE position = ANY (?) AND removal IS NULL""";

    private static final String BATCHES = """
            SELECT DISTINCT place, coalesce(batch.first_position, place), coalesce(batch.events, 1), batch.hash
            FROM unnest(?) AS place LEFT JOIN LATERAL (SELECT * FROM batches WHERE first_position <= place
              ORDER BY first_position DESC LIMIT 1) AS batch ON place < batch.first_position + batch.events
            ORDER BY place""";

    private static final Logger LOG = LoggerFactory.getLogger(PostgresRetention.class);

    private final PostgresDatabase database;
    private final ReadConnections readers;
    private final LogTail tail;
    private final InstantSource clock;

    // Guarded by this.
    private @Nullable RetentionPass pass;
    private long passes;
    private long revision; // of the holds that the pass knows
    private long next; // where the pass goes on
    private long floor = 1; // before which a pass with this policy and these holds finds nothing
    private RetentionPolicy floorPolicy = RetentionPolicy.KEEP_EVERYTHING;

    PostgresRetention(PostgresDatabase database, ReadConnections readers, LogTail tail, InstantSource clock) {
        this.database = database;
        this.readers = readers;
        this.tail = tail;
        this.clock = clock;
    }

    /// An event that is there.
    private record Candidate(long position, Instant recordedAt, String domain, String subject, Instant time) {}

    /// Some events, of which none may be left out.
    ///
    /// @param next the position to go on from
    private record Page(List<Candidate> candidates, long next, boolean isAtEnd) {}

    private static Page page(Connection connection, RetentionPass pass, long from) throws SQLException {
        long head = PostgresEventStore.head(connection);
        long to = Math.min(from + SPAN, head + 1);
        List<Candidate> candidates = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement((pass.needsTimes() ? COLUMNS : COLUMNS_WITHOUT_RECORD) + KEPT)) {
            select.setLong(1, from);
            select.setLong(2, to);
            RecordReader reader = new RecordReader();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    Instant recordedAt = row.getObject(2, OffsetDateTime.class).toInstant();
                    if (pass.isOver(recordedAt)) {
                        pass.undecided(row.getLong(1));
                        return new Page(candidates, row.getLong(1), true);
                    }
                    Instant time = pass.needsTimes() ? time(row, reader) : Instant.EPOCH;
                    if (time != null) {
                        candidates.add(
                                new Candidate(row.getLong(1), recordedAt, row.getString(3), row.getString(4), time));
                    }
                }
            }
        }
        return new Page(candidates, to, to > head);
    }

    /// When an event happened; null if it cannot be read, so that it stays.
    private static @Nullable Instant time(ResultSet row, RecordReader reader) throws SQLException {
        byte[] record = row.getBytes(5);
        try {
            return reader.single(record).time();
        } catch (RuntimeException unreadable) {
            LOG.warn("the event at position {} cannot be read and is kept", row.getLong(1), unreadable);
            return null;
        }
    }

    @Override
    public RetentionReport examine(Cutoffs cutoffs) {
        RetentionPass looking = readers.read(connection -> {
            RetentionPass fresh = new RetentionPass(cutoffs, RetentionRows.holds(connection));
            fresh.readers(Readers.POSTGRESQL.all(connection));
            return fresh;
        });
        RetentionTally tally = new RetentionTally(looking);
        Page page = new Page(List.of(), 1, false);
        while (!page.isAtEnd) {
            long from = page.next;
            page = readers.read(connection -> {
                looking.snapshots(stream -> neededBehind(connection, stream));
                Page read = page(connection, looking, from);
                for (Candidate each : read.candidates) {
                    tally.count(each.position, each.recordedAt, each.domain, each.subject, each::time);
                }
                return read;
            });
        }
        return tally.report();
    }

    /// What one transaction removes.
    private static final class Removal {
        private final RetentionPass pass;
        private final List<Long> positions = new ArrayList<>();
        private final Map<String, Long> byDomain = new TreeMap<>();
        private List<ReaderPosition> heldBackBy = List.of();
        private boolean isAtEnd;
        private long next;

        Removal(RetentionPass pass) {
            this.pass = pass;
        }

        void take(Page page, int maxEvents) {
            next = page.next;
            isAtEnd = page.isAtEnd;
            for (Candidate each : page.candidates) {
                Verdict verdict = pass.judge(each.position, each.recordedAt, each.domain, each.subject, each::time);
                if (verdict == Verdict.BLOCKED) {
                    heldBackBy = pass.behind(each.position);
                    next = each.position;
                    isAtEnd = true;
                    return;
                }
                if (verdict == Verdict.REMOVABLE) {
                    if (positions.size() == maxEvents) {
                        next = each.position;
                        isAtEnd = false;
                        return;
                    }
                    positions.add(each.position);
                    byDomain.merge(each.domain, 1L, Long::sum);
                }
            }
        }
    }

    @Override
    public synchronized Progress removeSome(Cutoffs cutoffs, int maxEvents, String actor) {
        boolean isKnown = false;
        try {
            RetentionPass current = pass(cutoffs);
            long from = next;
            Removal removal = readers.read(connection -> {
                current.readers(Readers.POSTGRESQL.all(connection));
                if (RetentionRows.hasSnapshots(connection)) {
                    current.snapshots(stream -> neededBehind(connection, stream));
                }
                Removal taken = new Removal(current);
                taken.take(page(connection, current, from), maxEvents);
                return taken;
            });
            isKnown = removal.positions.isEmpty() || apply(removal, actor);
            if (!isKnown) {
                return new Progress(0, false, List.of()); // and begins anew
            }
            next = removal.next;
            if (removal.isAtEnd) {
                floor = current.floor(next);
                floorPolicy = cutoffs.policy();
                pass = null;
            }
            return new Progress(removal.positions.size(), removal.isAtEnd, removal.heldBackBy);
        } finally {
            if (!isKnown) {
                pass = null; // which has gone on further than what was removed
            }
        }
    }

    /// See [RetentionPass.Snapshots].
    private static long neededBehind(Connection connection, OrderKey stream) throws SQLException {
        long version = RetentionRows.snapshotVersion(connection, stream);
        if (version < 1) {
            return version < 0 ? Long.MAX_VALUE : 0;
        }
        try (PreparedStatement select = connection.prepareStatement("SELECT position FROM events WHERE subject = ?"
                + " AND split_part(type, '.', 1) = ? ORDER BY subject, position OFFSET ? LIMIT 1")) {
            select.setString(1, stream.subject());
            select.setString(2, stream.domain());
            select.setLong(3, version - 1);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : Long.MAX_VALUE;
            }
        }
    }

    private RetentionPass pass(Cutoffs cutoffs) {
        RetentionPass current = pass;
        long holds = readers.read(RetentionRows::holdsRevision);
        if (current == null || !current.cutoffs().equals(cutoffs) || holds != revision) {
            if (holds != revision
                    || !floorPolicy.equals(cutoffs.policy())
                    || ++passes % SqliteRetention.PASSES_PER_WHOLE_ONE == 0) {
                floor = 1;
            }
            current = new RetentionPass(cutoffs, readers.read(RetentionRows::holds));
            pass = current;
            revision = holds;
            next = floor;
        }
        return current;
    }

    /// @return false if something is held that was not when it was decided what goes, or somebody reads who did
    /// not,
    ///     or another instance was faster
    private boolean apply(Removal removal, String actor) {
        return inTurn(connection -> {
            long last = removal.positions.getLast();
            List<ReaderPosition> now = Readers.POSTGRESQL.all(connection);
            if (RetentionRows.holdsRevision(connection) != revision
                    || (!now.isEmpty() && now.getFirst().position() < last)) {
                return false;
            }
            long number = RetentionRows.last(connection) + 1;
            try (PreparedStatement update = connection.prepareStatement(REMOVE)) {
                update.setLong(1, number);
                update.setArray(2, connection.createArrayOf("int8", removal.positions.toArray()));
                if (update.executeUpdate() != removal.positions.size()) {
                    connection.rollback();
                    return false;
                }
            }
            RetentionRows.add(
                    connection,
                    RetentionRow.removed(
                            removal.pass.cutoffs().policy().toString(),
                            actor,
                            clock.instant(),
                            removal.positions.getFirst(),
                            last,
                            removal.byDomain,
                            PostgresCheck.left(connection, batches(connection, removal.positions))));
            connection.commit();
            tail.dropThrough(last);
            return true;
        });
    }

    private static List<Batch> batches(Connection connection, List<Long> positions) throws SQLException {
        Map<Long, Batch> batches = new TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement(BATCHES)) {
            select.setArray(1, connection.createArrayOf("int8", positions.toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    batches.putIfAbsent(row.getLong(2), new Batch(row.getLong(2), row.getInt(3), row.getBytes(4)));
                }
            }
        }
        return List.copyOf(batches.values());
    }

    private interface Work<T> {
        T apply(Connection connection) throws SQLException;
    }

    /// Does something in a transaction that only one instance has at a time.
    private <T> T inTurn(Work<T> work) {
        try (Connection connection = database.connect("retention")) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET synchronous_commit = on");
                statement.execute("SELECT 1 FROM retention_turn FOR UPDATE");
            }
            T outcome = work.apply(connection);
            connection.commit();
            return outcome;
        } catch (SQLException failure) {
            throw database.failure("could not be written", failure);
        }
    }

    @Override
    public LegalHold place(LegalHold.Scope scope, String reason, String actor, Instant at) {
        return inTurn(connection -> RetentionRows.place(connection, scope, reason, actor, at));
    }

    @Override
    public LegalHold lift(long number, String reason, String actor, Instant at) {
        return inTurn(connection -> RetentionRows.lift(connection, number, reason, actor, at));
    }

    void keepBehind(String reader, long position) {
        inTurn(connection -> {
            RetentionRows.keepBehind(connection, reader, position);
            return true;
        });
    }

    void release(String reader) {
        inTurn(connection -> {
            RetentionRows.release(connection, reader);
            return true;
        });
    }

    @Override
    public void forget(ReaderPosition.Kind kind, String name, String actor, Instant at) {
        inTurn(connection -> {
            ReaderPosition reader = RetentionRows.forgettable(Readers.POSTGRESQL.all(connection), kind, name);
            if (kind == ReaderPosition.Kind.GROUP && hasMembers(connection, name)) {
                throw RetentionRows.stillReads(name);
            }
            RetentionRows.forget(connection, reader, "group_partitions", actor, at);
            return true;
        });
    }

    private static boolean hasMembers(Connection connection, String group) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT EXISTS (SELECT 1 FROM members"
                + " WHERE group_name = ? AND alive_until > clock_timestamp())")) {
            select.setString(1, group);
            try (ResultSet row = select.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    @Override
    public List<LegalHold> holds() {
        return readers.read(RetentionRows::holds);
    }

    @Override
    public List<ReaderPosition> readers() {
        return readers.read(Readers.POSTGRESQL::all);
    }

    @Override
    public List<RetentionRecord> records(int limit) {
        return readers.read(connection -> RetentionRows.records(connection, limit));
    }

    @Override
    public long removed() {
        return readers.read(RetentionRows::removed);
    }
}
