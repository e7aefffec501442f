package ai.tradesense.jdbc;

import ai.tradesense.jdbc.DatabaseException.Reason;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The tables in PostgreSQL, and how older ones become newer ones. As in [Schema], each version is a list of
/// statements that lead to it from the one before, and what was released is only added to.
///
/// Times that are only kept are text as on SQLite, so that the stores are the same on both; what is compared
/// has the collation of bytes, whatever the database's is.
final class PostgresSchema {
    /// How many partitions the log has. Stands in the database, which prevails.
    static final int PARTITIONS = 16;

    /// Appends events that are not there yet and gives each its position, without gaps; null for those that are
    /// there. The lock on the one row of `log` is the fence: positions are given in the order of the commits,
    /// because nobody can have one while another's is not committed.
    ///
    /// Plans that read the whole table are forbidden: they would be chosen while it is small, and kept. So is
    /// compiling them, which would be chosen because what is forbidden has enormous costs.
    static final String APPEND_FUNCTION = """
            CREATE FUNCTION append_events(partitions int[], seconds bigint[], ids text[], sources text[], types text[],
              subjects text[], correlations text[], causations text[], records bytea[], at timestamptz)
            RETURNS bigint[] LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off
              SET jit = off AS $$
            DECLARE
              last bigint;
              given bigint[];
            BEGIN
              PERFORM 1 FROM log FOR UPDATE;
              SELECT greatest(floor, (SELECT max(position) FROM events)) INTO last FROM log;
              WITH brought AS MATERIALIZED (
                SELECT e.*, (SELECT s.position FROM events s WHERE s.id = e.id AND s.source = e.source) IS NULL AS fresh
                FROM unnest(partitions, seconds, ids, sources, types, subjects, correlations, causations, records)
                  WITH ORDINALITY AS e(partition, second, id, source, type, subject, correlation_id, causation_id,
                    record, n)),
              placed AS (
                SELECT b.*, CASE WHEN fresh THEN last + count(*) FILTER (WHERE fresh) OVER (ORDER BY n) END AS position
                FROM brought b),
              added AS (
                INSERT INTO events (position, partition, recorded_at, second, id, source, type, subject,
                  correlation_id, causation_id, record)
                SELECT position, partition, at, second, id, source, type, subject, correlation_id, causation_id, record
                FROM placed WHERE fresh ORDER BY n)
              SELECT array_agg(position ORDER BY n) INTO given FROM placed;
              RETURN given;
            END $$""";

    /// Appends to streams that are as expected. Events come in units, of which each is appended as a whole or
    /// not at all: `ends` says with which event each one ends, `units` to which the expectations belong, in
    /// ascending order. A unit all of whose events are there already is as expected. Answers with the positions
    /// as `append_events` does, with the expectations that were not met, by their numbers, and with the versions
    /// found.
    ///
    /// The version of a stream is counted from where it was last noted, so that a long history costs nothing
    /// while the fence is held.
    static final String APPEND_STREAMS_FUNCTION = """
            CREATE FUNCTION append_streams(ends int[], units int[], domains text[], names text[], versions bigint[],
              partitions int[], seconds bigint[], ids text[], sources text[], types text[], subjects text[],
              correlations text[], causations text[], records bytea[], at timestamptz,
              OUT given bigint[], OUT refused int[], OUT actual bigint[])
            LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
            DECLARE
              a int := 1;
              z int;
              place int := 1;
              noted streams;
              version_now bigint;
              changes boolean;
              refuses boolean;
            BEGIN
              given := '{}';
              refused := '{}';
              actual := '{}';
              PERFORM 1 FROM log FOR UPDATE;
              FOR unit IN 1 .. cardinality(ends) LOOP
                z := ends[unit];
                refuses := false;
                changes := false;
                IF place <= cardinality(units) AND units[place] = unit THEN
                  changes := z < a OR EXISTS (SELECT 1 FROM unnest(ids[a:z], sources[a:z]) AS e(id, source)
                    WHERE NOT EXISTS (SELECT 1 FROM events s WHERE s.id = e.id AND s.source = e.source));
                END IF;
                WHILE place <= cardinality(units) AND units[place] = unit LOOP
                  IF changes AND NOT refuses THEN
                    SELECT * INTO noted FROM streams WHERE domain = domains[place] AND name = names[place];
                    version_now := coalesce(noted.version, 0) + (SELECT count(*) FROM events
                      WHERE subject = names[place] AND position > coalesce(noted.position, 0)
                        AND split_part(type, '.', 1) = domains[place]);
                    IF version_now <> versions[place] THEN
                      refuses := true;
                      refused := refused || place;
                      actual := actual || version_now;
                    ELSIF version_now - coalesce(noted.version, 0) >= 100 THEN
                      INSERT INTO streams (domain, name, version, position)
                        SELECT domains[place], names[place], version_now, max(position) FROM events
                        ON CONFLICT (domain, name)
                          DO UPDATE SET version = excluded.version, position = excluded.position;
                    END IF;
                  END IF;
                  place := place + 1;
                END LOOP;
                IF refuses THEN
                  given := given || array_fill(NULL::bigint, ARRAY[z - a + 1]);
                ELSIF z >= a THEN
                  given := given || append_events(partitions[a:z], seconds[a:z], ids[a:z], sources[a:z], types[a:z],
                    subjects[a:z], correlations[a:z], causations[a:z], records[a:z], at);
                END IF;
                a := z + 1;
              END LOOP;
            END $$""";

