package ai.tradesense.jdbc;

import ai.tradesense.jdbc.DatabaseException.Reason;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/// A PostgreSQL database and how it is connected to. By default the driver waits for ever; here nothing does:
/// the server gives up a statement after a while, and the driver a server that does not answer a little later.
final class PostgresDatabase implements ConnectionSource {
    /// The schema of the tables, unless the URL says otherwise: they are often in an application's database.
    static final String DEFAULT_SCHEMA = "tradesense";

    private static final int MIN_VERSION = 140_000;
    private static final String EXPECTED =
            "expected for example jdbc:postgresql://localhost:5432/tradesense?user=tradesense";

    private final String url;
    private final Properties properties;
    private final String name;
    private final String schema;
    private final Duration timeout;
    private String version = "";

    private PostgresDatabase(String url, Duration timeout) {
        this.url = url;
        this.timeout = timeout;
        this.properties = new Properties();
        int seconds = (int) Math.ceilDiv(timeout.toMillis(), 1_000);
        PGProperty.SOCKET_TIMEOUT.set(properties, seconds + 1);
        PGProperty.CONNECT_TIMEOUT.set(properties, seconds);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        PGProperty.CURRENT_SCHEMA.set(properties, DEFAULT_SCHEMA);
        PGProperty.TARGET_SERVER_TYPE.set(properties, "primary"); // a standby may lag
        Properties parsed = Driver.parseURL(url, properties);
        if (parsed == null) { // the URL is not repeated: it may hold a password
            throw new DatabaseException(
                    Reason.UNSUITABLE, "the URL of the log is none of a PostgreSQL database; " + EXPECTED, null);
        }
        this.name = "PostgreSQL at " + PGProperty.PG_HOST.getOrDefault(parsed) + ":"
                + PGProperty.PG_PORT.getOrDefault(parsed) + "/" + PGProperty.PG_DBNAME.getOrDefault(parsed);
        this.schema = firstOf(PGProperty.CURRENT_SCHEMA.getOrDefault(parsed));
    }

    private static String firstOf(@Nullable String searchPath) {
        String path = searchPath == null || searchPath.isBlank() ? DEFAULT_SCHEMA : searchPath;
        int comma = path.indexOf(',');
        return (comma < 0 ? path : path.substring(0, comma)).strip();
    }

    /// Connects, and brings the tables up to date.
    ///
    /// @throws DatabaseException naming the database and what is wrong with it
    static PostgresDatabase open(String url, Duration timeout) {
        PostgresDatabase database = new PostgresDatabase(url, timeout);
        try (Connection connection = database.connect("setup")) {
            database.examine(connection);
            new PostgresSchema(database.name, database.schema).migrate(connection);
        } catch (SQLException failure) {
            throw database.failure("cannot be used", failure);
        }
        return database;
    }

    /// Connects, and says what is there.
    ///
    /// @throws DatabaseException naming the database and what is wrong with it
    static String check(String url, Duration timeout) {
        PostgresDatabase database = new PostgresDatabase(url, timeout);
        try (Connection connection = database.connect("check")) {
            database.examine(connection);
            String tables = new PostgresSchema(database.name, database.schema).check(connection);
            return database.name + ", version " + database.version + "; " + tables;
        } catch (SQLException failure) {
            throw database.failure("cannot be used", failure);
        }
    }

    /// Connects, and sees whether the tables are of this version; changes nothing.
    ///
    /// @throws DatabaseException naming the database and what is wrong with it
    static PostgresDatabase examined(String url, Duration timeout) {
        PostgresDatabase database = new PostgresDatabase(url, timeout);
        try (Connection connection = database.connect("check")) {
            database.examine(connection);
            new PostgresSchema(database.name, database.schema).requireThisVersion(connection);
            return database;
        } catch (SQLException failure) {
            throw database.failure("cannot be used", failure);
        }
    }

    private void examine(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                          current_setting('fsync'), pg_is_in_recovery()""")) {
            row.next();
            if (row.getInt(1) < MIN_VERSION) {
                throw new DatabaseException(
                        Reason.UNSUITABLE, name + " is version " + row.getString(2) + ", expected 14 or newer", null);
            }
            if (row.getBoolean(4)) {
                throw new DatabaseException(Reason.UNSUITABLE, name + " is a standby, expected the primary", null);
            }
            version = row.getString(2)
                    + (row.getString(3).equals("on")
                            ? ", an fsync per commit"
                            : ", with fsync off: what is acknowledged does not survive a crash of the machine");
        }
    }

    /// Opens a connection.
    ///
    /// @param role what it is for; part of its `application_name`
    Connection connect(String role) throws SQLException {
        Properties own = new Properties(properties);
        PGProperty.APPLICATION_NAME.set(own, "tradesense-" + role);
        Connection connection = new Driver().connect(url, own);
        if (connection == null) {
            throw new SQLException("the driver does not know the URL; " + EXPECTED);
        }
        try (Statement statement = connection.createStatement()) {
            // In one round trip. A plan for any positions sorts what it could read in order, and who waits at the
            // fence has to see what those before it committed, whatever a database's transactions are by default.
            statement.execute("SET statement_timeout = " + timeout.toMillis()
                    + "; SET idle_in_transaction_session_timeout = " + timeout.toMillis()
                    + "; SET default_transaction_isolation = 'read committed'"
                    + "; SET plan_cache_mode = force_custom_plan");
        } catch (SQLException failure) {
            connection.close();
            throw failure;
        }
        return connection;
    }

    /// The server's version and what it does for durability.
    String version() {
        return version;
    }

    /// The schema that holds the tables.
    String schema() {
        return schema;
    }

    Duration timeout() {
        return timeout;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Connection openReader() {
        try {
            Connection connection = connect("reader");
            connection.setReadOnly(true);
            return connection;
        } catch (SQLException failure) {
            throw failure("cannot be connected to", failure);
        }
    }

    @Override
    public DatabaseException failure(String what, SQLException failure) {
        return new DatabaseException(
                DatabaseException.reasonOf(failure), name + " " + what + ": " + failure.getMessage(), failure);
    }

    @Override
    public boolean isOfConnection(SQLException failure) {
        return DatabaseException.reasonOf(failure) == Reason.UNREACHABLE;
    }
}
