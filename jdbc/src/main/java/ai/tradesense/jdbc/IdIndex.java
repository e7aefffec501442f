package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Where the ids of sealed events stand, by their [IdKeys]. Belongs to the writer.
///
/// Ids that begin with their time need no index over all of them. Each segment keeps its own, and from when to
/// when they reach: that of a new event lies behind all of them, and one that was seen before lies within few.
/// Other ids are in a B-tree, which costs an append more than everything else together, and more the larger it
/// grows.
final class IdIndex implements AutoCloseable {
    /// How many hashed keys are looked up at a time.
    static final int LOOKUP_KEYS = 64;

    /// Segments whose ids are held in memory, those used last: some 64 KiB each, once they are asked. So many,
    /// because where clocks differ or somebody stores what happened long ago, an id lies between those of many
    /// segments.
    private static final int HELD_RUNS = 256;

    /// A row per statement costs three times as much as many rows in one.
    private static final int[] INSERT_ROWS = {128, 16, 1};

    private static final long[] NOWHERE = {};

    private final PreparedStatement insertRun;
    private final PreparedStatement selectRun;
    private final PreparedStatement lookupHashed;
    private final Map<Integer, PreparedStatement> insertsHashed = new TreeMap<>(Collections.reverseOrder());
    private boolean anyHashed;

