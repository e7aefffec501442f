package ai.tradesense.jdbc;

import ai.tradesense.jdbc.DatabaseException.Reason;
import ai.tradesense.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;

/// One SQLite file and how it is opened: by one process at a time, checked before anything is written, in WAL
/// mode with an fsync per commit.
final class SqliteDatabase implements ConnectionSource, AutoCloseable {
    /// Files up to this size are read whole when they are opened, to see whether they are sound; of larger ones
    /// only the beginning and the end are.
    static final long CHECKED_WHOLE_BYTES = 64L << 20;

    /// How long a connection waits for a lock. Within this process only a checkpoint can hold one that long.
    private static final int BUSY_MILLIS = 10_000;

    private static final int WRITER_CACHE_KIB = 32 * 1_024;
    private static final int READER_CACHE_KIB = 4 * 1_024;
    private static final int PAGE_BYTES = 4_096;

    private static final String PREFIX = "jdbc:sqlite:";
    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

    private final Path file;
    private final FileChannel lockFile;

    private SqliteDatabase(Path file, FileChannel lockFile) {
        this.file = file;
        this.lockFile = lockFile;
    }

    /// Takes a file for this process, checks it and brings its tables up to date; a file that is not there is
    /// made.
    ///
    /// @throws StoreException naming the file and what is wrong with it, which is then as it was
    static SqliteDatabase open(String jdbcUrl) {
        Path file = fileOf(jdbcUrl);
        if (Files.isDirectory(file)) {
            throw new StoreException(file + " is a folder, expected a file", null);
        }
        SqliteDatabase database = new SqliteDatabase(file, lock(file));
        try {
            database.check();
            try (Connection connection = database.connect(writing(0))) {
                Schema.migrate(connection);
            } catch (SQLException failure) {
                throw database.unusable(failure);
            }
            return database;
        } catch (RuntimeException failure) {
            database.close();
            throw failure;
        }
    }

    /// Takes a file that is there for this process and checks it; changes nothing in it.
    ///
    /// @throws StoreException naming the file and what is wrong with it
    static SqliteDatabase examined(String jdbcUrl) {
        Path file = fileOf(jdbcUrl);
        if (!Files.isRegularFile(file)) {
            throw new StoreException(file + " is not there, or no regular file", null);
        }
        SqliteDatabase database = new SqliteDatabase(file, lock(file));
        try {
            database.check();
            try (Connection connection = database.connect(reading())) {
                int version = Schema.pragma(connection, "user_version");
                if (version != Schema.version()) {
                    throw new StoreException(
                            file + " has a schema of version " + version + ", expected " + Schema.version()
                                    + "; whoever opens it brings it there",
                            null);
                }
            } catch (SQLException failure) {
                throw database.unusable(failure);
            }
            return database;
        } catch (RuntimeException failure) {
            database.close();
            throw failure;
        }
    }

    private static Path fileOf(String jdbcUrl) {
        String name = jdbcUrl.startsWith(PREFIX) ? jdbcUrl.substring(PREFIX.length()) : "";
        if (name.isEmpty() || name.startsWith(":") || name.startsWith("file:") || name.indexOf('?') >= 0) {
            throw new StoreException("'" + jdbcUrl + "' is no URL of a log; expected " + PREFIX + "PATH", null);
        }
        return Path.of(name).toAbsolutePath().normalize();
    }

    /// Locks a file beside the database; the system takes the lock back when this process ends, however it
    /// ends.
    private static FileChannel lock(Path file) {
        Path lockPath = file.resolveSibling(file.getFileName() + ".lock");
        FileChannel channel;
        try {
            Files.createDirectories(file.getParent() == null ? file : file.getParent());
            channel = FileChannel.open(lockPath, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException failure) {
            throw new StoreException(
                    file + " cannot be opened: its folder cannot be written (" + failure + ")", failure);
        }
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException taken) {
            throw new StoreException(file + " is open in this process already", taken);
        } catch (IOException failure) {
            throw new StoreException(lockPath + " cannot be locked", failure);
        } finally {
            if (lock == null) {
                closeQuietly(channel);
            }
        }
        if (lock == null) {
            throw new StoreException(file + " is in use by another process", null);
        }
        return channel;
    }

