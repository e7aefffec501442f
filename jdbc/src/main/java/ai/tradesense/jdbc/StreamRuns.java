package ai.tradesense.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;

/// The part of the index of streams that is in the database: stretches of the log that follow each other (runs),
/// each with its streams sorted by name and cut into chunks, so that to find a stream in a run is to read one
/// row.
final class StreamRuns {
    /// One row for each run: the chunk that holds the stream if any does.
    private static final String CHUNKS = """
            SELECT runs.first_position, chunks.entries FROM stream_runs AS runs JOIN stream_chunks AS chunks
              ON chunks.rowid = (SELECT candidate.rowid FROM stream_chunks AS candidate
                WHERE candidate.run = runs.first_position AND candidate.first_stream <= ?1
                ORDER BY candidate.first_stream DESC LIMIT 1)
            WHERE runs.first_position > ?2 AND runs.last_position <= ?3 ORDER BY runs.first_position""";

    private StreamRuns() {}

    /// Up to where the log is covered; 0 if there are no runs.
    static long lastPosition(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT last_position FROM stream_runs ORDER BY first_position DESC LIMIT 1")) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /// Takes what is found of a stream in one run.
    @FunctionalInterface
    private interface Visitor {
        void visit(long runStart, byte[] entries);
    }

    private static void visit(Connection connection, byte[] name, long after, long through, Visitor visitor)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(CHUNKS)) {
            select.setBytes(1, name);
            select.setLong(2, after);
            select.setLong(3, through);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    visitor.visit(row.getLong(1), row.getBytes(2));
                }
            }
        }
    }

    /// How many events a stream has in the runs between two positions at which runs end.
    static long count(Connection connection, byte[] name, long after, long through) throws SQLException {
        long[] count = new long[1];
        visit(connection, name, after, through, (_, entries) -> count[0] += StreamChunk.count(entries, name));
        return count[0];
    }

    /// The positions of a stream's events up to one at which a run ends, ascending.
    static long[] positions(Connection connection, byte[] name, long through) throws SQLException {
        long[][] positions = {new long[0]};
        visit(connection, name, 0, through, (runStart, entries) -> {
            long[] more = StreamChunk.positions(entries, name, runStart);
            positions[0] = concat(positions[0], more);
        });
        return positions[0];
    }

    static long[] concat(long[] some, long[] more) {
        long[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    /// Removes what an attempt to write a run left behind that did not come to its end.
    static void removeUnfinished(Connection connection, long runStart) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM stream_chunks WHERE run = ?")) {
            delete.setLong(1, runStart);
            delete.executeUpdate();
        }
    }

    static void addChunks(Connection connection, long runStart, List<StreamChunk> chunks) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO stream_chunks (run, first_stream, entries) VALUES (?, ?, ?)")) {
            for (StreamChunk chunk : chunks) {
                insert.setLong(1, runStart);
                insert.setBytes(2, chunk.first());
                insert.setBytes(3, chunk.entries());
                insert.executeUpdate();
            }
        }
    }

    /// Makes a run known all of whose chunks are there.
    static void finish(Connection connection, long firstPosition, long lastPosition) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO stream_runs (first_position, last_position) VALUES (?, ?)")) {
            insert.setLong(1, firstPosition);
            insert.setLong(2, lastPosition);
            insert.executeUpdate();
        }
    }
}
