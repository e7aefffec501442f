package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/// Copies a SQLite file that is in use. `VACUUM INTO` reads one state of the database to its end, whatever is
/// written meanwhile; the backup API of SQLite would begin anew with each commit of another connection, which
/// here never ends.
final class SqliteBackup {
    private SqliteBackup() {}

    /// Writes the copy; see [JdbcLog#backUp].
    static void write(SqliteDatabase database, Path file) {
        create(file);
        boolean complete = false;
        try (Connection connection = database.openReader();
                PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
            copy.setString(1, file.toString());
            copy.execute();
            force(file);
            complete = true;
        } catch (SQLException failure) {
            throw new StoreException(
                    database.file() + " could not be copied into " + file + ": " + failure.getMessage(), failure);
        } catch (IOException failure) {
            throw new StoreException(file + " could not be written: " + failure, failure);
        } finally {
            if (!complete) {
                removeQuietly(file);
            }
        }
    }

    /// SQLite takes a file that is empty. Whoever makes it may remove it.
    private static void create(Path file) {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException taken) {
            throw new StoreException(file + " is there already, and is not overwritten", taken);
        } catch (IOException failure) {
            throw new StoreException(file + " could not be written: " + failure, failure);
        }
    }

    /// SQLite writes the copy without an fsync.
    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void removeQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) {
            // The failure that is on its way says what is wrong.
        }
    }
}
