package ai.tradesense.jdbc;

import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.State;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Keeps the numbers in memory: nobody else writes to the file.
final class SqliteTally implements ParkedTally {
    private static final class Numbers {
        private final AtomicLong waiting = new AtomicLong();
        private final AtomicLong dead = new AtomicLong();
        private final AtomicLong revision = new AtomicLong();

        Counts counts() {
            return new Counts(waiting.get(), dead.get());
        }
    }

    private final Map<String, Numbers> groups = new ConcurrentHashMap<>();

    SqliteTally(ReadConnections readers) {
        readers.read(this::count);
    }

    private boolean count(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT group_name, sum(state = 'WAITING'), sum(state <> 'WAITING' AND discarded_at IS NULL)
                        FROM parked GROUP BY group_name""")) {
            while (row.next()) {
                numbers(row.getString(1)).waiting.set(row.getLong(2));
                numbers(row.getString(1)).dead.set(row.getLong(3));
            }
        }
        return true;
    }

    private Numbers numbers(String group) {
        return groups.computeIfAbsent(group, _ -> new Numbers());
    }

    @Override
    public void changed(String group, @Nullable Progress before, @Nullable Progress after, List<Runnable> afterCommit) {
        afterCommit.add(() -> {
            count(group, before, -1);
            count(group, after, 1);
        });
    }

    private void count(String group, @Nullable Progress progress, int by) {
        if (progress != null) {
            numbers(group).waiting.addAndGet(progress.state() == State.WAITING ? by : 0);
            numbers(group).dead.addAndGet(progress.isDeadLetter() ? by : 0);
        }
    }

    @Override
    public void changedByOperator(String group, List<Runnable> afterCommit) {
        afterCommit.add(() -> numbers(group).revision.incrementAndGet());
    }

    @Override
    public Counts counts(String group) {
        return numbers(group).counts();
    }

    @Override
    public Map<String, Counts> counts() {
        Map<String, Counts> counts = new HashMap<>();
        groups.forEach((group, numbers) -> counts.put(group, numbers.counts()));
        counts.values().removeIf(new Counts(0, 0)::equals);
        return counts;
    }

    @Override
    public long revision(String group) {
        return numbers(group).revision.get();
    }
}
