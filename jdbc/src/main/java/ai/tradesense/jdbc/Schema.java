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

    /// Dead letters that hold their subject or were discarded, attempts that may have ended with their process, and
    /// who works on what.
    private static final List<String> VERSION_2 = List.of(
            "ALTER TABLE parked ADD COLUMN failing_since TEXT",
            "ALTER TABLE parked ADD COLUMN caution TEXT NOT NULL DEFAULT 'NONE'",
            "ALTER TABLE parked ADD COLUMN holds INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE parked ADD COLUMN discarded_at TEXT",
            "DROP INDEX parked_waiting",
            "DROP INDEX parked_dead",
            """
            CREATE INDEX parked_queue ON parked (group_name, domain, subject, sequence)
              WHERE state = 'WAITING' OR holds = 1""",
            "CREATE INDEX parked_dead ON parked (sequence) WHERE state <> 'WAITING' AND discarded_at IS NULL",
            """
            CREATE TABLE sessions (
              group_name TEXT NOT NULL,
              topic TEXT NOT NULL,
              number INTEGER NOT NULL,
              instance TEXT NOT NULL,
              PRIMARY KEY (group_name, topic, number)
            ) WITHOUT ROWID""");

    /// Causes and times of the newest failures, to be searched by, and operations. Of older failures the
    /// exception's class is all that their cause is known by. Times that are compared have a fixed width, see
    /// [Times].
    private static final List<String> VERSION_3 = List.of(
            "ALTER TABLE parked_failures ADD COLUMN cause TEXT NOT NULL DEFAULT ''",
            "UPDATE parked_failures SET cause = exception",
            "ALTER TABLE parked ADD COLUMN cause TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE parked ADD COLUMN failed_at TEXT NOT NULL DEFAULT ''",
            """
            UPDATE parked SET
              cause = coalesce((SELECT cause FROM parked_failures AS newest
                WHERE newest.sequence = parked.sequence ORDER BY number DESC LIMIT 1), ''),
              failed_at = coalesce((SELECT failed_at FROM parked_failures AS newest
                WHERE newest.sequence = parked.sequence ORDER BY number DESC LIMIT 1), parked_at)""",
            """
            UPDATE parked SET failed_at = substr(failed_at, 1, 19) || '.'
              || substr(replace(substr(failed_at, 21), 'Z', '') || '000000000', 1, 9) || 'Z'""",
            "CREATE INDEX parked_discarded ON parked (sequence) WHERE discarded_at IS NOT NULL",
            """
            CREATE TABLE operations (
              number INTEGER PRIMARY KEY AUTOINCREMENT,
              id TEXT NOT NULL UNIQUE,
              request_id TEXT UNIQUE,
              kind TEXT NOT NULL,
              filtered INTEGER NOT NULL,
              worker TEXT,
              type TEXT,
              subject TEXT,
              cause TEXT,
              letter_state TEXT,
              from_at TEXT,
              to_at TEXT,
              text TEXT,
              canary TEXT NOT NULL,
              per_second REAL,
              stop_on_failures INTEGER NOT NULL,
              actor TEXT NOT NULL,
              reason TEXT NOT NULL,
              created_at TEXT NOT NULL,
              state TEXT NOT NULL,
              note TEXT NOT NULL,
              ended_at TEXT,
              pending INTEGER NOT NULL,
              in_progress INTEGER NOT NULL,
              succeeded INTEGER NOT NULL,
              failed INTEGER NOT NULL,
              skipped INTEGER NOT NULL,
              owner TEXT,
              owned_until TEXT
            )""",
            "CREATE INDEX operations_active ON operations (number) WHERE state = 'RUNNING' OR in_progress > 0",
            """
            CREATE TABLE operation_items (
              operation INTEGER NOT NULL,
              number INTEGER NOT NULL,
              sequence INTEGER NOT NULL,
              group_name TEXT NOT NULL,
              worker TEXT NOT NULL,
              type TEXT,
              domain TEXT NOT NULL,
              subject TEXT NOT NULL,
              cause TEXT NOT NULL,
              status TEXT NOT NULL,
              note TEXT NOT NULL,
              corrected BLOB,
              PRIMARY KEY (operation, number)
            ) WITHOUT ROWID""",
            "CREATE INDEX operation_items_status ON operation_items (operation, status, number)",
            """
            CREATE TABLE operation_steps (
              operation INTEGER NOT NULL,
              number INTEGER NOT NULL,
              at TEXT NOT NULL,
              actor TEXT NOT NULL,
              text TEXT NOT NULL,
              PRIMARY KEY (operation, number)
            ) WITHOUT ROWID""");

    /// Up to where schedules have come, and what operators ordered of workers.
    private static final List<String> VERSION_4 = List.of("""
            CREATE TABLE schedules (
              name TEXT PRIMARY KEY,
              begun_at TEXT NOT NULL,
              last_tick TEXT
            ) WITHOUT ROWID""", """
            CREATE TABLE orders (
              worker TEXT NOT NULL,
              topic TEXT NOT NULL,
              what TEXT NOT NULL,
              revision INTEGER NOT NULL UNIQUE,
              given_by TEXT NOT NULL,
              given_at TEXT NOT NULL,
              PRIMARY KEY (worker, topic)
            ) WITHOUT ROWID""");

    /// What instances say of themselves.
    private static final List<String> VERSION_5 = List.of("""
            CREATE TABLE instances (
              instance TEXT PRIMARY KEY,
              started_at TEXT NOT NULL,
              seen_at TEXT NOT NULL
            ) WITHOUT ROWID""", """
            CREATE TABLE instance_workers (
              instance TEXT NOT NULL,
              number INTEGER NOT NULL,
              worker TEXT NOT NULL,
              group_name TEXT NOT NULL,
              state TEXT NOT NULL,
              reason TEXT NOT NULL,
              PRIMARY KEY (instance, number)
            ) WITHOUT ROWID""");

    /// The index of streams, see [StreamRuns], and snapshots.
    private static final List<String> VERSION_6 =
            List.of("""
            CREATE TABLE stream_runs (
              first_position INTEGER PRIMARY KEY,
              last_position INTEGER NOT NULL
            )""", """
            CREATE TABLE stream_chunks (
              run INTEGER NOT NULL,
              first_stream BLOB NOT NULL,
              entries BLOB NOT NULL
            )""", "CREATE UNIQUE INDEX stream_chunks_name ON stream_chunks (run, first_stream)", """
            CREATE TABLE snapshots (
              domain TEXT NOT NULL,
              subject TEXT NOT NULL,
              aggregate TEXT NOT NULL,
              form TEXT NOT NULL,
              version INTEGER NOT NULL,
              state BLOB NOT NULL,
              PRIMARY KEY (domain, subject, aggregate)
            )""");

    /// Hashes of the blocks, see [BatchHash].
    private static final List<String> VERSION_7 = List.of("""
            CREATE TABLE batches (
              first_position INTEGER PRIMARY KEY,
              events INTEGER NOT NULL,
              hash BLOB NOT NULL
            )""");

    /// Copies of stored events that are replayed, beside what was delivered, and how far replays have come.
    private static final List<String> VERSION_8 = List.of(
            "ALTER TABLE parked ADD COLUMN replayed_by TEXT NOT NULL DEFAULT ''",
            "DROP INDEX parked_identity",
            "CREATE UNIQUE INDEX parked_identity ON parked (group_name, source, id, (replayed_by = ''))",
            "ALTER TABLE operations ADD COLUMN group_name TEXT",
            "ALTER TABLE operations ADD COLUMN after_position INTEGER",
            "ALTER TABLE operations ADD COLUMN last_position INTEGER",
            "ALTER TABLE operations ADD COLUMN replayed_to INTEGER");

    /// What was removed and what is held, see [RetentionRows], and up to where those have come who read on their
    /// own.
    private static final List<String> VERSION_9 = List.of(
            """
            CREATE TABLE retention_records (
              number INTEGER PRIMARY KEY,
              kind TEXT NOT NULL,
              at TEXT NOT NULL,
              actor TEXT NOT NULL,
              reason TEXT NOT NULL,
              hold INTEGER,
              domain TEXT,
              subject TEXT,
              from_at TEXT,
              to_at TEXT,
              first_position INTEGER NOT NULL,
              last_position INTEGER NOT NULL,
              events INTEGER NOT NULL,
              by_domain TEXT NOT NULL,
              batches BLOB NOT NULL,
              hash BLOB NOT NULL
            )""", "CREATE INDEX retention_records_holds ON retention_records (number) WHERE kind <> 'REMOVED'", """
            CREATE TABLE reader_positions (
              name TEXT PRIMARY KEY,
              position INTEGER NOT NULL
            ) WITHOUT ROWID""");

    private static final List<List<String>> VERSIONS = List.of(
            VERSION_1,
            VERSION_2,
            VERSION_3,
            VERSION_4,
            VERSION_5,
            VERSION_6,
            VERSION_7,
            VERSION_8,
            VERSION_9,
            JdbcProjectionReports.SQLITE_STEPS,
            ProjectionOrderRows.SQLITE_STEPS);

    private Schema() {}

    /// The version that this code reads and writes.
    static int version() {
        return VERSIONS.size();
    }

    /// The statements that lead to a version from the one before.
    static List<String> steps(int version) {
        return VERSIONS.get(version - 1);
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
