package ai.tradesense.jdbc;

import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import ai.tradesense.jdbc.RetentionRow.Left;
import ai.tradesense.jdbc.RetentionRows.Readers;
import ai.tradesense.jdbc.SqliteWalk.Step;
import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import ai.tradesense.retention.RetentionRecord;
import ai.tradesense.retention.RetentionReport;
import ai.tradesense.retention.RetentionStore;
import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Takes events out of the SQLite log. What is left of a block is made outside the writer's thread, which only puts
/// it in the block's place, in a transaction that appends may share.
final class SqliteRetention implements RetentionStore {
    /// After so many passes one begins with the first event again, for what snapshots do not need any more.
    static final int PASSES_PER_WHOLE_ONE = 24;

    private final ChangeWriter writer;
    private final ReadConnections readers;
    private final LogTail tail;
    private final StreamIndex streams;
    private final GroupPositions positions;
    private final JdbcTransport transport;
    private final InstantSource clock;
    private final AtomicLong removed;

    // Guarded by this.
    private @Nullable RetentionPass pass;
    private long passes;
    private long revision; // of the holds that the pass knows
    private long next; // where the pass goes on
    private long floor = 1; // before which a pass with this policy and these holds finds nothing
    private RetentionPolicy floorPolicy = RetentionPolicy.KEEP_EVERYTHING;

    SqliteRetention(
            ChangeWriter writer,
            ReadConnections readers,
            LogTail tail,
            StreamIndex streams,
            GroupPositions positions,
            JdbcTransport transport,
            InstantSource clock) {
        this.writer = writer;
        this.readers = readers;
        this.tail = tail;
        this.streams = streams;
        this.positions = positions;
        this.transport = transport;
        this.clock = clock;
        this.removed = new AtomicLong(readers.read(RetentionRows::removed));
    }

    @Override
    public RetentionReport examine(Cutoffs cutoffs) {
        boolean hasSnapshots = hasSnapshots();
        RetentionPass looking = readers.read(connection -> {
            RetentionPass fresh = new RetentionPass(cutoffs, RetentionRows.holds(connection));
            fresh.readers(Readers.SQLITE.all(connection));
            return fresh;
        });
        RetentionTally tally = new RetentionTally(looking);
        SqliteWalk.Visitor counting = new SqliteWalk.Visitor() {
            @Override
            public boolean event(BlockCursor cursor, RecordReader record, OrderKey stream) {
                Instant recordedAt = cursor.block().recordedAt();
                tally.count(cursor.position(), recordedAt, stream.domain(), stream.subject(), record::time);
                return true;
            }

            @Override
            public boolean blockDone(Block block) {
                return true;
            }
        };
        Step step = new Step(1, tail.head() == 0);
        while (!step.isAtEnd()) {
            long from = step.next();
            step = readers.read(connection -> {
                if (hasSnapshots) {
                    looking.snapshots(stream -> neededBehind(connection, stream));
                }
                return new SqliteWalk(connection, looking, from, tail.head()).run(counting);
            });
        }
        return tally.report();
    }

    @Override
    public synchronized Progress removeSome(Cutoffs cutoffs, int maxEvents, String actor) {
        boolean isKnown = false;
        try {
            boolean hasSnapshots = hasSnapshots();
            SqlitePruning pruning = readers.read(connection -> prune(connection, cutoffs, maxEvents, hasSnapshots));
            boolean isApplied = pruning.events() == 0
                    || ReturningChange.execute(
                            writer,
                            pruning.bytes(),
                            (session, afterCommit) -> apply((SqliteSession) session, pruning, actor, afterCommit));
            isKnown = isApplied;
            if (!isApplied) {
                return new Progress(0, false, List.of()); // and begins anew
            }
            next = pruning.next();
            RetentionPass done = pass;
            if (done != null && pruning.isAtEnd()) {
                floor = done.floor(next);
                floorPolicy = cutoffs.policy();
                pass = null;
            }
            return new Progress(pruning.events(), pruning.isAtEnd(), pruning.heldBackBy());
        } finally {
            if (!isKnown) {
                pass = null; // which has gone on further than what was removed
            }
        }
    }

