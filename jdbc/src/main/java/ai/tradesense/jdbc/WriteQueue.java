package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What waits for a writer: callers put writes in and wait while too much is waiting already; the writer takes
/// out, at once, what may share a transaction (group commit).
final class WriteQueue<W extends Write> {
    /// How many bytes of records may wait.
    static final long MAX_QUEUED_BYTES = 64L << 20;

    /// How many bytes of records share a transaction at most, besides the limit on events.
    static final long MAX_GROUP_BYTES = 8L << 20;

    /// Says when a writer wants to be woken although nothing waits for it.
    interface Alarm {
        /// In how many nanoseconds; 0 or less for at once, [Long#MAX_VALUE] for never.
        long nanosLeft();
    }

    private final String database;
    private final int maxQueuedEvents;
    private final int maxGroupEvents;
    private final Alarm alarm;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition somethingToDo = lock.newCondition();
    private final Condition room = lock.newCondition();

    // Guarded by the lock.
    private final ArrayDeque<W> queue = new ArrayDeque<>();
    private int queuedEvents;
    private long queuedBytes;
    private boolean closed;

    /// @param database what the messages of exceptions begin with
    WriteQueue(String database, JdbcLog.Settings settings, Alarm alarm) {
        this.database = database;
        this.maxQueuedEvents = settings.maxQueuedEvents();
        this.maxGroupEvents = settings.maxGroupEvents();
        this.alarm = alarm;
    }

    /// Puts a write in, once there is room.
    ///
    /// @throws StoreException if this is closed, or the caller is interrupted while there is no room
    void put(W write) {
        lock.lock();
        try {
            while (!closed && !queue.isEmpty() && !hasRoomFor(write)) {
                room.await();
            }
            if (closed) {
                throw new StoreException(database + " is closed; nothing was written", null);
            }
            queue.add(write);
            queuedEvents += write.events();
            queuedBytes += write.bytes();
            somethingToDo.signal();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StoreException(
                    database + ": interrupted while the queue of the writer was full; nothing was written",
                    interrupted);
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoomFor(W write) {
        return queuedEvents + write.events() <= maxQueuedEvents && queuedBytes + write.bytes() <= MAX_QUEUED_BYTES;
    }

    /// Has the writer look at its alarm again.
    void wake() {
        lock.lock();
        try {
            somethingToDo.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for work, and takes as much as may share a transaction; nothing if the alarm went off.
    ///
    /// @return whether there may be more
    boolean take(List<W> group) throws InterruptedException {
        lock.lock();
        try {
            long nanosLeft = alarm.nanosLeft();
            while (queue.isEmpty() && !closed && nanosLeft > 0) {
                if (nanosLeft == Long.MAX_VALUE) {
                    somethingToDo.await();
                } else {
                    somethingToDo.awaitNanos(nanosLeft);
                }
                nanosLeft = alarm.nanosLeft();
            }
            takeGroup(group);
            room.signalAll();
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void takeGroup(List<W> group) {
        int events = 0;
        long bytes = 0;
        while (!queue.isEmpty()) {
            W next = queue.getFirst();
            events += next.events();
            bytes += next.bytes();
            if (!group.isEmpty() && (events > maxGroupEvents || bytes > MAX_GROUP_BYTES)) {
                return;
            }
            group.add(queue.removeFirst());
            queuedEvents -= next.events();
            queuedBytes -= next.bytes();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /// Refuses what comes from now on, and tells everybody who still waits.
    void close() {
        List<W> abandoned;
        lock.lock();
        try {
            closed = true;
            abandoned = new ArrayList<>(queue);
            queue.clear();
            somethingToDo.signalAll();
            room.signalAll();
        } finally {
            lock.unlock();
        }
        for (W write : abandoned) {
            write.fail(new StoreException(database + " was closed; this was not written", null));
        }
    }
}
