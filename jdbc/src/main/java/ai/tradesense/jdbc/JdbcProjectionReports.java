package ai.tradesense.jdbc;

import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionOrder.Given;
import ai.tradesense.store.ProjectionOrder.State;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.store.ProjectionReport.Rebuild;
import ai.tradesense.store.ProjectionReports;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is said and ordered of projections, as rows in the log's database. Changes go through a writer.
final class JdbcProjectionReports implements ProjectionReports {
    /// The steps that make the table, on SQLite.
    static final List<String> SQLITE_STEPS = List.of("""
            CREATE TABLE projection_reports (
              name TEXT NOT NULL,
              instance TEXT NOT NULL,
              version INTEGER NOT NULL,
              position INTEGER NOT NULL,
              trouble TEXT,
              rebuilt_version INTEGER NOT NULL,
              rebuilt_position INTEGER NOT NULL,
              rebuilt_target INTEGER NOT NULL,
              events_per_second INTEGER NOT NULL,
              rebuilt_trouble TEXT,
              seen_at TEXT NOT NULL,
              PRIMARY KEY (name, instance)
            ) WITHOUT ROWID""");

    /// The steps that make the table, on PostgreSQL.
    static final List<String> POSTGRES_STEPS = List.of("""
            CREATE TABLE projection_reports (
              name text COLLATE "C" NOT NULL,
              instance text COLLATE "C" NOT NULL,
              version int NOT NULL,
              position bigint NOT NULL,
              trouble text,
              rebuilt_version int NOT NULL,
              rebuilt_position bigint NOT NULL,
              rebuilt_target bigint NOT NULL,
              events_per_second int NOT NULL,
              rebuilt_trouble text,
              seen_at text COLLATE "C" NOT NULL,
              PRIMARY KEY (name, instance)
            )""");

    private static final String COLUMNS = "name, instance, version, position, trouble, rebuilt_version,"
            + " rebuilt_position, rebuilt_target, events_per_second, rebuilt_trouble, seen_at";

    /// About what an order adds to the database.
    private static final int ORDER_BYTES = 1_024;

    /// Stands for no rebuild, of which the rate is above 0.
    private static final Rebuild NONE = new Rebuild(0, 0, 0, 0, null);

    private final ChangeWriter writer;
    private final ReadConnections readers;
    private final Dialect dialect;

    JdbcProjectionReports(ChangeWriter writer, ReadConnections readers, Dialect dialect) {
        this.writer = writer;
        this.readers = readers;
        this.dialect = dialect;
    }

    @Override
    public void report(ProjectionReport report, Instant forgetBefore) {
        change(connection -> {
            try (PreparedStatement old =
                    connection.prepareStatement("DELETE FROM projection_reports WHERE seen_at < ?")) {
                old.setString(1, Times.sortable(forgetBefore));
                old.executeUpdate();
            }
            delete(connection, report.name(), report.instance());
            insert(connection, report);
        });
    }

    private void insert(Connection connection, ProjectionReport report) throws SQLException {
        Rebuild rebuild = report.rebuild() == null ? NONE : report.rebuild();
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO projection_reports (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, report.name());
            insert.setString(2, report.instance());
            insert.setInt(3, report.version());
            insert.setLong(4, report.position());
            insert.setString(5, storable(report.trouble()));
            insert.setInt(6, rebuild.version());
            insert.setLong(7, rebuild.position());
            insert.setLong(8, rebuild.target());
            insert.setInt(9, rebuild.eventsPerSecond());
            insert.setString(10, storable(rebuild.trouble()));
            insert.setString(11, Times.sortable(report.seenAt()));
            insert.executeUpdate();
        }
    }

    private @Nullable String storable(@Nullable String text) {
        return text == null ? null : dialect.storable(text);
    }

    @Override
    public List<ProjectionReport> all() {
        return readers.read(connection -> {
            List<ProjectionReport> reports = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                            "SELECT " + COLUMNS + " FROM projection_reports ORDER BY name, instance");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    reports.add(new ProjectionReport(
                            row.getString(1),
                            row.getString(2),
                            row.getInt(3),
                            row.getLong(4),
                            row.getString(5),
                            rebuild(row),
                            Instant.parse(row.getString(11))));
                }
            }
            return reports;
        });
    }

    private static @Nullable Rebuild rebuild(ResultSet row) throws SQLException {
        return row.getInt(9) == NONE.eventsPerSecond()
                ? null
                : new Rebuild(row.getInt(6), row.getLong(7), row.getLong(8), row.getInt(9), row.getString(10));
    }

    @Override
    public void forget(String name, String instance) {
        change(connection -> delete(connection, name, instance));
    }

    @Override
    public Given order(String name, ProjectionOrder order, String by, Instant at) {
        Given given = new Given(0, name, storable(order), dialect.storable(by), at, State.WAITING, null, "");
        return ReturningChange.execute(
                writer, ORDER_BYTES, (session, _) -> ProjectionOrderRows.insert(session.connection(), given));
    }

    private ProjectionOrder storable(ProjectionOrder order) {
        return ProjectionOrder.parse(dialect.storable(order.text()));
    }

    @Override
    public Optional<Given> take(String name, String instance) {
        boolean isWaiting = readers.read(
                connection -> ProjectionOrderRows.waiting(connection, name).isPresent());
        return isWaiting
                ? ReturningChange.execute(
                        writer, ORDER_BYTES, (session, _) -> take(session.connection(), name, instance))
                : Optional.empty();
    }

    private static Optional<Given> take(Connection connection, String name, String instance) throws SQLException {
        Given first = ProjectionOrderRows.waiting(connection, name).orElse(null);
        if (first == null || !ProjectionOrderRows.take(connection, first.number(), instance)) {
            return Optional.empty();
        }
        return Optional.of(
                new Given(first.number(), name, first.order(), first.by(), first.at(), State.TAKEN, instance, ""));
    }

    @Override
    public void answer(long number, State state, String outcome) {
        change(connection -> ProjectionOrderRows.answer(connection, number, state, dialect.storable(outcome)));
    }

    @Override
    public List<Given> orders(String name) {
        return readers.read(connection -> ProjectionOrderRows.all(connection, name));
    }

    private static void delete(Connection connection, String name, String instance) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM projection_reports WHERE name = ? AND instance = ?")) {
            delete.setString(1, name);
            delete.setString(2, instance);
            delete.executeUpdate();
        }
    }

    @FunctionalInterface
    private interface Work {
        void in(Connection connection) throws SQLException;
    }

    private void change(Work work) {
        writer.execute(new Change() {
            @Override
            void apply(WriteSession session) throws SQLException {
                work.in(session.connection());
            }
        });
    }
}
