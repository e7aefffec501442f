package ai.tradesense.jdbc;

import ai.tradesense.control.ControlStore;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.retention.RetentionStore;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.Log;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.SnapshotStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/// One append-only log in a database that is transport, event store and place of parked events and
/// schedules at once: what a platform without a broker runs on.
///
/// ```java
/// try (Log log = JdbcLog.open("jdbc:sqlite:data/tradesense.db")) {
///     TradeSense tradesense = TradeSense.builder().log(log).build();
/// ```
///
/// What a publish or append has returned from, a change of parked events has been applied for or a
/// subscription has settled before it was closed survives the end of the process and of the machine. A SQLite
/// file is used by one process at a time; a PostgreSQL database by several instances, whose groups share their
/// partitions. Safe for use by several threads.
public final class JdbcLog implements Log {
    private static final String POSTGRESQL = "jdbc:postgresql:";

    /// How a log behaves.
    ///
    /// @param clock says when an event was recorded
    /// @param meters where the log counts and times what it does
    /// @param maxGroupEvents how many events share a transaction at most, unless a single batch has more
    /// @param maxQueuedEvents how many events may wait for the writer before publishers are held back
    /// @param positionDelay how long after a group has settled events that becomes durable on SQLite, at the latest
    /// @param tailEvents how many of the newest events are held in memory for groups that keep up
    /// @param timeout how long one statement may take, and an answer of the database; PostgreSQL only
    /// @param lease for how long a member that shows no life keeps its partitions; PostgreSQL only
    public record Settings(
            InstantSource clock,
            MeterRegistry meters,
            int maxGroupEvents,
            int maxQueuedEvents,
            Duration positionDelay,
            int tailEvents,
            Duration timeout,
            Duration lease) {
        public static final int DEFAULT_MAX_GROUP_EVENTS = 4_096;
        public static final int DEFAULT_MAX_QUEUED_EVENTS = 32_768;
        public static final Duration DEFAULT_POSITION_DELAY = Duration.ofMillis(100);
        public static final int DEFAULT_TAIL_EVENTS = 32_768;
        public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
        public static final Duration DEFAULT_LEASE = Duration.ofSeconds(10);

        private static final Duration MIN_DURATION = Duration.ofMillis(100);

        public Settings {
            requirePositive("maxGroupEvents", maxGroupEvents);
            requirePositive("maxQueuedEvents", maxQueuedEvents);
            requirePositive("tailEvents", tailEvents);
            if (positionDelay.isNegative()) {
                throw new IllegalArgumentException("positionDelay is " + positionDelay + ", expected 0 or more");
            }
            requireLong("timeout", timeout);
            requireLong("lease", lease);
        }

        /// The usual limits.
        public Settings(InstantSource clock, MeterRegistry meters) {
            this(
                    clock,
                    meters,
                    DEFAULT_MAX_GROUP_EVENTS,
                    DEFAULT_MAX_QUEUED_EVENTS,
                    DEFAULT_POSITION_DELAY,
                    DEFAULT_TAIL_EVENTS);
        }

        /// The usual limits of what only PostgreSQL has.
        public Settings(
                InstantSource clock,
                MeterRegistry meters,
                int maxGroupEvents,
                int maxQueuedEvents,
                Duration positionDelay,
                int tailEvents) {
            this(
                    clock,
                    meters,
                    maxGroupEvents,
                    maxQueuedEvents,
                    positionDelay,
                    tailEvents,
                    DEFAULT_TIMEOUT,
                    DEFAULT_LEASE);
        }

        public Settings withTimeout(Duration timeout) {
            return new Settings(
                    clock, meters, maxGroupEvents, maxQueuedEvents, positionDelay, tailEvents, timeout, lease);
        }

        public Settings withLease(Duration lease) {
            return new Settings(
                    clock, meters, maxGroupEvents, maxQueuedEvents, positionDelay, tailEvents, timeout, lease);
        }

        private static void requirePositive(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
            }
        }

