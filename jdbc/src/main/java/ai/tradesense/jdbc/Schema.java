package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/// The tables, and how older ones become newer ones. Each version is a list of statements that lead to it from
/// the one before; what was released is never changed, only added to.
final class Schema {
    /// Says in the file's header whose database it is: "TSev".
    static final int APPLICATION_ID = 0x54536576;

    private static final List<String> VERSION_1 = List.of(
            """
            CREATE TABLE blocks (
              first_position INTEGER PRIMARY KEY,
              events INTEGER NOT NULL,
              records BLOB NOT NULL
            )""",
            """
            CREATE TABLE segments (
              first_position INTEGER PRIMARY KEY,
              last_position INTEGER NOT NULL,
              min_second INTEGER NOT NULL,
              max_second INTEGER NOT NULL,
              types TEXT NOT NULL
            )""",
            """
            CREATE TABLE segment_filters (
              attribute INTEGER NOT NULL,
              first_position INTEGER NOT NULL,
              bits BLOB NOT NULL,
              PRIMARY KEY (attribute, first_position)
            ) WITHOUT ROWID""",
            """
            CREATE TABLE segment_ids (
              first_position INTEGER PRIMARY KEY,
              min_key INTEGER,
              max_key INTEGER,
              keys BLOB NOT NULL
            )""",
            """
            CREATE TABLE hashed_ids (
              id_key INTEGER NOT NULL,
              position INTEGER NOT NULL,
              PRIMARY KEY (id_key, position)
            ) WITHOUT ROWID""",
            """
            CREATE TABLE group_positions (
              group_name TEXT PRIMARY KEY,
              position INTEGER NOT NULL
            ) WITHOUT ROWID""",
            """
            CREATE TABLE parked (
              sequence INTEGER PRIMARY KEY AUTOINCREMENT,
              group_name TEXT NOT NULL,
              worker TEXT NOT NULL,
              domain TEXT NOT NULL,
              subject TEXT NOT NULL,
              source TEXT NOT NULL,
              id TEXT NOT NULL,
              type TEXT,
              state TEXT NOT NULL CHECK (state IN ('WAITING', 'DEAD', 'QUARANTINED')),
              attempts INTEGER NOT NULL,
              due_at TEXT,
              parked_at TEXT NOT NULL,
              event BLOB,
              raw BLOB,
              content_type TEXT
            )""",
            "CREATE UNIQUE INDEX parked_identity ON parked (group_name, source, id)",
            """
            CREATE INDEX parked_waiting ON parked (group_name, domain, subject, sequence)
              WHERE state = 'WAITING'""",
            "CREATE INDEX parked_group ON parked (group_name, sequence)",
            "CREATE INDEX parked_dead ON parked (sequence) WHERE state <> 'WAITING'",
            """
            CREATE TABLE parked_failures (
              sequence INTEGER NOT NULL,
              number INTEGER NOT NULL,
              attempt INTEGER NOT NULL,
              failed_at TEXT NOT NULL,
              exception TEXT NOT NULL,
              message TEXT NOT NULL,
              stack_trace TEXT NOT NULL,
              PRIMARY KEY (sequence, number)
            )""");

    private static final List<List<String>> VERSIONS = List.of(VERSION_1);

    private Schema() {}

    /// The version that this code reads and writes.
    static int version() {
        return VERSIONS.size();
    }

    /// Brings a database of an older version, or an empty one, to this version: all of it or nothing.
    static void migrate(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int found = pragma(connection, "user_version");
            if (found == version()) {
                return;
            }
            statement.execute("BEGIN IMMEDIATE");
            try {
                for (int version = found; version < version(); version++) {
                    for (String step : VERSIONS.get(version)) {
                        statement.execute(step);
                    }
                }
                statement.execute("PRAGMA application_id = " + APPLICATION_ID);
                statement.execute("PRAGMA user_version = " + version());
                statement.execute("COMMIT");
            } catch (SQLException failure) {
                statement.execute("ROLLBACK");
                throw failure;
            }
        }
    }

    static int pragma(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA " + name)) {
            return row.next() ? row.getInt(1) : 0;
        }
    }
}
