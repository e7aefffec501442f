package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Checks the log in a SQLite file, a few blocks at a time, so that nothing waits for it: neither who appends nor
/// the checkpoint. Only the look at the pages is one statement.
final class SqliteCheck {
    private static final int BLOCKS_AT_ONCE = 64;

    private static final String ENDS = """
            SELECT coalesce((SELECT first_position + events - 1 FROM batches ORDER BY first_position DESC LIMIT 1), 0),
              coalesce((SELECT first_position + events - 1 FROM blocks ORDER BY first_position DESC LIMIT 1), 0)""";
    private static final String BLOCKS = """
            SELECT blocks.first_position, blocks.events, blocks.records, batches.events, batches.hash
            FROM blocks LEFT JOIN batches ON batches.first_position = blocks.first_position
            WHERE blocks.first_position > ? AND blocks.first_position <= ? ORDER BY blocks.first_position LIMIT ?""";
    private static final String BATCHES =
            "SELECT count(*) FROM batches WHERE first_position > ? AND first_position <= ?";

    private final ReadConnections readers;
    private final LogCheck check;
    private final BatchHash hash = new BatchHash();
    private final Residue residue = new Residue();
    private final BlockCursor cursor = new BlockCursor();

    private SqliteCheck(ReadConnections readers, LogCheck check) {
        this.readers = readers;
        this.check = check;
    }

    /// Checks everything that is stored when it is called.
    static Verification verify(ReadConnections readers, Verification.Progress progress) {
        LogCheck check = new LogCheck(readers.read(SqliteCheck::end), progress);
        String problem = readers.read(SqliteCheck::problemOfTables);
        readers.read(connection -> check.chain().readOn(connection));
        if (!problem.isEmpty()) {
            check.fault(0, 0, problem);
        } else if (check.chain().problem() != null) {
            check.fault(0, 0, String.valueOf(check.chain().problem()));
        } else {
            new SqliteCheck(readers, check).run();
        }
        return check.verification();
    }

