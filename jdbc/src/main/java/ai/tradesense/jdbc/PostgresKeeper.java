package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shows that this process lives: extends leases and memberships, several times within the length of a lease,
/// and saves positions soon after they have moved. One thread and one connection for all subscriptions, so
/// that a handler that takes long costs no lease.
///
/// Its commits do not wait for the disk: a position that a crash of the database forgets makes events come
/// again, and a lease that it forgets is renewed or lapses.
final class PostgresKeeper implements AutoCloseable {
    /// What is done over its connection.
    @FunctionalInterface
    interface Work<T> {
        T apply(Connection connection) throws SQLException;
    }

    private static final int TENDINGS_PER_LEASE = 5;
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration BETWEEN_SAVINGS = Duration.ofMillis(5);
    private static final Logger LOG = LoggerFactory.getLogger(PostgresKeeper.class);

    private final PostgresDatabase database;
    private final long usualNanos;
    private final Set<PostgresSubscription> subscriptions = new CopyOnWriteArraySet<>();
    private final Thread thread;
    private volatile @Nullable String trouble;

    private final Object connecting = new Object();
    private @Nullable Connection connection; // guarded by `connecting`

    // Guarded by this.
    private boolean toSave;
    private boolean toTend;
    private boolean closed;

    PostgresKeeper(PostgresDatabase database, Duration lease) {
        this.database = database;
        this.usualNanos = lease.toNanos() / TENDINGS_PER_LEASE;
        this.thread =
                Thread.ofPlatform().daemon(true).name("tradesense-log-keeper").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void add(PostgresSubscription subscription) {
        subscriptions.add(subscription);
        tendNow();
    }

    void remove(PostgresSubscription subscription) {
        subscriptions.remove(subscription);
    }

    List<PostgresSubscription> subscriptions() {
        return List.copyOf(subscriptions);
    }

    /// Why the database could not be asked; null if it could.
    @Nullable
    String trouble() {
        return trouble;
    }

    /// Positions have moved. Does not wait.
    synchronized void save() {
        if (!toSave) {
            toSave = true;
            notifyAll();
        }
    }

    /// Members have come or gone. Does not wait.
    synchronized void tendNow() {
        toTend = true;
        notifyAll();
    }

    /// Does something over the connection that keeps leases.
    ///
    /// @throws StoreException if that fails
    <T> T with(Work<T> work) {
        synchronized (connecting) {
            try {
                Connection open = connection;
                if (open == null) {
                    open = database.connect("keeper");
                    connection = open;
                    commitSoon(open, "off");
                }
                return work.apply(open);
            } catch (SQLException failure) {
                disconnect();
                throw database.failure("does not keep leases and positions", failure);
            }
        }
    }

    /// The same, and durable when this returns.
    <T> T durably(Work<T> work) {
        return with(open -> {
            commitSoon(open, "on");
            T outcome = work.apply(open);
            commitSoon(open, "off");
            return outcome;
        });
    }

    private static void commitSoon(Connection open, String synchronously) throws SQLException {
        try (Statement statement = open.createStatement()) {
            statement.execute("SET synchronous_commit = " + synchronously);
        }
    }

    private void disconnect() {
        synchronized (connecting) {
            Connection open = connection;
            connection = null;
            try {
                if (open != null) {
                    open.close();
                }
            } catch (SQLException failure) {
                LOG.debug("a connection that is given up could not be closed", failure);
            }
        }
    }

    private void run() {
        long nextTending = System.nanoTime();
        long nextSaving = nextTending;
        try {
            while (await(nextTending, nextSaving)) {
                long now = System.nanoTime();
                if (takeToTend() || now - nextTending >= 0) {
                    nextTending = now + tend();
                } else {
                    nextSaving = now + BETWEEN_SAVINGS.toNanos();
                    each((subscription, open) -> {
                        subscription.save(open);
                        return false;
                    });
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until there is something to do.
    ///
    /// @return false if it is closed
    private synchronized boolean await(long nextTending, long nextSaving) throws InterruptedException {
        while (!closed && !toTend) {
            long now = System.nanoTime();
            long left = toSave ? Math.min(nextTending - now, nextSaving - now) : nextTending - now;
            if (left <= 0) {
                toSave &= nextTending - now <= 0;
                return true;
            }
            wait(left / 1_000_000, (int) (left % 1_000_000));
        }
        return !closed;
    }

    private synchronized boolean takeToTend() {
        boolean taken = toTend;
        toTend = false;
        return taken;
    }

    /// @return after how many nanoseconds to do it again
    private long tend() {
        return each(PostgresSubscription::tend) ? Math.min(SOON.toNanos(), usualNanos) : usualNanos;
    }

    private interface Visit {
        boolean apply(PostgresSubscription subscription, Connection open) throws SQLException;
    }

    /// @return whether any said so
    private boolean each(Visit visit) {
        boolean any = false;
        for (PostgresSubscription subscription : subscriptions) {
            try {
                any |= with(open -> visit.apply(subscription, open));
            } catch (RuntimeException failure) {
                if (trouble == null) {
                    LOG.error("leases and positions cannot be kept; trying again", failure);
                }
                trouble = String.valueOf(failure.getMessage());
                save(); // what could not be saved
                return true; // the others would fail alike
            }
        }
        if (trouble != null) {
            LOG.info("{} keeps leases and positions again", database.name());
        }
        trouble = null;
        return any;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(database.timeout());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        disconnect();
    }
}