    private boolean hasSnapshots() {
        boolean any = readers.read(RetentionRows::hasSnapshots);
        if (any) {
            streams.use();
        }
        return any;
    }

    /// See [RetentionPass.Snapshots].
    private long neededBehind(Connection connection, OrderKey stream) throws SQLException {
        long version = RetentionRows.snapshotVersion(connection, stream);
        if (version < 1) {
            return version < 0 ? Long.MAX_VALUE : 0;
        }
        long[] all = streams.positions(connection, stream);
        return version > all.length ? Long.MAX_VALUE : all[(int) version - 1];
    }

    private SqlitePruning prune(Connection connection, Cutoffs cutoffs, int maxEvents, boolean hasSnapshots)
            throws SQLException {
        long holds = RetentionRows.holdsRevision(connection);
        RetentionPass current = pass;
        if (current == null || !current.cutoffs().equals(cutoffs) || holds != revision) {
            if (holds != revision || !floorPolicy.equals(cutoffs.policy()) || ++passes % PASSES_PER_WHOLE_ONE == 0) {
                floor = 1;
            }
            current = new RetentionPass(cutoffs, RetentionRows.holds(connection));
            pass = current;
            revision = holds;
            next = floor;
        }
        current.readers(Readers.SQLITE.all(connection));
        if (hasSnapshots) {
            current.snapshots(stream -> neededBehind(connection, stream));
        }
        SqlitePruning pruning = new SqlitePruning(connection, current, maxEvents);
        pruning.run(next, tail.head());
        return pruning;
    }

