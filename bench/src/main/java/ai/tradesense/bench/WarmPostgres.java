package ai.tradesense.bench;

import ai.tradesense.testkit.services.PostgresServer;

/// A PostgreSQL server of one's own that has the files of its write-ahead log, as one has that has run for a while and
/// uses them again. A new one makes each when it comes to it: 16 MiB of zeros and an fsync, for which everybody waits
/// who commits, several times in the seconds that are measured.
final class WarmPostgres {
    private static final int WAL_FILES = 32;
    private static final int WAL_FILE_MEGABYTES = 16;
    private static final String DATABASE = "postgres";

    private WarmPostgres() {}

    static PostgresServer start() {
        PostgresServer server = PostgresServer.with("min_wal_size=" + WAL_FILES * WAL_FILE_MEGABYTES + "MB");
        server.execute(
                DATABASE,
                "SELECT pg_logical_emit_message(false, 'bench', ''), pg_switch_wal() FROM generate_series(1, "
                        + WAL_FILES + ")");
        server.execute(DATABASE, "CHECKPOINT"); // after which they are to be used again
        return server;
    }
}
