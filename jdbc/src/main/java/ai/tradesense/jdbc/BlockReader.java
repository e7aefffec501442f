package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads blocks over one connection. Not for use by several threads at once.
final class BlockReader implements AutoCloseable {
    /// Takes blocks one by one.
    @FunctionalInterface
    interface Visitor {
        /// Takes a block and says whether to go on.
        boolean visit(Block block);
    }

    private static final String COLUMNS = "SELECT first_position, events, records FROM blocks ";

    /// Where at least one of so many positions is wanted, all blocks are read: that takes no look for each position.
    private static final long DENSE = 2;

    /// `json_each` goes through an array in its order, and so do the blocks come.
    private static final String HOLDING = """
            SELECT first_position, events, records FROM (
                SELECT DISTINCT (SELECT max(first_position) FROM blocks WHERE first_position <= position.value) AS start
                FROM json_each(?) AS position)
            CROSS JOIN blocks ON first_position = start""";

    private final PreparedStatement upwards;
    private final PreparedStatement downwards;

    BlockReader(Connection connection) throws SQLException {
        this.upwards = connection.prepareStatement(COLUMNS
                + "WHERE first_position >= coalesce((SELECT max(first_position) FROM blocks WHERE first_position <= ?), 0)"
                + " AND first_position <= ? ORDER BY first_position");
        try {
            this.downwards =
                    connection.prepareStatement(COLUMNS + "WHERE first_position <= ? ORDER BY first_position DESC");
        } catch (SQLException failure) {
            upwards.close();
            throw failure;
        }
    }

    /// The blocks that hold any of the positions from `first` to `last`, oldest first.
    void upwards(long first, long last, Visitor visitor) throws SQLException {
        upwards.setLong(1, first);
        upwards.setLong(2, last);
        try (ResultSet rows = upwards.executeQuery()) {
            visitAll(rows, visitor);
        }
    }

    /// The blocks that hold any of the positions from `last` down to `first`, newest first.
    void downwards(long last, long first, Visitor visitor) throws SQLException {
        downwards.setLong(1, last);
        try (ResultSet rows = downwards.executeQuery()) {
            boolean goOn = true;
            while (goOn && rows.next()) {
                Block block = block(rows);
                goOn = block.lastPosition() >= first && visitor.visit(block);
            }
        }
    }

    /// The blocks that hold any of some ascending positions, oldest first and each once; there may be others among
    /// them. It is one statement, because to begin and end one costs about as much as to read a block.
    static void holding(Connection connection, long[] positions, Visitor visitor) throws SQLException {
        long first = positions[0];
        long last = positions[positions.length - 1];
        if (last - first < DENSE * positions.length) {
            try (BlockReader blocks = new BlockReader(connection)) {
                blocks.upwards(first, last, visitor);
            }
            return;
        }
        try (PreparedStatement holding = connection.prepareStatement(HOLDING)) {
            holding.setString(1, Arrays.toString(positions));
            try (ResultSet rows = holding.executeQuery()) {
                visitAll(rows, visitor);
            }
        }
    }

    private static void visitAll(ResultSet rows, Visitor visitor) throws SQLException {
        boolean goOn = true;
        while (goOn && rows.next()) {
            goOn = visitor.visit(block(rows));
        }
    }

    /// The newest block; null if there is none.
    @Nullable
    Block last() throws SQLException {
        downwards.setLong(1, Long.MAX_VALUE);
        try (ResultSet rows = downwards.executeQuery()) {
            return rows.next() ? block(rows) : null;
        }
    }

    /// The block that holds a position; null if there is none.
    @Nullable
    Block at(long position) throws SQLException {
        downwards.setLong(1, position);
        try (ResultSet rows = downwards.executeQuery()) {
            if (!rows.next()) {
                return null;
            }
            Block block = block(rows);
            return block.lastPosition() >= position ? block : null;
        }
    }

    private static Block block(ResultSet row) throws SQLException {
        return new Block(row.getLong(1), row.getInt(2), row.getBytes(3));
    }

    @Override
    public void close() throws SQLException {
        try (upwards;
                downwards) {
            // Closed by leaving.
        }
    }
}