    /// @return false if something is held that was not when it was decided what goes, or somebody reads who did not
    private boolean apply(SqliteSession session, SqlitePruning pruning, String actor, List<Runnable> afterCommit)
            throws SQLException {
        Connection connection = session.connection();
        List<ReaderPosition> now = Readers.SQLITE.all(connection);
        if (RetentionRows.holdsRevision(connection) != revision
                || (!now.isEmpty() && now.getFirst().position() < pruning.lastPosition())) {
            return false;
        }
        Map<EventType, Integer> unsealed = new HashMap<>();
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE blocks SET records = ? WHERE first_position = ? AND events = ?")) {
            for (SqlitePruning.Pruned block : pruning.pruned()) {
                update.setBytes(1, block.left().bytes());
                update.setLong(2, block.left().firstPosition());
                update.setInt(3, block.left().events());
                if (update.executeUpdate() != 1) {
                    throw new StoreException(
                            "there is no block at " + block.left().firstPosition() + " any more", null);
                }
                if (!countOut(connection, block)) {
                    block.byType().forEach((type, events) -> unsealed.merge(type, events, Integer::sum));
                }
            }
        }
        session.appender().removed(unsealed);
        RetentionRows.add(
                connection,
                RetentionRow.removed(
                        pruning.policy().toString(),
                        actor,
                        clock.instant(),
                        pruning.firstPosition(),
                        pruning.lastPosition(),
                        pruning.byDomain(),
                        pruning.pruned().stream()
                                .map(block -> new Left(block.left().firstPosition(), block.residue()))
                                .toList()));
        afterCommit.add(() -> {
            removed.addAndGet(pruning.events());
            tail.dropThrough(pruning.lastPosition());
        });
        return true;
    }

    /// Takes the events of a block out of what its segment says of types; false if it is in none yet.
    private static boolean countOut(Connection connection, SqlitePruning.Pruned block) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT first_position, types FROM segments WHERE"
                        + " first_position = (SELECT max(first_position) FROM segments WHERE first_position <= ?1)"
                        + " AND last_position >= ?1");
                PreparedStatement update =
                        connection.prepareStatement("UPDATE segments SET types = ? WHERE first_position = ?")) {
            select.setLong(1, block.left().firstPosition());
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return false;
                }
                String before = row.getString(2);
                Map<EventType, Integer> types = Segment.parse(before);
                block.byType()
                        .forEach((type, events) ->
                                types.computeIfPresent(type, (_, count) -> count > events ? count - events : null));
                update.setString(1, Segment.format(types) + (before.endsWith(Segment.UNKNOWN) ? Segment.UNKNOWN : ""));
                update.setLong(2, row.getLong(1));
                update.executeUpdate();
                return true;
            }
        }
    }

    /// The version of the first event of a stream that is there, one behind the last if none is.
    ///
    /// @param positions of all its events, also of those that were removed
    long firstVersion(Connection connection, OrderKey stream, long[] positions) throws SQLException {
        try (BlockReader blocks = new BlockReader(connection)) {
            BlockCursor cursor = new BlockCursor();
            int low = 0;
            int high = positions.length;
            if (mayHaveHoles(connection, stream.domain())) {
                while (low < high && isRemoved(positions[low], blocks, cursor)) {
                    low++;
                }
                return low + 1L;
            }
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (isRemoved(positions[middle], blocks, cursor)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low + 1L;
        }
    }

    /// Whether events in the midst of a stream may have been removed while older ones were held. Only a hold of
    /// certain times does that: any other holds a whole stream.
    private static boolean mayHaveHoles(Connection connection, String domain) throws SQLException {
        return RetentionRows.holds(connection).stream()
                .map(LegalHold::scope)
                .anyMatch(scope -> scope.hasTimes()
                        && (scope.domain() == null || scope.domain().equals(domain)));
    }

    private static boolean isRemoved(long position, BlockReader blocks, BlockCursor cursor) throws SQLException {
        Block block = blocks.at(position);
        if (block == null) {
            return true;
        }
        cursor.open(block);
        cursor.moveTo(position);
        return cursor.isRemoved();
    }

    @Override
    public LegalHold place(LegalHold.Scope scope, String reason, String actor, Instant at) {
        return change(connection -> RetentionRows.place(connection, scope, reason, actor, at));
    }

    @Override
    public LegalHold lift(long number, String reason, String actor, Instant at) {
        readers.read(connection -> RetentionRows.liftable(connection, number));
        return change(connection -> RetentionRows.lift(connection, number, reason, actor, at));
    }

    void keepBehind(String reader, long position) {
        change(connection -> {
            RetentionRows.keepBehind(connection, reader, position);
            return true;
        });
    }

    void release(String reader) {
        change(connection -> {
            RetentionRows.release(connection, reader);
            return true;
        });
    }

    private interface Work<T> {
        T apply(Connection connection) throws SQLException;
    }

    private <T> T change(Work<T> work) {
        return ReturningChange.execute(writer, 1_000, (session, _) -> work.apply(session.connection()));
    }

    @Override
    public void forget(ReaderPosition.Kind kind, String name, String actor, Instant at) {
        ReaderPosition reader = RetentionRows.forgettable(readers(), kind, name);
        boolean isGroup = kind == ReaderPosition.Kind.GROUP;
        if (isGroup && transport.hasMembers(name)) {
            throw RetentionRows.stillReads(name);
        }
        change(connection -> {
            if (isGroup) {
                positions.forget(name);
            }
            RetentionRows.forget(connection, reader, "group_positions", actor, at);
            return true;
        });
    }

    @Override
    public List<LegalHold> holds() {
        return readers.read(RetentionRows::holds);
    }

    @Override
    public List<ReaderPosition> readers() {
        return readers.read(Readers.SQLITE::all);
    }

    @Override
    public List<RetentionRecord> records(int limit) {
        return readers.read(connection -> RetentionRows.records(connection, limit));
    }

    @Override
    public long removed() {
        return removed.get();
    }
}
