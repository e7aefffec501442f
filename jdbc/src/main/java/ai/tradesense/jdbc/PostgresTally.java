package ai.tradesense.jdbc;

import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Keeps the numbers in a table, for all instances. What is asked for again and again, the revision, is in
/// memory too; [LogFollower] brings what others have changed.
final class PostgresTally implements ParkedTally {
    private static final class Difference {
        private long waiting;
        private long dead;
        private long revisions;
    }

    private final ReadConnections readers;
    private final Map<String, Long> revisions = new ConcurrentHashMap<>();

    // Touched by the writer's thread alone.
    private final Map<String, Difference> differences = new HashMap<>();
    private final Map<String, Long> written = new HashMap<>();

    PostgresTally(ReadConnections readers) {
        this.readers = readers;
    }

    /// A transaction begins.
    void begin() {
        differences.clear();
        written.clear();
    }

    @Override
    public void changed(String group, @Nullable Progress before, @Nullable Progress after, List<Runnable> afterCommit) {
        count(group, before, -1);
        count(group, after, 1);
    }

    private void count(String group, @Nullable Progress progress, int by) {
        if (progress != null) {
            Difference difference = difference(group);
            difference.waiting += progress.state() == State.WAITING ? by : 0;
            difference.dead += progress.isDeadLetter() ? by : 0;
        }
    }

    private Difference difference(String group) {
        return differences.computeIfAbsent(group, _ -> new Difference());
    }

    @Override
    public void changedByOperator(String group, List<Runnable> afterCommit) {
        difference(group).revisions++;
    }

    /// Writes what has changed in the transaction that is open.
    void write(Connection connection) throws SQLException {
        if (differences.isEmpty()) {
            return;
        }
        try (PreparedStatement upsert = connection.prepareStatement("""
                INSERT INTO parked_tally AS tally (group_name, waiting, dead, revision) VALUES (?, ?, ?, ?)
                ON CONFLICT (group_name) DO UPDATE SET waiting = tally.waiting + excluded.waiting,
                  dead = tally.dead + excluded.dead, revision = tally.revision + excluded.revision
                RETURNING revision""")) {
            for (Map.Entry<String, Difference> each : differences.entrySet()) {
                upsert.setString(1, each.getKey());
                upsert.setLong(2, each.getValue().waiting);
                upsert.setLong(3, each.getValue().dead);
                upsert.setLong(4, each.getValue().revisions);
                try (ResultSet row = upsert.executeQuery()) {
                    row.next();
                    written.put(each.getKey(), row.getLong(1));
                }
            }
        }
    }

    /// What was written is durable.
    void committed() {
        written.forEach(this::known);
    }

    /// A group has this revision.
    void known(String group, long revision) {
        revisions.merge(group, revision, Math::max);
    }

    @Override
    public Counts counts(String group) {
        return readers.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT waiting, dead FROM parked_tally WHERE group_name = ?")) {
                select.setString(1, group);
                try (ResultSet row = select.executeQuery()) {
                    return row.next() ? new Counts(row.getLong(1), row.getLong(2)) : new Counts(0, 0);
                }
            }
        });
    }

    @Override
    public Map<String, Counts> counts() {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                            "SELECT group_name, waiting, dead FROM parked_tally WHERE waiting <> 0 OR dead <> 0");
                    ResultSet row = select.executeQuery()) {
                Map<String, Counts> counts = new HashMap<>();
                while (row.next()) {
                    counts.put(row.getString(1), new Counts(row.getLong(2), row.getLong(3)));
                }
                return counts;
            }
        });
    }

    @Override
    public long revision(String group) {
        return revisions.getOrDefault(group, 0L);
    }
}
