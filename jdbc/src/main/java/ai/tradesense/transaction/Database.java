package ai.tradesense.transaction;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;

/// What the databases say differently.
enum Database {
    SQLITE("BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT", "CAST(unixepoch('subsec') * 1000 AS INTEGER)"),
    POSTGRESQL(
            "BYTEA",
            "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)");

    private final String bytes;
    private final String position;
    private final String nowMillis;

    Database(String bytes, String position, String nowMillis) {
        this.bytes = bytes;
        this.position = position;
        this.nowMillis = nowMillis;
    }

    /// @throws SQLException if it is one that is not known here
    static Database of(Connection connection) throws SQLException {
        String name = connection.getMetaData().getDatabaseProductName();
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "sqlite" -> SQLITE;
            case "postgresql" -> POSTGRESQL;
            default -> throw new SQLException("the database is " + name + ", expected SQLite or PostgreSQL");
        };
    }

    /// The type of a column of bytes.
    String bytes() {
        return bytes;
    }

    /// The type of a key that counts up.
    String position() {
        return position;
    }

    /// The milliseconds since 1970 by the clock of the database.
    String nowMillis() {
        return nowMillis;
    }

    /// A name as part of a statement.
    ///
    /// @throws IllegalArgumentException if it is more than a plain name, with a schema before it or not
    static String plainName(String name) {
        if (!name.matches("([A-Za-z_][A-Za-z0-9_]{0,62}\\.)?[A-Za-z_][A-Za-z0-9_]{0,50}")) {
            throw new IllegalArgumentException("the table is called " + name
                    + ", expected letters, digits and underscores, with a schema and a dot before them or not");
        }
        return name;
    }
}
