package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the other instances that there is something new. Not within the transactions that bring it: commits
/// that notify wait for each other in the whole server. So many appends share a notification, and if one is
/// lost, [LogFollower] finds what is new by itself a little later.
final class LogHerald implements AutoCloseable {
    /// Members of groups have come or gone.
    static final String GROUPS = "groups";

    private static final String EVENTS = "events";
    private static final Duration BETWEEN = Duration.ofMillis(5);
    private static final Logger LOG = LoggerFactory.getLogger(LogHerald.class);

    private final PostgresDatabase database;
    private final LogFollower follower;
    private final Thread thread;

    private final CountDownLatch ended = new CountDownLatch(1);

    // Guarded by this.
    private boolean events;
    private boolean gap; // before events that were appended here
    private boolean groups;

    // Touched by the herald's thread alone.
    private @Nullable Connection connection;

    LogHerald(PostgresDatabase database, LogFollower follower) {
        this.database = database;
        this.follower = follower;
        this.thread =
                Thread.ofPlatform().name("tradesense-log-herald").daemon(true).unstarted(this::run);
    }

    /// What notifications of a log are called.
    static String channel(PostgresDatabase database) {
        return "tradesense_" + Integer.toHexString(database.schema().hashCode()); // names are short
    }

    void start() {
        thread.start();
    }

    /// Events were appended. Does not wait.
    ///
    /// @param known false if there are others before them that are not known here
    synchronized void events(boolean known) {
        events = true;
        gap |= !known;
        notifyAll();
    }

    /// Members of groups have come or gone here. Does not wait.
    synchronized void groups() {
        groups = true;
        notifyAll();
    }

    private void run() {
        try {
            boolean goOn = true;
            while (goOn) {
                goOn = step();
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
        disconnect();
    }

    private boolean step() throws InterruptedException {
        boolean ofGroups;
        boolean behindOthers;
        synchronized (this) {
            while (ended.getCount() > 0 && !events && !groups) {
                wait();
            }
            ofGroups = groups;
            behindOthers = gap;
            events = false;
            groups = false;
            gap = false;
        }
        try {
            tell(connected(), behindOthers, ofGroups);
        } catch (SQLException | RuntimeException | Error failure) {
            LOG.debug("the other instances are not told and will see by themselves", failure);
            disconnect();
        }
        return !ended.await(BETWEEN.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tell(Connection open, boolean behindOthers, boolean ofGroups) throws SQLException {
        if (behindOthers) {
            follower.readOn(open, PostgresEventStore.head(open));
        }
        try (PreparedStatement tell = open.prepareStatement("SELECT pg_notify(?, ?)")) {
            tell.setString(1, channel(database));
            tell.setString(2, ofGroups ? GROUPS : EVENTS);
            tell.execute();
        }
    }

    private Connection connected() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.connect("herald");
            connection = open;
            try (Statement statement = open.createStatement()) {
                statement.execute("SET synchronous_commit = off"); // a notification is not for the disk
            }
            follower.ownHerald(open.unwrap(PGConnection.class).getBackendPID());
        }
        return open;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (SQLException failure) {
            LOG.debug("the connection that notifies could not be closed", failure);
        }
    }

    /// Tells what is still to be told. Idempotent.
    @Override
    public void close() {
        synchronized (this) {
            ended.countDown();
            notifyAll();
        }
        try {
            thread.join(database.timeout());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