    /// The last position that is stored or noted, whichever is larger.
    private static long end(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ENDS)) {
            row.next();
            return Math.max(row.getLong(1), row.getLong(2));
        }
    }

    /// What is wrong with pages, tables or indexes; empty if nothing is.
    private static String problemOfTables(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA quick_check(1)")) {
            String outcome = row.next() ? row.getString(1) : "no answer";
            if (!outcome.equals("ok")) {
                return "the file is corrupt: " + outcome.strip().replace('\n', ' ');
            }
        }
        Map<String, String> found = definitions(connection);
        for (Map.Entry<String, String> expected : expectedDefinitions().entrySet()) {
            if (!expected.getValue().equals(found.get(expected.getKey()))) {
                return "the schema is not that of version " + Schema.version() + ": " + expected.getKey() + " is "
                        + (found.containsKey(expected.getKey()) ? "another" : "missing");
            }
        }
        return "";
    }

    /// What a database of this version is made of.
    private static Map<String, String> expectedDefinitions() throws SQLException {
        try (Connection empty = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            Schema.migrate(empty);
            return definitions(empty);
        }
    }

    private static Map<String, String> definitions(Connection connection) throws SQLException {
        Map<String, String> definitions = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT type, name, sql FROM sqlite_schema WHERE sql <> ''")) {
            while (row.next()) {
                definitions.put(row.getString(1) + " " + row.getString(2), row.getString(3));
            }
        }
        return definitions;
    }

    private void run() {
        long after = Long.MIN_VALUE;
        boolean goOn = true;
        while (goOn) {
            long start = after;
            long last = readers.read(connection -> some(connection, start));
            goOn = check.isSound() && last > start;
            after = last;
        }
        if (check.isSound() && check.next() <= check.end()) {
            check.fault(
                    check.next(), check.end(), "missing: the record of what was appended goes on, the log does not");
        }
    }

    /// Checks some blocks behind a position, and says where the last of them begins.
    private long some(Connection connection, long after) throws SQLException {
        long last = after;
        int noted = 0;
        try (PreparedStatement select = connection.prepareStatement(BLOCKS)) {
            select.setLong(1, after);
            select.setLong(2, check.end());
            select.setInt(3, BLOCKS_AT_ONCE);
            try (ResultSet row = select.executeQuery()) {
                while (check.isSound() && row.next()) {
                    Block block = new Block(row.getLong(1), row.getInt(2), row.getBytes(3));
                    last = block.firstPosition();
                    noted += row.getBytes(5) == null ? 0 : 1;
                    check(connection, block, row.getInt(4), row.getBytes(5));
                }
            }
        }
        if (check.isSound() && last > after && noted != batches(connection, after, last)) {
            check.fault(0, 0, "the record of what was appended knows more batches up to " + last + " than there are");
        }
        return last;
    }

    private static int batches(Connection connection, long after, long last) throws SQLException {
        try (PreparedStatement count = connection.prepareStatement(BATCHES)) {
            count.setLong(1, after);
            count.setLong(2, last);
            try (ResultSet row = count.executeQuery()) {
                return row.next() ? row.getInt(1) : 0;
            }
        }
    }

    /// What a block was left as, by the record that knows it last; events may be removed meanwhile.
    private void check(Connection connection, Block found, int notedEvents, byte @Nullable [] notedHash)
            throws SQLException {
        if (!check.follows(found.firstPosition())) {
            return;
        }
        Block block = found;
        boolean isSame = isSame(block, notedEvents, notedHash);
        while (!isSame && check.chain().readOn(connection)) {
            block = again(connection, block);
            isSame = isSame(block, notedEvents, notedHash);
        }
        if (check.chain().residue(block.firstPosition()) == null) {
            if (isSame && notedHash != null) {
                check.recorded(notedEvents, notedHash, notedHash);
            } else {
                checkUntouched(block, notedEvents, notedHash);
            }
        } else if (isSame) {
            check.pruned(block.events(), notedHash, removed(block));
        } else {
            check.fault(block.firstPosition(), block.lastPosition(), LogCheck.NOT_WHAT_WAS_LEFT);
        }
    }

    private static Block again(Connection connection, Block block) throws SQLException {
        try (BlockReader reader = new BlockReader(connection)) {
            Block now = reader.at(block.firstPosition());
            return now == null ? block : now;
        }
    }

    private boolean isSame(Block block, int notedEvents, byte @Nullable [] notedHash) {
        byte[] expected = check.chain().residue(block.firstPosition());
        if (notedHash != null && notedEvents != block.events()) {
            return false;
        }
        if (expected != null) {
            residue.begin(notedHash, block.firstPosition(), block.events());
            residue.add(block.bytes());
            return Arrays.equals(expected, residue.end());
        }
        if (notedHash == null) {
            return removed(block) == 0;
        }
        hash.begin(check.hash(), block.firstPosition(), block.events());
        hash.add(block.bytes());
        return Arrays.equals(notedHash, hash.end());
    }

    private int removed(Block block) {
        int removed = 0;
        cursor.open(block);
        while (cursor.next()) {
            removed += cursor.isRemoved() ? 1 : 0;
        }
        return removed;
    }

    private void checkUntouched(Block block, int notedEvents, byte @Nullable [] notedHash) {
        if (notedHash == null) {
            check.unrecorded(block.events());
            requireReadable(block);
            return;
        }
        hash.begin(check.hash(), block.firstPosition(), block.events());
        hash.add(block.bytes());
        boolean isSame = notedEvents == block.events() && check.recorded(notedEvents, notedHash, hash.end());
        if (!isSame) {
            requireReadable(block);
            check.fault(block.firstPosition(), block.lastPosition(), "changed: not what was appended there");
        }
    }

    /// Names the first event of a block that cannot be read, if there is one.
    private void requireReadable(Block block) {
        cursor.open(block);
        while (check.isSound() && cursor.next()) {
            if (cursor.isRemoved()) {
                check.fault(cursor.position(), cursor.position(), LogCheck.UNRECORDED_REMOVAL);
                continue;
            }
            try {
                cursor.event();
            } catch (RuntimeException problem) {
                long position = cursor.position();
                check.fault(
                        position,
                        position + cursor.covered() - 1,
                        "changed: what stands there cannot be read (" + problem.getMessage() + ")");
            }
        }
    }
}
