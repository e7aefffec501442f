package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import ai.tradesense.transport.LeaseKeeper;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the leases of all subscriptions kept and their positions saved, by one thread over one connection.
///
/// Its commits do not wait for the disk: a position that a crash of the database forgets makes events come
/// again, and a lease that it forgets is renewed or lapses.
final class PostgresKeeper implements LeaseKeeper.Duties, AutoCloseable {
    /// What is done over its connection.
    @FunctionalInterface
    interface Work<T> {
        T apply(Connection connection) throws SQLException;
    }

    private static final Duration BETWEEN_SAVINGS = Duration.ofMillis(5);
    private static final Logger LOG = LoggerFactory.getLogger(PostgresKeeper.class);

    private final PostgresDatabase database;
    private final LogTail tail;
    private final LeaseKeeper thread;
    private final Set<PostgresSubscription> subscriptions = new CopyOnWriteArraySet<>();

    private final Object connecting = new Object();
    private @Nullable Connection connection; // guarded by `connecting`
    private @Nullable String timeline; // guarded by `connecting`

    PostgresKeeper(PostgresDatabase database, LogTail tail, Duration lease) {
        this.database = database;
        this.tail = tail;
        this.thread = new LeaseKeeper("tradesense-log-keeper", lease, BETWEEN_SAVINGS, System::nanoTime, this);
    }

    void start() {
        with(_ -> true); // to know which history the positions here are of
        disconnect();
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
        return thread.trouble();
    }

    /// Positions have moved. Does not wait.
    void saveSoon() {
        thread.save();
    }

    /// As [LeaseKeeper#isBehind].
    boolean isBehind() {
        return thread.isBehind();
    }

    /// Members have come or gone. Does not wait.
    void tendNow() {
        thread.tendNow();
    }

    /// Does something over the connection that keeps leases.
    ///
    /// @throws StoreException if that fails
    <T> T with(Work<T> work) {
        synchronized (connecting) {
            try {
                return work.apply(connected());
            } catch (SQLException failure) {
                disconnect();
                throw database.failure("does not keep leases and positions", failure);
            } catch (RuntimeException | Error failure) { // nobody knows what the connection was left in
                disconnect();
                throw failure;
            }
        }
    }

    private Connection connected() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.connect("keeper");
            connection = open;
            commitSoon(open, "off");
            String now = timelineOf(open);
            if (timeline != null && !timeline.equals(now)) {
                LOG.warn("{} has failed over; groups go on from the positions that it has", database.name());
                tail.beginAt(PostgresEventStore.head(open));
                subscriptions.forEach(PostgresSubscription::forget);
            }
            timeline = now;
        }
        return open;
    }

    /// Which history of the database this is: a replica that takes over begins another one, and may lack what
    /// was committed last before. The one that is known where the server does not say.
    private @Nullable String timelineOf(Connection open) throws SQLException {
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")) {
            return row.next() ? row.getString(1) : timeline;
        } catch (SQLException failure) {
            if (database.isOfConnection(failure)) {
                throw failure;
            }
            LOG.debug("{} does not say whether it has failed over", database.name(), failure);
            return timeline;
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

    @Override
    public LeaseKeeper.Next tend() {
        boolean changing = false;
        for (PostgresSubscription subscription : subscriptions) {
            changing |= with(subscription::tend);
        }
        return changing ? LeaseKeeper.Next.SOON : LeaseKeeper.Next.USUALLY;
    }

    @Override
    public void save() {
        for (PostgresSubscription subscription : subscriptions) {
            with(open -> {
                subscription.save(open);
                return true;
            });
        }
    }

    @Override
    public void saved() {
        subscriptions.forEach(PostgresSubscription::saved);
    }

    @Override
    public void close() {
        thread.close(database.timeout());
        disconnect();
    }
}