    // Of the segments that have ordered ids, the oldest first. Those from `remembered` on are in the caller's
    // memory.
    private int remembered;
    private int segments;
    private long[] firstPositions = new long[64];
    private long[] minKeys = new long[64];
    private long[] maxKeys = new long[64];
    private long[] maxKeysSoFar = new long[64];
    private final Map<Long, IdRun> runs = new LinkedHashMap<>(HELD_RUNS * 2, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, IdRun> eldest) {
            return size() > HELD_RUNS;
        }
    };

    IdIndex(Connection connection) throws SQLException {
        this.insertRun = connection.prepareStatement(
                "INSERT INTO segment_ids (first_position, min_key, max_key, keys) VALUES (?, ?, ?, ?)");
        this.selectRun = connection.prepareStatement("SELECT keys FROM segment_ids WHERE first_position = ?");
        this.lookupHashed = connection.prepareStatement("SELECT id_key, position FROM hashed_ids WHERE id_key IN ("
                + String.join(", ", Collections.nCopies(LOOKUP_KEYS, "?")) + ")");
        for (int rows : INSERT_ROWS) {
            insertsHashed.put(
                    rows,
                    connection.prepareStatement("INSERT INTO hashed_ids (id_key, position) VALUES "
                            + String.join(", ", Collections.nCopies(rows, "(?, ?)"))));
        }
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT 1 FROM hashed_ids)")) {
                anyHashed = row.next() && row.getBoolean(1);
            }
            try (ResultSet row = statement.executeQuery(
                    "SELECT first_position, min_key, max_key FROM segment_ids WHERE min_key IS NOT NULL"
                            + " ORDER BY first_position")) {
                while (row.next()) {
                    addRange(row.getLong(1), row.getLong(2), row.getLong(3));
                }
            }
        }
        remembered = segments;
    }

    private void addRange(long firstPosition, long minKey, long maxKey) {
        if (segments == firstPositions.length) {
            firstPositions = Arrays.copyOf(firstPositions, segments * 2);
            minKeys = Arrays.copyOf(minKeys, segments * 2);
            maxKeys = Arrays.copyOf(maxKeys, segments * 2);
            maxKeysSoFar = Arrays.copyOf(maxKeysSoFar, segments * 2);
        }
        firstPositions[segments] = firstPosition;
        minKeys[segments] = minKey;
        maxKeys[segments] = maxKey;
        maxKeysSoFar[segments] = segments == 0 ? maxKey : Math.max(maxKey, maxKeysSoFar[segments - 1]);
        segments++;
    }

    /// Where events with an ordered key stand, but for those that the caller remembers. For a new id this is
    /// known without a look.
    long[] findOrdered(long key) throws SQLException {
        long[] found = NOWHERE;
        for (int i = remembered - 1; i >= 0 && key <= maxKeysSoFar[i]; i--) {
            if (key >= minKeys[i] && key <= maxKeys[i]) {
                IdRun run = run(firstPositions[i]);
                if (run.holds(key)) {
                    long[] positions = run.positionsOf(key);
                    found = found.length == 0 ? positions : concat(found, positions);
                }
            }
        }
        return found;
    }

    private IdRun run(long firstPosition) throws SQLException {
        IdRun run = runs.get(firstPosition);
        if (run == null) {
            selectRun.setLong(1, firstPosition);
            try (ResultSet row = selectRun.executeQuery()) {
                byte @Nullable [] stored = row.next() ? row.getBytes(1) : null;
                run = IdRun.of(firstPosition, stored == null ? new byte[0] : stored);
            }
            runs.put(firstPosition, run);
        }
        return run;
    }

    /// Where events with a hashed key stand: those of a stretch of a batch, of at most [#LOOKUP_KEYS].
    Map<Long, long[]> findHashed(EventKeys keys, int start, int end) throws SQLException {
        int parameter = 1;
        for (int i = start; anyHashed && i < end; i++) {
            if (!IdKeys.isOrdered(keys.id(i))) {
                lookupHashed.setLong(parameter++, keys.id(i));
            }
        }
        if (parameter == 1) {
            return Map.of();
        }
        while (parameter <= LOOKUP_KEYS) {
            lookupHashed.setLong(parameter++, IdRun.NO_KEY);
        }
        Map<Long, long[]> found = new HashMap<>();
        try (ResultSet row = lookupHashed.executeQuery()) {
            while (row.next()) {
                found.merge(row.getLong(1), new long[] {row.getLong(2)}, IdIndex::concat);
            }
        }
        return found;
    }

    private static long[] concat(long[] some, long[] more) {
        long[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    /// Adds the ids of a segment. The caller remembers at least those from `rememberedFrom` on that were added
    /// by this.
    void add(IdRun run, long rememberedFrom) throws SQLException {
        long minKey = Long.MAX_VALUE;
        long maxKey = -1;
        List<HashedId> hashed = new ArrayList<>();
        for (int i = 0; i < run.keys().length; i++) {
            long key = run.keys()[i];
            if (key == IdRun.NO_KEY) {
                continue;
            }
            if (IdKeys.isOrdered(key)) {
                minKey = Math.min(minKey, key);
                maxKey = Math.max(maxKey, key);
            } else {
                hashed.add(new HashedId(key, run.firstPosition() + i));
            }
        }
        insertRun.setLong(1, run.firstPosition());
        if (maxKey < 0) {
            insertRun.setNull(2, Types.BIGINT);
            insertRun.setNull(3, Types.BIGINT);
        } else {
            insertRun.setLong(2, minKey);
            insertRun.setLong(3, maxKey);
            addRange(run.firstPosition(), minKey, maxKey);
        }
        insertRun.setBytes(4, run.toBytes());
        insertRun.executeUpdate();
        addHashed(hashed);
        while (remembered < segments && firstPositions[remembered] < rememberedFrom) {
            remembered++;
        }
    }

    private record HashedId(long key, long position) {}

    /// In the order of the B-tree, so that its pages are written one after the other.
    private void addHashed(List<HashedId> ids) throws SQLException {
        ids.sort(Comparator.comparingLong(HashedId::key));
        int done = 0;
        for (Map.Entry<Integer, PreparedStatement> insert : insertsHashed.entrySet()) {
            int rows = insert.getKey();
            while (ids.size() - done >= rows) {
                insertRows(insert.getValue(), ids.subList(done, done + rows));
                done += rows;
            }
        }
        anyHashed |= !ids.isEmpty();
    }

    private static void insertRows(PreparedStatement insert, List<HashedId> ids) throws SQLException {
        int parameter = 1;
        for (HashedId id : ids) {
            insert.setLong(parameter++, id.key());
            insert.setLong(parameter++, id.position());
        }
        insert.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        insertRun.close();
        selectRun.close();
        lookupHashed.close();
        for (PreparedStatement insert : insertsHashed.values()) {
            insert.close();
        }
    }
}