    private static final List<String> VERSION_1 = List.of(
            """
            CREATE TABLE log (
              floor bigint NOT NULL,
              partitions int NOT NULL
            )""",
            "CREATE UNIQUE INDEX log_is_one ON log ((true))",
            "INSERT INTO log VALUES (0, " + PARTITIONS + ")",
            """
            CREATE TABLE events (
              position bigint PRIMARY KEY,
              partition int NOT NULL,
              recorded_at timestamptz NOT NULL,
              second bigint NOT NULL,
              id text COLLATE "C" NOT NULL,
              source text COLLATE "C" NOT NULL,
              type text COLLATE "C" NOT NULL,
              subject text COLLATE "C" NOT NULL,
              correlation_id text COLLATE "C",
              causation_id text COLLATE "C",
              record bytea NOT NULL
            )""",
            "CREATE UNIQUE INDEX events_identity ON events (id, source)",
            "CREATE INDEX events_subject ON events (subject, position)",
            """
            CREATE INDEX events_rest ON events USING brin (type text_bloom_ops, source text_bloom_ops,
              correlation_id text_bloom_ops, causation_id text_bloom_ops, second) WITH (autosummarize = on)""",
            APPEND_FUNCTION,
            """
            CREATE TABLE members (
              group_name text COLLATE "C" NOT NULL,
              member text COLLATE "C" NOT NULL,
              alive_until timestamptz NOT NULL,
              PRIMARY KEY (group_name, member)
            )""",
            """
            CREATE TABLE group_partitions (
              group_name text COLLATE "C" NOT NULL,
              partition int NOT NULL,
              position bigint NOT NULL,
              owner text COLLATE "C",
              epoch bigint NOT NULL DEFAULT 0,
              lease_until timestamptz NOT NULL DEFAULT '-infinity',
              PRIMARY KEY (group_name, partition)
            ) WITH (fillfactor = 30)""",
            "CREATE TABLE turnstile (only_one boolean PRIMARY KEY CHECK (only_one))",
            "INSERT INTO turnstile VALUES (true)",
            """
            CREATE TABLE parked (
              sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              group_name text COLLATE "C" NOT NULL,
              worker text COLLATE "C" NOT NULL,
              domain text COLLATE "C" NOT NULL,
              subject text COLLATE "C" NOT NULL,
              source text COLLATE "C" NOT NULL,
              id text COLLATE "C" NOT NULL,
              type text COLLATE "C",
              state text NOT NULL CHECK (state IN ('WAITING', 'DEAD', 'QUARANTINED')),
              attempts int NOT NULL,
              due_at text,
              failing_since text,
              caution text NOT NULL,
              holds int NOT NULL,
              discarded_at text,
              cause text COLLATE "C" NOT NULL,
              parked_at text NOT NULL,
              failed_at text COLLATE "C" NOT NULL,
              event bytea,
              raw bytea,
              content_type text
            )""",
            "CREATE UNIQUE INDEX parked_identity ON parked (group_name, source, id)",
            """
            CREATE INDEX parked_queue ON parked (group_name, domain, subject, sequence)
              WHERE state = 'WAITING' OR holds = 1""",
            "CREATE INDEX parked_group ON parked (group_name, sequence)",
            "CREATE INDEX parked_dead ON parked (sequence) WHERE state <> 'WAITING' AND discarded_at IS NULL",
            "CREATE INDEX parked_discarded ON parked (sequence) WHERE discarded_at IS NOT NULL",
            """
            CREATE TABLE parked_failures (
              sequence bigint NOT NULL,
              number int NOT NULL,
              attempt int NOT NULL,
              failed_at text NOT NULL,
              exception text NOT NULL,
              message text NOT NULL,
              stack_trace text NOT NULL,
              cause text COLLATE "C" NOT NULL,
              PRIMARY KEY (sequence, number)
            )""",
            """
            CREATE TABLE parked_tally (
              group_name text COLLATE "C" PRIMARY KEY,
              waiting bigint NOT NULL,
              dead bigint NOT NULL,
              revision bigint NOT NULL
            )""",
            """
            CREATE TABLE sessions (
              group_name text COLLATE "C" NOT NULL,
              topic text COLLATE "C" NOT NULL,
              number int NOT NULL,
              instance text COLLATE "C" NOT NULL,
              PRIMARY KEY (group_name, topic, number)
            )""",
            """
            CREATE TABLE operations (
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              id text COLLATE "C" NOT NULL UNIQUE,
              request_id text COLLATE "C" UNIQUE,
              kind text NOT NULL,
              filtered int NOT NULL,
              worker text,
              type text,
              subject text,
              cause text,
              letter_state text,
              from_at text,
              to_at text,
              text text,
              canary text NOT NULL,
              per_second double precision,
              stop_on_failures int NOT NULL,
              actor text NOT NULL,
              reason text NOT NULL,
              created_at text NOT NULL,
              state text NOT NULL,
              note text NOT NULL,
              ended_at text,
              pending int NOT NULL,
              in_progress int NOT NULL,
              succeeded int NOT NULL,
              failed int NOT NULL,
              skipped int NOT NULL,
              owner text COLLATE "C",
              owned_until text COLLATE "C"
            )""",
            "CREATE INDEX operations_active ON operations (number) WHERE state = 'RUNNING' OR in_progress > 0",
            """
            CREATE TABLE operation_items (
              operation bigint NOT NULL,
              number int NOT NULL,
              sequence bigint NOT NULL,
              group_name text COLLATE "C" NOT NULL,
              worker text COLLATE "C" NOT NULL,
              type text,
              domain text NOT NULL,
              subject text NOT NULL,
              cause text NOT NULL,
              status text NOT NULL,
              note text NOT NULL,
              corrected bytea,
              PRIMARY KEY (operation, number)
            )""",
            "CREATE INDEX operation_items_status ON operation_items (operation, status, number)",
            """
            CREATE TABLE operation_steps (
              operation bigint NOT NULL,
              number int NOT NULL,
              at text NOT NULL,
              actor text NOT NULL,
              text text NOT NULL,
              PRIMARY KEY (operation, number)
            )""",
            """
            CREATE TABLE schedules (
              name text COLLATE "C" PRIMARY KEY,
              begun_at text NOT NULL,
              last_tick text
            )""",
            """
            CREATE TABLE orders (
              worker text COLLATE "C" NOT NULL,
              topic text COLLATE "C" NOT NULL,
              what text NOT NULL,
              revision bigint NOT NULL UNIQUE,
              given_by text NOT NULL,
              given_at text NOT NULL,
              PRIMARY KEY (worker, topic)
            )""",
            """
            CREATE TABLE instances (
              instance text COLLATE "C" PRIMARY KEY,
              started_at text NOT NULL,
              seen_at text COLLATE "C" NOT NULL
            )""",
            """
            CREATE TABLE instance_workers (
              instance text COLLATE "C" NOT NULL,
              number int NOT NULL,
              worker text NOT NULL,
              group_name text NOT NULL,
              state text NOT NULL,
              reason text NOT NULL,
              PRIMARY KEY (instance, number)
            )""");

