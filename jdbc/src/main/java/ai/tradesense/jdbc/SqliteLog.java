package ai.tradesense.jdbc;

import ai.tradesense.control.ControlStore;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.retention.RetentionStore;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.SnapshotStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.Transport;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/// The parts of a log in a SQLite file: one thread writes, whatever it is.
final class SqliteLog implements DatabaseLog {
    private final Resources resources = new Resources();
    private final SqliteDatabase database;
    private final ReadConnections readers;
    private final LogWriter writer;
    private final JdbcTransport transport;
    private final JdbcEventStore events;
    private final JdbcParkingStore parking;
    private final JdbcOperationStore operations;
    private final JdbcScheduleStore schedules;
    private final JdbcControlStore control;
    private final JdbcSnapshotStore snapshots;
    private final SqliteRetention retention;

    /// @throws StoreException see [JdbcLog#open(String, JdbcLog.Settings)]
    SqliteLog(String jdbcUrl, JdbcLog.Settings settings) {
        this(jdbcUrl, settings, StreamIndex.RUN_EVENTS);
    }

    /// @param runEvents how many events a run of the index of streams covers
    SqliteLog(String jdbcUrl, JdbcLog.Settings settings, int runEvents) {
        try {
            this.database = resources.opened(SqliteDatabase.open(jdbcUrl));
            LogMeters meters = new LogMeters(settings.meters());
            GroupPositions positions = new GroupPositions(settings.positionDelay());
            Connection connection = resources.opened(database.openWriter());
            SqliteSession session = new SqliteSession(connection, settings.clock());
            LogTail tail = new LogTail(session.appender().head(), settings.tailEvents());
            this.readers = resources.opened(new ReadConnections(database, settings.timeout()));
            Checkpointer checkpointer = new Checkpointer(resources.opened(database.openCheckpointer()), meters);
            StreamIndex streams = new StreamIndex(readers, tail, this::execute, runEvents);
            this.writer = new LogWriter(
                    database, connection, session, settings, tail, streams, positions, checkpointer, meters);
            this.transport = new JdbcTransport(database, writer, tail, positions);
            this.retention =
                    new SqliteRetention(writer, readers, tail, streams, positions, transport, settings.clock());
            this.events = new JdbcEventStore(
                    writer,
                    readers,
                    tail,
                    streams,
                    retention,
                    new JdbcProjectionReports(writer, readers, Dialect.SQLITE));
            this.parking = new JdbcParkingStore(writer, readers, new SqliteTally(readers), Dialect.SQLITE);
            this.operations = new JdbcOperationStore(writer, readers, parking, Dialect.SQLITE);
            this.schedules = new JdbcScheduleStore(writer, readers);
            this.control = new JdbcControlStore(writer, readers);
            this.snapshots = new JdbcSnapshotStore(writer, readers);
            resources.opened(checkpointer).start();
            resources.opened(writer).start();
            resources.opened(streams);
            resources.opened(transport);
        } catch (SQLException failure) {
            resources.close();
            throw new StoreException(jdbcUrl + " cannot be opened: " + failure.getMessage(), failure);
        } catch (RuntimeException failure) {
            resources.close();
            throw failure;
        }
    }

    private void execute(Change change) {
        writer.execute(change);
    }

    LogWriter writer() {
        return writer;
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

    @Override
    public OperationStore operations() {
        return operations;
    }

    @Override
    public ScheduleStore schedules() {
        return schedules;
    }

    @Override
    public ControlStore control() {
        return control;
    }

    @Override
    public SnapshotStore snapshots() {
        return snapshots;
    }

    @Override
    public RetentionStore retention() {
        return retention;
    }

    @Override
    public Verification verify(Verification.Progress progress) {
        return SqliteCheck.verify(readers, progress);
    }

    /// Checks a log that is not open.
    static Verification verify(String jdbcUrl, JdbcLog.Settings settings, Verification.Progress progress) {
        try (SqliteDatabase database = SqliteDatabase.examined(jdbcUrl);
                ReadConnections readers = new ReadConnections(database, settings.timeout())) {
            return SqliteCheck.verify(readers, progress);
        }
    }

    @Override
    public void backUp(Path file) {
        SqliteBackup.write(database, file);
    }

    @Override
    public void close() {
        resources.close();
    }
}
