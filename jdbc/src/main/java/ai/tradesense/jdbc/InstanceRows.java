package ai.tradesense.jdbc;

import ai.tradesense.control.InstanceReport;
import ai.tradesense.control.InstanceReport.WorkerReport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Instances and their workers as rows.
final class InstanceRows {
    private InstanceRows() {}

    static void replace(Connection connection, InstanceReport report, Instant forgetBefore) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT instance FROM instances WHERE seen_at < ?")) {
            select.setString(1, Times.sortable(forgetBefore));
            List<String> old = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    old.add(row.getString(1));
                }
            }
            for (String instance : old) {
                delete(connection, instance);
            }
        }
        delete(connection, report.instance());
        insert(connection, report);
    }

    private static void insert(Connection connection, InstanceReport report) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO instances VALUES (?, ?, ?)");
                PreparedStatement insertWorker =
                        connection.prepareStatement("INSERT INTO instance_workers VALUES (?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, report.instance());
            insert.setString(2, Times.sortable(report.startedAt()));
            insert.setString(3, Times.sortable(report.seenAt()));
            insert.executeUpdate();
            int number = 0;
            for (WorkerReport worker : report.workers()) {
                insertWorker.setString(1, report.instance());
                insertWorker.setInt(2, number++);
                insertWorker.setString(3, worker.name());
                insertWorker.setString(4, worker.group());
                insertWorker.setString(5, worker.state());
                insertWorker.setString(6, worker.reason().replace('\0', '\uFFFD')); // PostgreSQL has no place for it
                insertWorker.executeUpdate();
            }
        }
    }

    static void delete(Connection connection, String instance) throws SQLException {
        for (String table : List.of("instances", "instance_workers")) {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM " + table + " WHERE instance = ?")) {
                delete.setString(1, instance);
                delete.executeUpdate();
            }
        }
    }

    static List<InstanceReport> all(Connection connection) throws SQLException {
        List<InstanceReport> reports = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT instance, started_at, seen_at FROM instances ORDER BY instance");
                PreparedStatement workers = connection.prepareStatement("""
                        SELECT worker, group_name, state, reason FROM instance_workers WHERE instance = ?
                        ORDER BY number""");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                reports.add(new InstanceReport(
                        row.getString(1),
                        Instant.parse(row.getString(2)),
                        Instant.parse(row.getString(3)),
                        workers(workers, row.getString(1))));
            }
        }
        return reports;
    }

    private static List<WorkerReport> workers(PreparedStatement select, String instance) throws SQLException {
        List<WorkerReport> workers = new ArrayList<>();
        select.setString(1, instance);
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                workers.add(new WorkerReport(row.getString(1), row.getString(2), row.getString(3), row.getString(4)));
            }
        }
        return workers;
    }
}
