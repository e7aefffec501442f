package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Learns what other instances have done: their events, their orders, what they changed of what is parked.
/// Woken by a notification (see [LogHerald]) and, because one may be lost, looks by itself a few times a
/// second.
final class LogFollower implements AutoCloseable {
    /// How long nothing is looked for without a notification.
    static final Duration LOOK_EVERY = Duration.ofMillis(250);

    private static final Duration AFTER_FAILURE = Duration.ofMillis(100);
    private static final int PAGE = 2_000;
    private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);

    /// What is in the database besides events.
    private record Orders(long newest, long parkedRevisions) {}

    private final PostgresDatabase database;
    private final LogTail tail;
    private final PostgresTally tally;
    private final JdbcControlStore control;
    private final Runnable groupsChanged;
    private final Thread thread;
    private final Object reading = new Object(); // held while events are read into the tail
    private volatile int ownHerald;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable String trouble;

    private volatile @Nullable Connection connection; // opened by the follower's thread alone

    // Touched by the follower's thread alone.
    private Orders known = new Orders(0, 0);

    /// @param groupsChanged called when members of groups have come or gone elsewhere; must not block
    LogFollower(
            PostgresDatabase database,
            LogTail tail,
            PostgresTally tally,
            JdbcControlStore control,
            Runnable groupsChanged) {
        this.database = database;
        this.tail = tail;
        this.tally = tally;
        this.control = control;
        this.groupsChanged = groupsChanged;
        this.thread =
                Thread.ofPlatform().name("tradesense-log-follower").daemon(true).unstarted(this::run);
    }

    /// Looks for the first time, and goes on in a thread.
    void start() throws SQLException {
        look(connected());
        thread.start();
    }

    /// What keeps this from looking; null if nothing does.
    @Nullable
    String trouble() {
        return trouble;
    }

    /// Notifications of this server process are those of this instance, which need not be told.
    void ownHerald(int backend) {
        ownHerald = backend;
    }

    private boolean isClosed() {
        return ended.getCount() == 0;
    }

    private void run() {
        while (!isClosed()) {
            step();
        }
        disconnect();
    }

    private void step() {
        try {
            Connection open = connected();
            await(open);
            if (!isClosed()) {
                look(open);
            }
            if (trouble != null) {
                LOG.info("{} answers again", database.name());
            }
            trouble = null;
        } catch (SQLException | RuntimeException | Error failure) {
            disconnect();
            if (trouble == null && !isClosed()) {
                LOG.error("{} does not say what is new; trying again", database.name(), failure);
            }
            trouble = database.name() + " does not answer: " + failure.getMessage();
            rest();
        }
    }

    private void rest() {
        try {
            if (ended.await(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("there is nothing to follow any more");
            }
        } catch (InterruptedException nobodysBusiness) {
            LOG.warn("the follower of {} was interrupted and goes on", database.name(), nobodysBusiness);
        }
    }

    private Connection connected() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.connect("follower");
            connection = open;
            try (Statement statement = open.createStatement()) {
                statement.execute("LISTEN " + statement.enquoteIdentifier(LogHerald.channel(database), true));
            }
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
            LOG.debug("a connection that only read could not be closed", failure);
        }
    }

    /// Returns when another instance has something to tell, or it is time to look anyway.
    private void await(Connection open) throws SQLException {
        long until = System.nanoTime() + LOOK_EVERY.toNanos();
        boolean told = false;
        for (long left = LOOK_EVERY.toMillis(); left > 0 && !told && !isClosed(); left = millisUntil(until)) {
            told = awaitAnother(open, left);
        }
    }

    private static long millisUntil(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime());
    }

    /// @return whether a notification has come that is not of this instance
    private boolean awaitAnother(Connection open, long millis) throws SQLException {
        PGNotification[] notifications = open.unwrap(PGConnection.class).getNotifications((int) millis);
        boolean told = false;
        for (PGNotification each : notifications == null ? new PGNotification[0] : notifications) {
            if (each.getPID() != ownHerald) {
                told = true;
                if (each.getParameter().equals(LogHerald.GROUPS)) {
                    groupsChanged.run();
                }
            }
        }
        return told;
    }

    private void look(Connection open) throws SQLException {
        Orders now;
        long head;
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT greatest(floor, (SELECT max(position) FROM events)),
                          (SELECT coalesce(max(revision), 0) FROM orders),
                          (SELECT coalesce(sum(revision), 0) FROM parked_tally) FROM log""")) {
            row.next();
            head = row.getLong(1);
            now = new Orders(row.getLong(2), row.getLong(3));
        }
        if (head > tail.head()) {
            readOn(open, head);
        }
        control.given(now.newest);
        if (now.parkedRevisions != known.parkedRevisions) {
            try (Statement statement = open.createStatement();
                    ResultSet row = statement.executeQuery("SELECT group_name, revision FROM parked_tally")) {
                while (row.next()) {
                    tally.known(row.getString(1), row.getLong(2));
                }
            }
        }
        known = now;
    }

    /// Reads events up to a position into the tail, over any connection.
    void readOn(Connection over, long head) throws SQLException {
        synchronized (reading) {
            while (tail.head() < head) {
                if (tail.hasReaders()) {
                    readPage(over, head);
                } else {
                    tail.skipTo(head);
                }
            }
        }
        tail.signal();
    }

    private void readPage(Connection over, long head) throws SQLException {
        long from = tail.head();
        long to = Math.min(head, from + PAGE);
        try (PreparedStatement select = over.prepareStatement(
                PostgresReader.page("position, record", "position > ? AND position <= ? AND removal IS NULL"))) {
            select.setLong(1, from);
            select.setLong(2, to);
            RecordReader reader = new RecordReader();
            Appended page = new Appended(from + 1);
            long bytes = 0;
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    byte[] record = row.getBytes(2);
                    bytes += record.length;
                    page = read(row.getLong(1), record, reader, page);
                }
            }
            tail.add(page);
            if (!PostgresReader.isFull(bytes)) {
                tail.skipTo(to); // there is nothing more up to there
            }
        }
    }

    /// Adds an event to a page. One that cannot be read, or stands behind a gap, is not held in the tail: who
    /// comes there reads it from the database.
    private Appended read(long position, byte[] record, RecordReader reader, Appended page) {
        try {
            Appended continued = page;
            if (position > page.nextPosition()) {
                tail.add(page);
                tail.skipTo(position - 1);
                continued = new Appended(position);
            }
            continued.add(reader.single(record), record.length);
            return continued;
        } catch (RuntimeException unreadable) {
            tail.add(page);
            tail.skipTo(position);
            return new Appended(position + 1);
        }
    }

    /// Does not wait for the next notification. Idempotent.
    @Override
    public void close() {
        ended.countDown();
        disconnect();
        try {
            thread.join(database.timeout());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
