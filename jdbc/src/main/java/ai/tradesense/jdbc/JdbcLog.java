package ai.tradesense.jdbc;

import ai.tradesense.parking.ParkingStore;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.Log;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One append-only log in a database that is transport, event store and place of parked events at once: what a
/// platform without a broker runs on.
///
/// ```java
/// try (Log log = JdbcLog.open("jdbc:sqlite:data/tradesense.db")) {
///     TradeSense tradesense = TradeSense.builder().log(log).build();
/// ```
///
/// What a publish or append has returned from, a change of parked events has been applied for or a subscription
/// has settled before it was closed survives the end of the process and of the machine. A file is used by one
/// process at a time. Safe for use by several threads.
public final class JdbcLog implements Log {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcLog.class);

    /// How a log behaves.
    ///
    /// @param clock says when an event was recorded
    /// @param meters where the log counts and times what it does
    /// @param maxGroupEvents how many events share a transaction at most, unless a single batch has more
    /// @param maxQueuedEvents how many events may wait for the writer before publishers are held back
    /// @param positionDelay how long after a group has settled events that becomes durable, at the latest
    /// @param tailEvents how many of the newest events are held in memory for groups that keep up
    public record Settings(
            InstantSource clock,
            MeterRegistry meters,
            int maxGroupEvents,
            int maxQueuedEvents,
            Duration positionDelay,
            int tailEvents) {
        public static final int DEFAULT_MAX_GROUP_EVENTS = 4_096;
        public static final int DEFAULT_MAX_QUEUED_EVENTS = 32_768;
        public static final Duration DEFAULT_POSITION_DELAY = Duration.ofMillis(100);
        public static final int DEFAULT_TAIL_EVENTS = 32_768;

        public Settings {
            requirePositive("maxGroupEvents", maxGroupEvents);
            requirePositive("maxQueuedEvents", maxQueuedEvents);
            requirePositive("tailEvents", tailEvents);
            if (positionDelay.isNegative()) {
                throw new IllegalArgumentException("positionDelay is " + positionDelay + ", expected 0 or more");
            }
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

        private static void requirePositive(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
            }
        }
    }

    private final LogWriter writer;
    private final JdbcTransport transport;
    private final JdbcEventStore events;
    private final JdbcParkingStore parking;
    private final Deque<AutoCloseable> toClose;

    private JdbcLog(String jdbcUrl, Settings settings) {
        Deque<AutoCloseable> opened = new ArrayDeque<>();
        try {
            SqliteDatabase database = opened(opened, SqliteDatabase.open(jdbcUrl));
            LogMeters meters = new LogMeters(settings.meters());
            GroupPositions positions = new GroupPositions(settings.positionDelay());
            Connection connection = opened(opened, database.openWriter());
            WriteSession session = new WriteSession(connection, settings.clock());
            LogTail tail = new LogTail(session.appender().head(), settings.tailEvents());
            ReadConnections readers = opened(opened, new ReadConnections(database));
            Checkpointer checkpointer = new Checkpointer(opened(opened, database.openCheckpointer()), meters);
            this.writer = new LogWriter(database, connection, session, settings, tail, positions, checkpointer, meters);
            this.transport = new JdbcTransport(database, writer, tail, positions);
            this.events = new JdbcEventStore(writer, readers, tail);
            this.parking = new JdbcParkingStore(writer, readers);
            opened(opened, checkpointer).start();
            opened(opened, writer).start();
            opened(opened, transport);
        } catch (SQLException failure) {
            StoreException problem =
                    new StoreException(jdbcUrl + " cannot be opened: " + failure.getMessage(), failure);
            closeAll(opened);
            throw problem;
        } catch (RuntimeException failure) {
            closeAll(opened);
            throw failure;
        }
        this.toClose = opened;
    }

    private static <T extends AutoCloseable> T opened(Deque<AutoCloseable> all, T one) {
        all.push(one);
        return one;
    }

    /// Opens a log with the clock of the system and without meters.
    ///
    /// @throws StoreException see [#open(String, Settings)]
    public static JdbcLog open(String jdbcUrl) {
        return open(jdbcUrl, new Settings(InstantSource.system(), new CompositeMeterRegistry()));
    }

    /// Opens the log in a database; one that is not there is made.
    ///
    /// @param jdbcUrl `jdbc:sqlite:PATH`
    /// @throws StoreException if it cannot be used, naming it and the problem: in use by another process, not
    ///     writable, corrupt, of something else, or of a newer version; it is then as it was before
    public static JdbcLog open(String jdbcUrl, Settings settings) {
        return new JdbcLog(jdbcUrl, settings);
    }

    @Override
    public Transport transport() {
        return transport;
    }

    @Override
    public EventStore events() {
        return events;
    }

    @Override
    public ParkingStore parking() {
        return parking;
    }

    /// Makes durable what has begun and what is settled, refuses everything else from now on, and releases the
    /// database. Idempotent.
    @Override
    public void close() {
        synchronized (toClose) {
            closeAll(toClose);
        }
    }

    private static void closeAll(Deque<AutoCloseable> toClose) {
        while (!toClose.isEmpty()) {
            closeQuietly(toClose.pop());
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (Exception failure) {
            LOG.warn("{} could not be closed", closeable, failure);
        }
    }

    /// For tests: runs a write by the writer.
    LogWriter writer() {
        return writer;
    }
}
