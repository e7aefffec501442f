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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// The parts of a log in a PostgreSQL database, which several instances share.
final class PostgresLog implements DatabaseLog {
    private final Resources resources = new Resources();
    private final PostgresDatabase database;
    private final ReadConnections readers;
    private final PostgresPartitions partitions;
    private final PostgresTransport transport;
    private final PostgresEventStore events;
    private final JdbcParkingStore parking;
    private final JdbcOperationStore operations;
    private final JdbcScheduleStore schedules;
    private final JdbcControlStore control;
    private final JdbcSnapshotStore snapshots;
    private final PostgresRetention retention;

    /// @throws StoreException see [JdbcLog#open(String, JdbcLog.Settings)]
    PostgresLog(String jdbcUrl, JdbcLog.Settings settings) {
        this.database = PostgresDatabase.open(jdbcUrl, settings.timeout());
        try {
            LogMeters meters = new LogMeters(settings.meters());
            this.readers = resources.opened(new ReadConnections(database, settings.timeout()));
            this.partitions = readers.read(PostgresLog::partitions);
            LogTail tail = new LogTail(readers.read(PostgresEventStore::head), settings.tailEvents());
            PostgresTally tally = new PostgresTally(readers);
            PostgresChanges changes = new PostgresChanges(database, settings, meters, tally);
            this.parking = new JdbcParkingStore(changes, readers, tally, Dialect.POSTGRESQL);
            this.operations = new JdbcOperationStore(changes, readers, parking, Dialect.POSTGRESQL);
            this.schedules = new JdbcScheduleStore(changes, readers);
            this.control = new JdbcControlStore(changes, readers);
            this.snapshots = new JdbcSnapshotStore(changes, readers);
            PostgresKeeper keeper = new PostgresKeeper(database, tail, settings.lease());
            LogFollower follower = new LogFollower(database, tail, tally, control, keeper::tendNow);
            LogHerald herald = new LogHerald(database, follower);
            PostgresAppender appender =
                    new PostgresAppender(database, settings, meters, partitions, tail, herald::events);
            this.retention = new PostgresRetention(database, readers, tail, settings.clock());
            this.events = new PostgresEventStore(
                    appender,
                    readers,
                    tail,
                    retention,
                    new JdbcProjectionReports(changes, readers, Dialect.POSTGRESQL));
            this.transport = new PostgresTransport(
                    database,
                    appender,
                    partitions,
                    new PostgresReader(readers),
                    tail,
                    keeper,
                    follower,
                    herald,
                    settings.lease());
            resources.opened(herald).start();
            resources.opened(follower).start();
            resources.opened(keeper).start();
            resources.opened(changes).start();
            resources.opened(appender).start();
            resources.opened(transport);
        } catch (SQLException failure) {
            resources.close();
            throw database.failure("cannot be used", failure);
        } catch (RuntimeException failure) {
            resources.close();
            throw failure;
        }
    }

    private static PostgresPartitions partitions(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT partitions FROM log")) {
            row.next();
            return new PostgresPartitions(row.getInt(1));
        }
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
        return PostgresCheck.verify(readers, partitions, progress);
    }

    /// Checks a log that need not be open.
    static Verification verify(String jdbcUrl, JdbcLog.Settings settings, Verification.Progress progress) {
        PostgresDatabase database = PostgresDatabase.examined(jdbcUrl, settings.timeout());
        try (ReadConnections readers = new ReadConnections(database, settings.timeout())) {
            return PostgresCheck.verify(readers, readers.read(PostgresLog::partitions), progress);
        }
    }

    @Override
    public void backUp(Path file) {
        throw new StoreException(
                database.name() + " is not copied into a file by this; back it up with pg_dump --schema="
                        + database.schema(),
                null);
    }

    @Override
    public void close() {
        resources.close();
    }
}