        private static void requireLong(String name, Duration value) {
            if (value.compareTo(MIN_DURATION) < 0) {
                throw new IllegalArgumentException(name + " is " + value + ", expected " + MIN_DURATION + " or more");
            }
        }
    }

    private final DatabaseLog log;

    private JdbcLog(DatabaseLog log) {
        this.log = log;
    }

    /// Opens a log with the clock of the system and without meters.
    ///
    /// @throws StoreException see [#open(String, Settings)]
    public static JdbcLog open(String jdbcUrl) {
        return open(jdbcUrl, new Settings(InstantSource.system(), new CompositeMeterRegistry()));
    }

    /// Opens the log in a database. A SQLite file that is not there is made, and so are the tables in a
    /// PostgreSQL database, in the schema `tradesense` or the one that the URL names as `currentSchema`.
    ///
    /// @param jdbcUrl `jdbc:sqlite:PATH` or `jdbc:postgresql://HOST:PORT/DATABASE?user=USER&password=PASSWORD`
    /// @throws StoreException if it cannot be used, naming it and the problem: in use by another process, not
    ///     reachable, not writable, corrupt, of something else, or of a newer version; it is then as it was before
    public static JdbcLog open(String jdbcUrl, Settings settings) {
        return new JdbcLog(
                jdbcUrl.startsWith(POSTGRESQL) ? new PostgresLog(jdbcUrl, settings) : new SqliteLog(jdbcUrl, settings));
    }

    /// Looks whether a log in PostgreSQL can be opened, and changes nothing. Blocks for I/O.
    ///
    /// @return what is there, in words
    /// @throws StoreException saying what is wrong
    public static String check(String jdbcUrl) {
        return PostgresDatabase.check(jdbcUrl, Settings.DEFAULT_TIMEOUT);
    }

    /// Checks a log that need not be open, and changes nothing. Blocks for I/O, until everything was read.
    ///
    /// @param jdbcUrl see [#open(String, Settings)]
    /// @throws StoreException if it cannot be read, is of another version, or is a SQLite file that is open
    public static Verification verify(String jdbcUrl, Verification.Progress progress) {
        Settings settings = new Settings(InstantSource.system(), new CompositeMeterRegistry());
        return jdbcUrl.startsWith(POSTGRESQL)
                ? PostgresLog.verify(jdbcUrl, settings, progress)
                : SqliteLog.verify(jdbcUrl, settings, progress);
    }

    /// Checks everything that is stored when this is called against the record that was kept of it: that no event
    /// was changed, removed, inserted or moved, and that the tables are those of this version. Ends with the first
    /// fault. Blocks for I/O, until everything was read; nobody who publishes or reads waits for it.
    ///
    /// @param progress told by the calling thread
    /// @throws StoreException if the database cannot be read
    public Verification verify(Verification.Progress progress) {
        return log.verify(progress);
    }

    /// Writes a copy of the log as it is at one moment, while events flow: a SQLite file that can be opened in its
    /// place. Everything that was acknowledged before this was called is in it. Blocks for I/O, until the copy is
    /// durable.
    ///
    /// @param file which must not be there
    /// @throws StoreException if it is there or cannot be written, and is then not left behind; or if the log is
    ///     in PostgreSQL, which `pg_dump` copies
    public void backUp(Path file) {
        log.backUp(file);
    }

    @Override
    public Transport transport() {
        return log.transport();
    }

    @Override
    public EventStore events() {
        return log.events();
    }

    @Override
    public ParkingStore parking() {
        return log.parking();
    }

    @Override
    public OperationStore operations() {
        return log.operations();
    }

    @Override
    public ScheduleStore schedules() {
        return log.schedules();
    }

    @Override
    public ControlStore control() {
        return log.control();
    }

    @Override
    public SnapshotStore snapshots() {
        return log.snapshots();
    }

    @Override
    public RetentionStore retention() {
        return log.retention();
    }

    /// Makes durable what has begun and what is settled, refuses everything else from now on, and releases
    /// the database. Idempotent.
    @Override
    public void close() {
        log.close();
    }

    /// For tests: runs a write by the writer of a SQLite log.
    LogWriter writer() {
        return ((SqliteLog) log).writer();
    }
}
