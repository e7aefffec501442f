package ai.tradesense.jdbc;

import ai.tradesense.jdbc.Segment.IdEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Where the ids of sealed events stand, by their [IdKeys]. Belongs to the writer.
///
/// A row per statement costs three times as much as many rows in one, so statements of several sizes are kept.
final class IdIndex implements AutoCloseable {
    /// How many keys are looked up at a time.
    static final int LOOKUP_KEYS = 64;

    private static final int[] INSERT_ROWS = {128, 16, 1};

    private final Map<Integer, PreparedStatement> inserts = new TreeMap<>(Collections.reverseOrder());
    private final PreparedStatement lookup;
    private long maxOrdered;
    private boolean anyHashed;

    IdIndex(Connection connection) throws SQLException {
        for (int rows : INSERT_ROWS) {
            inserts.put(
                    rows,
                    connection.prepareStatement("INSERT INTO ids (id_key, position) VALUES "
                            + String.join(", ", Collections.nCopies(rows, "(?, ?)"))));
        }
        this.lookup = connection.prepareStatement("SELECT id_key, position FROM ids WHERE id_key IN ("
                + String.join(", ", Collections.nCopies(LOOKUP_KEYS, "?")) + ")");
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT coalesce(max(id_key), -1), coalesce(min(id_key), 0) FROM ids")) {
            row.next();
            this.maxOrdered = row.getLong(1);
            this.anyHashed = row.getLong(2) < 0;
        }
    }

    /// False only if no id of this key is in the index. A new id of version 7 is newer than all that are there,
    /// which is known without a look.
    boolean mayContain(long key) {
        return IdKeys.isOrdered(key) ? key <= maxOrdered : anyHashed;
    }

    /// The positions of those of the first `count` keys that are there; at most [#LOOKUP_KEYS].
    Map<Long, long[]> find(long[] keys, int count) throws SQLException {
        for (int i = 0; i < LOOKUP_KEYS; i++) {
            lookup.setLong(i + 1, keys[Math.min(i, count - 1)]);
        }
        Map<Long, long[]> found = new HashMap<>();
        try (ResultSet rows = lookup.executeQuery()) {
            while (rows.next()) {
                found.merge(rows.getLong(1), new long[] {rows.getLong(2)}, IdIndex::concat);
            }
        }
        return found;
    }

    private static long[] concat(long[] some, long[] more) {
        long[] all = java.util.Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    /// Adds ids, which should be in order.
    void add(List<IdEntry> entries) throws SQLException {
        int done = 0;
        for (Map.Entry<Integer, PreparedStatement> insert : inserts.entrySet()) {
            int rows = insert.getKey();
            while (entries.size() - done >= rows) {
                insertRows(insert.getValue(), entries.subList(done, done + rows));
                done += rows;
            }
        }
        for (IdEntry entry : entries) {
            if (IdKeys.isOrdered(entry.key())) {
                maxOrdered = Math.max(maxOrdered, entry.key());
            } else {
                anyHashed = true;
            }
        }
    }

    private static void insertRows(PreparedStatement insert, List<IdEntry> entries) throws SQLException {
        int parameter = 1;
        for (IdEntry entry : entries) {
            insert.setLong(parameter++, entry.key());
            insert.setLong(parameter++, entry.position());
        }
        insert.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        lookup.close();
        for (PreparedStatement insert : inserts.values()) {
            insert.close();
        }
    }
}
