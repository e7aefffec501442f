package ai.tradesense.transaction;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has an event take effect once in the worker's own database, SQLite or PostgreSQL, however often it is
/// delivered: that it was processed is noted in the transaction of its effects.
///
/// ```java
/// Inbox inbox = Inbox.of("positions", dataSource);
/// tradesense.register(Worker.named("positions")
///         .on("Trading.*", (event, context) -> inbox.once(event, connection -> positions.apply(connection, event)))
///         .build());
/// ```
///
/// Each worker has notes of its own. They are kept for a time that must be longer than an event may be on its
/// way, its retries and an operator's included; a replay that is to have effects again uses another name. Safe
/// for use by several threads and processes.
public final class Inbox {
    /// What the table is called.
    public static final String TABLE = "tradesense_inbox";

    /// How long it is known that an event was processed.
    public static final Duration DEFAULT_KEPT = Duration.ofDays(30);

    private static final int BETWEEN_PRUNINGS = 1_000;
    private static final int MAX_PRUNED = 2_000;
    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

    /// What is to happen once.
    @FunctionalInterface
    public interface Effect {
        /// Changes something by a connection. It neither commits nor rolls back.
        ///
        /// @throws Exception if nothing of it is to be, and the event is to be tried again or given up
        void apply(Connection connection) throws Exception;
    }

    private final String worker;
    private final DataSource source;
    private final Duration kept;
    private final AtomicInteger untilPruning = new AtomicInteger();

    private Inbox(String worker, DataSource source, Duration kept) {
        this.worker = worker;
        this.source = source;
        this.kept = kept;
    }

    /// The inbox of a worker.
    public static Inbox of(String worker, DataSource source) {
        return new Inbox(worker, source, DEFAULT_KEPT);
    }

    /// The inbox with another time for which it is known that an event was processed.
    public Inbox keptFor(Duration time) {
        return new Inbox(worker, source, time);
    }

    /// Makes the table if it is not there.
    ///
    /// @throws StoreException if the database refuses
    public void createTable() {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS " + TABLE + " (worker TEXT NOT NULL, source TEXT NOT NULL,"
                    + " id TEXT NOT NULL, processed_at BIGINT NOT NULL, PRIMARY KEY (worker, source, id))");
            statement.execute(
                    "CREATE INDEX IF NOT EXISTS " + TABLE + "_by_age ON " + TABLE + " (worker, processed_at)");
        } catch (SQLException failure) {
            throw new StoreException("the table of the inbox could not be made", failure);
        }
    }

    /// Runs an effect in a transaction, unless the event was processed before. Where the connection that the
    /// data source gives is in a transaction already (of Spring's, for example), that is the one, and whoever
    /// began it ends it.
    ///
    /// Two deliveries of the same event at the same time wait for each other, and one of them takes effect.
    ///
    /// @return whether it took effect now
    /// @throws Exception what the effect throws; the transaction is rolled back, and the event is as if it had
    /// not come
    public boolean once(DomainEvent event, Effect effect) throws Exception {
        boolean happened;
        try (Connection connection = source.getConnection()) {
            if (!connection.getAutoCommit()) {
                return applyOnce(connection, event, effect);
            }
            connection.setAutoCommit(false);
            happened = applyOrRollBack(connection, event, effect);
        }
        if (happened && untilPruning.getAndDecrement() <= 0) {
            untilPruning.set(BETWEEN_PRUNINGS);
            prune();
        }
        return happened;
    }

    private boolean applyOrRollBack(Connection connection, DomainEvent event, Effect effect) throws Exception {
        try {
            boolean happened = applyOnce(connection, event, effect);
            connection.commit();
            return happened;
        } catch (Throwable failure) {
            try {
                connection.rollback();
            } catch (SQLException second) {
                failure.addSuppressed(second);
            }
            throw failure;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private boolean applyOnce(Connection connection, DomainEvent event, Effect effect) throws Exception {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + TABLE
                + " (worker, source, id, processed_at) VALUES (?, ?, ?, "
                + Database.of(connection).nowMillis() + ") ON CONFLICT DO NOTHING")) {
            insert.setString(1, worker);
            insert.setString(2, event.source().toString());
            insert.setString(3, event.id());
            if (insert.executeUpdate() == 0) {
                return false;
            }
        }
        effect.apply(connection);
        return true;
    }

    /// Forgets some of what was processed too long ago, as [#once] does by itself from time to time.
    ///
    /// @return how many events it was
    public int prune() {
        try (Connection connection = source.getConnection()) {
            String old = " WHERE worker = ? AND processed_at < "
                    + Database.of(connection).nowMillis() + " - ?";
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM " + TABLE
                    + " WHERE (worker, source, id) IN (SELECT worker, source, id FROM " + TABLE + old + " LIMIT "
                    + MAX_PRUNED + ")")) {
                delete.setString(1, worker);
                delete.setLong(2, kept.toMillis());
                return delete.executeUpdate();
            }
        } catch (SQLException failure) {
            LOG.warn("the inbox of {} could not be pruned; trying again later", worker, failure);
            return 0;
        }
    }
}
