package ai.tradesense.jdbc;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Up to and with which event each consumer group is done. Groups move their positions at any time; the writer
/// makes them durable together, now and then. Safe for use by several threads.
final class GroupPositions {
    /// The position of one group.
    static final class Position {
        private final String group;
        private volatile long settled;
        private long written; // touched by the writer's thread alone

        private Position(String group, long durable) {
            this.group = group;
            this.settled = durable;
            this.written = durable;
        }

        long settled() {
            return settled;
        }

        /// Called by one thread at a time.
        void settle(long position) {
            settled = position;
        }
    }

    private static final long CLEAN = Long.MIN_VALUE;

    private final long delayNanos;
    private final Map<String, Position> byGroup = new ConcurrentHashMap<>();
    private final AtomicLong dirtySince = new AtomicLong(CLEAN);

    // Touched by the writer's thread alone.
    private final List<Position> writing = new ArrayList<>();
    private final List<Long> writingTo = new ArrayList<>();

    /// @param delay how long after a group has moved its position that becomes durable, at the latest
    GroupPositions(Duration delay) {
        this.delayNanos = delay.toNanos();
    }

    /// The position of a group, which was read from the database if it was not known.
    Position of(String group, long durable) {
        return byGroup.computeIfAbsent(group, name -> new Position(name, durable));
    }

    /// Knows a group no more that has no members. Called by the writer's thread.
    void forget(String group) {
        byGroup.remove(group);
    }

    /// Paces what is written to a disk, so it is the time of the machine and not that of the events.
    private static long now() {
        return Math.max(System.nanoTime(), CLEAN + 1);
    }

    /// Something was settled.
    ///
    /// @return whether nothing was before, so that the writer should be told
    boolean markDirty() {
        return dirtySince.get() == CLEAN && dirtySince.compareAndSet(CLEAN, now());
    }

    boolean isDirty() {
        return dirtySince.get() != CLEAN;
    }

    boolean isDue() {
        return isDirty() && nanosUntilDue() <= 0;
    }

    private long nanosUntilDue() {
        return delayNanos - (now() - dirtySince.get());
    }

    /// When they are due, see [WriteQueue.Alarm].
    long nanosUntilDueIfAny() {
        return isDirty() ? nanosUntilDue() : Long.MAX_VALUE;
    }

    /// Could not be written; to be tried again after the usual delay.
    void postpone() {
        if (isDirty()) {
            dirtySince.set(now());
        }
    }

    /// Writes what has moved. What is settled meanwhile is for the next time.
    void write(PositionRows rows) throws SQLException {
        dirtySince.set(CLEAN);
        for (Position position : byGroup.values()) {
            long settled = position.settled;
            if (settled != position.written) {
                rows.put(position.group, settled);
                writing.add(position);
                writingTo.add(settled);
            }
        }
    }

    /// What was written is durable.
    void written() {
        for (int i = 0; i < writing.size(); i++) {
            writing.get(i).written = writingTo.get(i);
        }
        writing.clear();
        writingTo.clear();
    }

    /// What was written is not.
    void notWritten() {
        if (!writing.isEmpty()) {
            writing.clear();
            writingTo.clear();
            markDirty();
        }
    }
}
