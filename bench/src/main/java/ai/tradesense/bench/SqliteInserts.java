package ai.tradesense.bench;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Bare inserts of encoded events through sqlite-jdbc, a transaction per batch: what the disk and the database
/// allow, with nobody who reads. The raw client of the embedded path.
final class SqliteInserts implements Contender {
    private static final List<String> PRAGMAS =
            List.of("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 1000");

    private final PreparedEvents prepared;
    private final BenchmarkFiles files;
    private final boolean keyed;

    /// @param keyed whether source and id are a unique key, as they are in ours
    SqliteInserts(PreparedEvents prepared, BenchmarkFiles files, boolean keyed) {
        this.prepared = prepared;
        this.files = files;
        this.keyed = keyed;
    }

    @Override
    public String name() {
        return "sqlite-jdbc inserts, " + (keyed ? "unique key" : "no key");
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "pragmas", String.join(", ", PRAGMAS),
                "transaction", "a batch",
                "events", "encoded beforehand",
                "connections", "1, publishers take turns"));
    }

    @Override
    public boolean delivers() {
        return false;
    }

    @Override
    public Session open(Load load, Observations observations) throws SQLException, IOException {
        List<byte[]> bodies = new ArrayList<>(load.events());
        List<DomainEvent> events = prepared.of(load);
        for (DomainEvent event : events) {
            bodies.add(CloudEventJson.write(event.envelope()));
        }
        return new Inserts(files.newFolder(), events, bodies, observations);
    }

    private final class Inserts implements Session {
        private final List<DomainEvent> events;
        private final List<byte[]> bodies;
        private final Observations observations;
        private final Path folder;
        private final Connection connection;
        private final PreparedStatement insert;

        Inserts(Path folder, List<DomainEvent> events, List<byte[]> bodies, Observations observations)
                throws SQLException {
            this.events = events;
            this.bodies = bodies;
            this.observations = observations;
            this.folder = folder;
            this.connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("inserts.db"));
            try (Statement statement = connection.createStatement()) {
                for (String pragma : PRAGMAS) {
                    statement.execute("PRAGMA " + pragma);
                }
                statement.execute("CREATE TABLE event (position INTEGER PRIMARY KEY, source TEXT NOT NULL,"
                        + " id TEXT NOT NULL, body BLOB NOT NULL" + (keyed ? ", UNIQUE (source, id))" : ")"));
            }
            connection.setAutoCommit(false);
            this.insert = connection.prepareStatement("INSERT INTO event (source, id, body) VALUES (?, ?, ?)");
        }

        @Override
        public synchronized void publish(int from, int to) throws SQLException {
            for (int index = from; index < to; index++) {
                insert.setString(1, Platforms.SOURCE);
                insert.setString(2, events.get(index).id());
                insert.setBytes(3, bodies.get(index));
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
            for (int index = from; index < to; index++) {
                observations.stored(index);
            }
        }

        @Override
        public void verify() throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT count(*), count(DISTINCT id) FROM event")) {
                if (!rows.next() || rows.getInt(1) != events.size() || rows.getInt(2) != events.size()) {
                    throw new BenchmarkException("expected " + events.size() + " rows of different events, found "
                            + rows.getInt(1) + " of " + rows.getInt(2));
                }
            }
        }

        @Override
        public void close() throws SQLException, IOException {
            insert.close();
            connection.close();
            BenchmarkFiles.remove(folder);
        }
    }
}
