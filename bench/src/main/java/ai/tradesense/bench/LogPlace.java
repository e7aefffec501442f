package ai.tradesense.bench;

import ai.tradesense.testkit.services.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;

/// Where a log of ours is for as long as it is measured: a file in a folder of its own, or a server of its own.
interface LogPlace extends AutoCloseable {
    /// What to open the log with.
    String url();

    /// Removes it, and what is in it. The log is closed before.
    @Override
    void close() throws IOException;

    /// A new one.
    ///
    /// @throws BenchmarkException if a transport has no log of ours
    static LogPlace of(TransportName transport, BenchmarkFiles files) throws IOException {
        return switch (transport) {
            case EMBEDDED -> new SqliteFile(files.newFolder());
            case POSTGRESQL -> new OwnServer(WarmPostgres.start());
            case MEMORY, REDIS, KAFKA, RABBITMQ, RABBITMQ_STREAM ->
                throw new BenchmarkException(transport + " has no log of its own");
        };
    }

    /// A new SQLite file.
    record SqliteFile(Path folder) implements LogPlace {
        @Override
        public String url() {
            return "jdbc:sqlite:" + folder.resolve("events.db");
        }

        @Override
        public void close() throws IOException {
            BenchmarkFiles.remove(folder);
        }
    }

    /// A new PostgreSQL server.
    record OwnServer(PostgresServer server) implements LogPlace {
        @Override
        public String url() {
            return server.url();
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
