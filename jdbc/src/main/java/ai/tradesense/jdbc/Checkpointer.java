package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies what is committed from the WAL into the database file, on a thread and connection of its own, so that
/// no publisher waits for it.
///
/// Left to itself, SQLite does this at the end of whichever commit makes the WAL too long, and everybody waits.
/// But a checkpoint beside a busy writer never catches up with it, and the WAL starts over only when one does.
/// So when the WAL has become long all the same, the writer copies the little that is left itself, between two
/// transactions.
final class Checkpointer implements AutoCloseable {
    /// A checkpoint begins when this much was appended.
    static final long EVERY_BYTES = 4L << 20;

    /// The writer lends a hand when the WAL is this long, in pages.
    static final int LONG_WAL_PAGES = 16_384;

    private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);

    private final Connection connection;
    private final LogMeters meters;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition somethingToDo = lock.newCondition();

    // Guarded by the lock.
    private boolean due;
    private boolean closed;

    private long appendedBytes; // touched by the writer's thread alone
    private volatile boolean tooLong;

    Checkpointer(Connection connection, LogMeters meters) {
        this.connection = connection;
        this.meters = meters;
        this.thread = Thread.ofPlatform()
                .name("tradesense-log-checkpointer")
                .daemon(true)
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// The log has grown. Called by the writer.
    void grown(long bytes) {
        appendedBytes += bytes;
        if (appendedBytes >= EVERY_BYTES) {
            appendedBytes = 0;
            lock.lock();
            try {
                due = true;
                somethingToDo.signal();
            } finally {
                lock.unlock();
            }
        }
    }

    /// No transaction is open. Called by the writer, over whose connection the rest is copied if need be.
    void committed(Connection writer) {
        if (tooLong) {
            tooLong = false;
            checkpoint(writer);
        }
    }

    private void run() {
        while (awaitDue()) {
            tooLong = checkpoint(connection) > LONG_WAL_PAGES;
        }
    }

    private boolean awaitDue() {
        lock.lock();
        try {
            while (!due && !closed) {
                somethingToDo.awaitUninterruptibly();
            }
            due = false;
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /// @return how many pages the WAL has
    private int checkpoint(Connection by) {
        try (Statement statement = by.createStatement()) {
            long start = meters.nanoTime();
            ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(PASSIVE)");
            int pages = row.next() ? row.getInt(2) : 0;
            meters.checkpointed(meters.nanoTime() - start);
            return pages;
        } catch (SQLException | RuntimeException | Error failure) {
            LOG.warn("a checkpoint failed; the WAL grows until one succeeds", failure);
            return 0;
        }
    }

    /// Ends the checkpoint that is running, if there is one. Idempotent.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            somethingToDo.signal();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
