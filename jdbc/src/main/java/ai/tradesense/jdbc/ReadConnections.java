package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;

/// A few connections that read, for whoever asks; more wait. Safe for use by several threads.
final class ReadConnections implements AutoCloseable {
    /// How many read at the same time.
    static final int MAX = 4;

    /// What is done with a connection.
    @FunctionalInterface
    interface Reading<T> {
        T apply(Connection connection) throws SQLException;
    }

    private final SqliteDatabase database;
    private final Semaphore permits = new Semaphore(MAX, true);
    private final ArrayDeque<Connection> idle = new ArrayDeque<>();
    private boolean closed;

    ReadConnections(SqliteDatabase database) {
        this.database = database;
    }

    /// Reads something.
    ///
    /// @throws StoreException if that fails, or this is closed
    <T> T read(Reading<T> reading) {
        permits.acquireUninterruptibly();
        try {
            Connection connection = take();
            T read;
            try {
                read = reading.apply(connection);
            } catch (SQLException | RuntimeException failure) {
                closeQuietly(connection);
                throw failure;
            }
            giveBack(connection);
            return read;
        } catch (SQLException failure) {
            throw new StoreException(database.file() + " could not be read: " + failure.getMessage(), failure);
        } finally {
            permits.release();
        }
    }

    private synchronized Connection take() {
        if (closed) {
            throw new StoreException(database.file() + " is closed", null);
        }
        Connection connection = idle.pollLast();
        return connection != null ? connection : database.openReader();
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
        synchronized (this) {
            idle.forEach(ReadConnections::closeQuietly);
            idle.clear();
        }
        permits.release(MAX);
    }
}
