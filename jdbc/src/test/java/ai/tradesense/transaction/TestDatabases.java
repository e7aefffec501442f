package ai.tradesense.transaction;

import ai.tradesense.testkit.services.PostgresServer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// Databases as an application has them, for the tests of this package.
final class TestDatabases {
    private TestDatabases() {}

    /// An empty one.
    static DataSource create(Database kind, Path folder) {
        return switch (kind) {
            case SQLITE -> {
                DataSource made = sqlite(folder.resolve("application.db"));
                execute(made, "PRAGMA user_version = 1"); // several that connect first would be in each other's way
                yield made;
            }
            case POSTGRESQL -> postgres();
        };
    }

    static DataSource sqlite(Path file) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(30_000);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }

    private static DataSource postgres() {
        String url = PostgresServer.sharedUrl();
        DataSource source = postgres(url);
        String schema = url.substring(url.indexOf("currentSchema=") + "currentSchema=".length());
        execute(source, "CREATE SCHEMA " + schema);
        return pooled(source);
    }

    static DataSource postgres(String url) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        return source;
    }

    /// One whose connections are used again, as an application's are: to make one takes PostgreSQL longer than most
    /// statements.
    static DataSource pooled(DataSource source) {
        Deque<Connection> idle = new ConcurrentLinkedDeque<>();
        return new DelegatingDataSource(source) {
            @Override
            public Connection getConnection() throws SQLException {
                Connection free = idle.poll();
                return lent(free != null ? free : super.getConnection(), idle);
            }
        };
    }

    private static Connection lent(Connection connection, Deque<Connection> idle) {
        AtomicBoolean returned = new AtomicBoolean();
        return (Connection) Proxy.newProxyInstance(
                TestDatabases.class.getClassLoader(), new Class<?>[] {Connection.class}, (_, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        if (!returned.getAndSet(true)) {
                            giveBack(connection, idle);
                        }
                        return null;
                    }
                    if (returned.get()) {
                        throw new SQLException("the connection is closed");
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    private static void giveBack(Connection connection, Deque<Connection> idle) throws SQLException {
        if (connection.isClosed()) {
            return;
        }
        if (!connection.getAutoCommit()) {
            connection.rollback();
            connection.setAutoCommit(true);
        }
        idle.push(connection);
    }

    static void execute(DataSource source, String sql) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failure) {
            throw new AssertionError(sql, failure);
        }
    }

    /// The number that a query answers.
    static long number(DataSource source, String sql) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            found.next();
            return found.getLong(1);
        } catch (SQLException failure) {
            throw new AssertionError(sql, failure);
        }
    }
}
