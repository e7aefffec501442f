package ai.tradesense.jdbc;

import ai.tradesense.jdbc.DatabaseException.Reason;
import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A few connections that read, for whoever asks; more wait. Safe for use by several threads.
final class ReadConnections implements AutoCloseable {
    /// How many read at the same time.
    static final int MAX = 4;

    /// What is done with a connection.
    @FunctionalInterface
    interface Reading<T> {
        T apply(Connection connection) throws SQLException;
    }

    private final ConnectionSource database;
    private final Duration patience;
    private final Semaphore permits = new Semaphore(MAX, true);
    private final ArrayDeque<Connection> idle = new ArrayDeque<>();
    private boolean closed;

    /// @param patience how long to wait for one of them
    ReadConnections(ConnectionSource database, Duration patience) {
        this.database = database;
        this.patience = patience;
    }

    /// Reads something.
    ///
    /// @throws StoreException if that fails, none is free in time, or this is closed
    <T> T read(Reading<T> reading) {
        acquire();
        try {
            Connection used = takeIdle();
            if (used != null) {
                try {
                    return readOver(used, reading);
                } catch (SQLException failure) {
                    if (!database.isOfConnection(failure)) {
                        throw failure;
                    }
                    dropIdle(); // they are as old, and as dead
                }
            }
            return readOver(database.openReader(), reading);
        } catch (SQLException failure) {
            throw database.failure("could not be read", failure);
        } finally {
            permits.release();
        }
    }

    /// Not ended by an interrupt, as reading itself is not.
    private void acquire() {
        boolean interrupted = false;
        long due = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                try {
                    if (permits.tryAcquire(due - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        return;
                    }
                    throw new DatabaseException(
                            Reason.POOL_EXHAUSTED,
                            database.name() + " could not be read: none of " + MAX + " connections was free within "
                                    + patience,
                            null);
                } catch (InterruptedException again) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private <T> T readOver(Connection connection, Reading<T> reading) throws SQLException {
        T read;
        try {
            read = reading.apply(connection);
        } catch (SQLException | RuntimeException | Error failure) {
            closeQuietly(connection);
            throw failure;
        }
        giveBack(connection);
        return read;
    }

    private synchronized @Nullable Connection takeIdle() {
        if (closed) {
            throw new StoreException(database.name() + " is closed", null);
        }
        return idle.pollLast();
    }

    private synchronized void dropIdle() {
        idle.forEach(ReadConnections::closeQuietly);
        idle.clear();
    }

    private synchronized void giveBack(Connection connection) {
        if (closed) {
            closeQuietly(connection);
        } else {
            idle.addLast(connection);
        }
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException _) {
            // It only read.
        }
    }

    /// Waits for those that are reading. Idempotent.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        permits.acquireUninterruptibly(MAX);
        dropIdle();
        permits.release(MAX);
    }
}