    /// Looks before anything is written. SQLite itself would take a text file for a broken database, and
    /// somebody else's database for an empty one of ours.
    private void check() {
        try {
            if (!Files.exists(file) || Files.size(file) == 0) {
                return;
            }
            if (!Files.isRegularFile(file)) {
                throw new StoreException(file + " is no regular file", null);
            }
            if (!Files.isWritable(file)) {
                throw new StoreException(file + " cannot be written: permission denied", null);
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] start = in.readNBytes(MAGIC.length);
                if (!Arrays.equals(start, MAGIC)) {
                    throw new StoreException(file + " is no SQLite database", null);
                }
            }
        } catch (IOException failure) {
            throw new StoreException(file + " cannot be read", failure);
        }
        try (Connection connection = connect(reading())) {
            checkOwner(connection);
            checkPages(connection);
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    private void checkOwner(Connection connection) throws SQLException {
        int version = Schema.pragma(connection, "user_version");
        if (Schema.pragma(connection, "application_id") == Schema.APPLICATION_ID) {
            if (version > Schema.version()) {
                throw new StoreException(
                        file + " was written by a newer version: its schema is " + version
                                + ", this version knows schemas up to " + Schema.version(),
                        null);
            }
            return;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT name FROM sqlite_schema LIMIT 1")) {
            if (version != 0 || row.next()) {
                throw new StoreException(file + " is a SQLite database of something else, not a TradeSense log", null);
            }
        }
    }

    private void checkPages(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (Schema.pragma(connection, "page_count") * (long) PAGE_BYTES <= CHECKED_WHOLE_BYTES) {
                try (ResultSet row = statement.executeQuery("PRAGMA quick_check(1)")) {
                    String outcome = row.next() ? row.getString(1) : "no answer";
                    if (!outcome.equals("ok")) {
                        throw new StoreException(
                                file + " is corrupt: " + outcome.strip().replace('\n', ' '), null);
                    }
                }
            } else {
                statement.execute("SELECT * FROM blocks ORDER BY first_position LIMIT 1");
                statement.execute("SELECT * FROM blocks ORDER BY first_position DESC LIMIT 1");
                statement.execute("SELECT * FROM hashed_ids LIMIT 1");
                statement.execute("SELECT * FROM segments ORDER BY first_position DESC LIMIT 1");
                statement.execute("SELECT * FROM parked LIMIT 1");
            }
        }
    }

    private StoreException unusable(SQLException failure) {
        return failure("cannot be used", failure);
    }

    Path file() {
        return file;
    }

    /// The connection of the one writer.
    Connection openWriter() {
        return open(writing(WRITER_CACHE_KIB));
    }

    /// A connection that copies what is committed from the WAL into the file.
    Connection openCheckpointer() {
        return open(writing(0));
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public StoreException failure(String what, SQLException failure) {
        String problem = file + " " + what + ": " + failure.getMessage();
        return failure.getErrorCode() == SQLiteErrorCode.SQLITE_FULL.code
                ? new DatabaseException(Reason.DISK_FULL, problem, failure)
                : new StoreException(problem, failure);
    }

    /// A connection to a file of one's own does not break by itself.
    @Override
    public boolean isOfConnection(SQLException failure) {
        return false;
    }

    @Override
    public Connection openReader() {
        return open(reading());
    }

    private Connection open(SQLiteConfig config) {
        try {
            return connect(config);
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    private Connection connect(SQLiteConfig config) throws SQLException {
        return config.createConnection(PREFIX + file);
    }

    /// Checkpoints are not left to whichever commit makes the WAL too long, see [Checkpointer].
    private static SQLiteConfig writing(int cacheKib) {
        SQLiteConfig config = new SQLiteConfig();
        config.setPragma(SQLiteConfig.Pragma.PAGE_SIZE, Integer.toString(PAGE_BYTES));
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setWalAutocheckpoint(0);
        config.setBusyTimeout(BUSY_MILLIS);
        if (cacheKib > 0) {
            config.setCacheSize(-cacheKib);
        }
        return config;
    }

    private static SQLiteConfig reading() {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_MILLIS);
        config.setCacheSize(-READER_CACHE_KIB);
        return config;
    }

    /// Gives the file to whoever wants it next. Idempotent.
    @Override
    public void close() {
        closeQuietly(lockFile);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException _) {
                // The lock ends with the channel, and the channel is closed whatever close() says.
            }
        }
    }
}
