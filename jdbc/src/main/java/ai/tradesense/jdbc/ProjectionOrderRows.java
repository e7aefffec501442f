package ai.tradesense.jdbc;

import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionOrder.Given;
import ai.tradesense.store.ProjectionOrder.State;
import ai.tradesense.store.ProjectionReports;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads and writes the table of orders to projections.
final class ProjectionOrderRows {
    /// The steps that make the table, on SQLite.
    static final List<String> SQLITE_STEPS =
            List.of("""
            CREATE TABLE projection_orders (
              number INTEGER PRIMARY KEY AUTOINCREMENT,
              name TEXT NOT NULL,
              what TEXT NOT NULL,
              given_by TEXT NOT NULL,
              given_at TEXT NOT NULL,
              state TEXT NOT NULL,
              taken_by TEXT,
              outcome TEXT NOT NULL
            )""", "CREATE INDEX projection_orders_name ON projection_orders (name, number)");

    /// The steps that make the table, on PostgreSQL.
    static final List<String> POSTGRES_STEPS =
            List.of("""
            CREATE TABLE projection_orders (
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              name text COLLATE "C" NOT NULL,
              what text NOT NULL,
              given_by text NOT NULL,
              given_at text COLLATE "C" NOT NULL,
              state text NOT NULL,
              taken_by text,
              outcome text NOT NULL
            )""", "CREATE INDEX projection_orders_name ON projection_orders (name, number)");

    private ProjectionOrderRows() {}

    /// Writes an order that nobody has taken yet.
    static Given insert(Connection connection, Given given) throws SQLException {
        long number;
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO projection_orders (name, what, given_by, given_at, state, outcome)
                VALUES (?, ?, ?, ?, ?, '')""", Statement.RETURN_GENERATED_KEYS)) {
            insert.setString(1, given.projection());
            insert.setString(2, given.order().text());
            insert.setString(3, given.by());
            insert.setString(4, Times.sortable(given.at()));
            insert.setString(5, given.state().name());
            insert.executeUpdate();
            try (ResultSet row = insert.getGeneratedKeys()) {
                row.next();
                number = row.getLong(1);
            }
        }
        forgetOld(connection, given.projection());
        return new Given(
                number,
                given.projection(),
                given.order(),
                given.by(),
                given.at(),
                given.state(),
                given.takenBy(),
                given.outcome());
    }

    private static void forgetOld(Connection connection, String name) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("""
                DELETE FROM projection_orders WHERE name = ? AND number <= (SELECT number FROM projection_orders
                  WHERE name = ? ORDER BY number DESC LIMIT 1 OFFSET ?)""")) {
            delete.setString(1, name);
            delete.setString(2, name);
            delete.setInt(3, ProjectionReports.MAX_ORDERS);
            delete.executeUpdate();
        }
    }

    /// The oldest that nobody has taken.
    static Optional<Given> waiting(Connection connection, String name) throws SQLException {
        return select(connection, name, "AND state = 'WAITING' ORDER BY number LIMIT 1").stream()
                .findFirst();
    }

    static List<Given> all(Connection connection, String name) throws SQLException {
        return select(connection, name, "ORDER BY number DESC");
    }

    private static List<Given> select(Connection connection, String name, String rest) throws SQLException {
        List<Given> orders = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT number, name, what, given_by, given_at, state, taken_by, outcome
                FROM projection_orders WHERE name = ?\s""" + rest)) {
            select.setString(1, name);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    orders.add(new Given(
                            row.getLong(1),
                            row.getString(2),
                            ProjectionOrder.parse(row.getString(3)),
                            row.getString(4),
                            Instant.parse(row.getString(5)),
                            State.valueOf(row.getString(6)),
                            row.getString(7),
                            row.getString(8)));
                }
            }
        }
        return orders;
    }

    /// Notes who takes an order, unless somebody has.
    ///
    /// @return whether nobody had
    static boolean take(Connection connection, long number, String instance) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE projection_orders SET state = 'TAKEN', taken_by = ? WHERE number = ? AND state = 'WAITING'")) {
            update.setString(1, instance);
            update.setLong(2, number);
            return update.executeUpdate() == 1;
        }
    }

    static void answer(Connection connection, long number, State state, String outcome) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE projection_orders SET state = ?, outcome = ? WHERE number = ?")) {
            update.setString(1, state.name());
            update.setString(2, outcome);
            update.setLong(3, number);
            update.executeUpdate();
        }
    }
}