    /// Streams whose versions are expected, with how many events they had up to a position.
    private static final List<String> VERSION_2 = List.of("""
            CREATE TABLE streams (
              domain text COLLATE "C" NOT NULL,
              name text COLLATE "C" NOT NULL,
              version bigint NOT NULL,
              position bigint NOT NULL,
              PRIMARY KEY (domain, name)
            )""", APPEND_STREAMS_FUNCTION, """
            CREATE TABLE snapshots (
              domain text COLLATE "C" NOT NULL,
              subject text COLLATE "C" NOT NULL,
              aggregate text COLLATE "C" NOT NULL,
              form text NOT NULL,
              version bigint NOT NULL,
              state bytea NOT NULL,
              PRIMARY KEY (domain, subject, aggregate)
            )""");

    /// Copies of stored events that are replayed, beside what was delivered, and how far replays have come.
    private static final List<String> VERSION_4 = List.of(
            "ALTER TABLE parked ADD COLUMN replayed_by text COLLATE \"C\" NOT NULL DEFAULT ''",
            "DROP INDEX parked_identity",
            "CREATE UNIQUE INDEX parked_identity ON parked (group_name, source, id, (replayed_by = ''))",
            "ALTER TABLE operations ADD COLUMN group_name text",
            "ALTER TABLE operations ADD COLUMN after_position bigint",
            "ALTER TABLE operations ADD COLUMN last_position bigint",
            "ALTER TABLE operations ADD COLUMN replayed_to bigint");

    private static final List<List<String>> VERSIONS = List.of(
            VERSION_1,
            VERSION_2,
            PostgresBatches.STEPS,
            VERSION_4,
            PostgresRetention.STEPS,
            PostgresSearchIndex.STEPS,
            JdbcProjectionReports.POSTGRES_STEPS,
            ProjectionOrderRows.POSTGRES_STEPS,
            PostgresFunctions.STEPS);

