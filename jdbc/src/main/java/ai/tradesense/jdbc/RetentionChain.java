package ai.tradesense.jdbc;

import ai.tradesense.retention.RetentionRecord.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The record of removals as a check reads it: whether it hangs together, and what it says that batches were
/// left as. Events may be removed while a check runs, so it reads on where what it knows does not explain what
/// it finds. Not for use by several threads at once.
final class RetentionChain {
    private static final int ROWS_AT_ONCE = 200;

    private final Map<Long, byte[]> residues = new HashMap<>();
    private long rows;
    private byte[] hash = BatchHash.NOTHING;
    private @Nullable String problem;

    /// Reads what is new.
    ///
    /// @return whether there was anything
    boolean readOn(Connection connection) throws SQLException {
        long before = rows;
        List<RetentionRow> some = RetentionRows.after(connection, rows, ROWS_AT_ONCE);
        while (problem == null && !some.isEmpty()) {
            for (RetentionRow row : some) {
                add(row);
            }
            some = RetentionRows.after(connection, rows, ROWS_AT_ONCE);
        }
        return rows > before && problem == null;
    }

    private void add(RetentionRow row) {
        if (problem != null) {
            return;
        }
        if (!row.isBehind(rows, hash)) {
            problem = "the record of removals and holds is not what was written, from number " + (rows + 1) + " on";
            return;
        }
        rows = row.number();
        hash = row.hash();
        if (row.kind() == Kind.REMOVED) {
            residues.putAll(Residue.read(row.batches()));
        }
    }

    /// What is wrong with the record itself; null if nothing is.
    @Nullable
    String problem() {
        return problem;
    }

    /// The hash of what is left of a batch; null if nothing was taken out of it.
    byte @Nullable [] residue(long batch) {
        return residues.get(batch);
    }

    /// How many rows were read.
    long rows() {
        return rows;
    }

    /// Stands for all of them.
    String hash() {
        return HexFormat.of().formatHex(hash);
    }
}