    private static final Pattern MADE = Pattern.compile("CREATE (?:UNIQUE )?(?:TABLE|INDEX) (\\w+)");

    private final String database;
    private final String schema;

    /// @param database what messages call it
    /// @param schema which holds the tables, or will
    PostgresSchema(String database, String schema) {
        this.database = database;
        this.schema = schema;
    }

    /// The version that this code reads and writes.
    static int version() {
        return VERSIONS.size();
    }

    /// Brings an empty schema, or one of an older version, to this version: all of it or nothing. Of several
    /// instances that start at once, one does, and the others wait.
    ///
    /// @throws DatabaseException if the schema is of a newer version, or of something else
    void migrate(Connection connection) throws SQLException {
        if (isOurs(connection) && foundVersion(connection) == version()) {
            return;
        }
        connection.setNetworkTimeout(Runnable::run, 0); // an index over many events takes as long as it takes
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL statement_timeout = 0");
            lock(connection);
            if (!has(connection, "SELECT 1 FROM pg_namespace WHERE nspname = ?")) {
                statement.execute("CREATE SCHEMA " + statement.enquoteIdentifier(schema, true));
            }
            if (!isOurs(connection)) {
                statement.execute("CREATE TABLE tradesense_version AS SELECT 0 AS version");
            }
            int found = foundVersion(connection);
            for (int version = found; version < version(); version++) {
                statement.execute(String.join(";\n", VERSIONS.get(version))); // in one round trip
            }
            if (found < version()) {
                statement.execute("UPDATE tradesense_version SET version = " + version());
            }
            connection.commit();
        } catch (SQLException | RuntimeException failure) {
            connection.rollback();
            throw failure;
        }
    }

    private void lock(Connection connection) throws SQLException {
        try (PreparedStatement lock =
                connection.prepareStatement("SELECT pg_advisory_xact_lock(hashtextextended('tradesense ' || ?, 0))")) {
            lock.setString(1, schema);
            lock.execute();
        }
    }

    /// Says in words what the schema is, and changes nothing.
    ///
    /// @throws DatabaseException if the schema is of a newer version, or of something else
    String check(Connection connection) throws SQLException {
        if (!isOurs(connection)) {
            return "the tables will be made in the schema '" + schema + "'";
        }
        int found = foundVersion(connection);
        return "the schema '" + schema + "' is of version " + found
                + (found < version() ? " and will be brought to " + version() : "");
    }

    /// @throws DatabaseException if the tables are not there or of another version
    void requireThisVersion(Connection connection) throws SQLException {
        int found = isOurs(connection) ? foundVersion(connection) : 0;
        if (found != version()) {
            throw new DatabaseException(
                    Reason.UNSUITABLE,
                    database + " has "
                            + (found == 0 ? "no log in the schema '" : "a log of version " + found + " in the schema '")
                            + schema + "', expected version " + version()
                            + "; whoever opens it brings it there",
                    null);
        }
    }

    /// What is wrong with the tables that a connection sees; empty if they are all there.
    static String problem(Connection connection) throws SQLException {
        try (PreparedStatement find = connection.prepareStatement("SELECT to_regclass(?) IS NULL")) {
            for (String step : VERSIONS.stream().flatMap(List::stream).toList()) {
                Matcher made = MADE.matcher(step);
                if (made.lookingAt()) {
                    find.setString(1, made.group(1));
                    try (ResultSet row = find.executeQuery()) {
                        if (row.next() && row.getBoolean(1)) {
                            return "the schema is not that of version " + version() + ": " + made.group(1)
                                    + " is missing";
                        }
                    }
                }
            }
        }
        return PostgresFunctions.problem(connection);
    }

    /// Whether there are tables of ours.
    private boolean isOurs(Connection connection) throws SQLException {
        String table = "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ?";
        if (has(connection, table + " AND c.relname = 'tradesense_version'")) {
            return true;
        }
        if (has(connection, table + " AND c.relname IN ('events', 'log', 'parked')")) {
            throw new DatabaseException(
                    Reason.UNSUITABLE,
                    "the schema '" + schema + "' of " + database + " holds tables of something else",
                    null);
        }
        return false;
    }

    private int foundVersion(Connection connection) throws SQLException {
        int found;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT version FROM tradesense_version")) {
            found = row.next() ? row.getInt(1) : 0;
        }
        if (found > version()) {
            throw new DatabaseException(
                    Reason.NEWER_SCHEMA,
                    database + " was written by a newer version: its schema '" + schema + "' is " + found
                            + ", this version knows schemas up to " + version(),
                    null);
        }
        return found;
    }

    private boolean has(Connection connection, String query) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(query)) {
            select.setString(1, schema);
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }
}
