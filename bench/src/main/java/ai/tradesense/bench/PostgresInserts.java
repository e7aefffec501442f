package ai.tradesense.bench;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.PostgresServer;
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

/// Bare inserts of encoded events through the PostgreSQL driver, an array per column and a transaction per
/// batch, into a table with the columns and unique keys of ours: what the disk and the database allow, with nobody who
/// reads.
final class PostgresInserts implements Contender {
    private static final List<String> TABLE = List.of(
            """
            CREATE TABLE event (
              position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              recorded_at timestamptz NOT NULL DEFAULT now(),
              id text COLLATE "C" NOT NULL,
              source text COLLATE "C" NOT NULL,
              type text COLLATE "C" NOT NULL,
              subject text COLLATE "C" NOT NULL,
              body bytea NOT NULL
            )""",
            "CREATE UNIQUE INDEX event_identity ON event (id, source)",
            "CREATE INDEX event_subject ON event (subject, position)");

    private static final String INSERT = """
            INSERT INTO event (id, source, type, subject, body) SELECT * FROM unnest(?, ?, ?, ?, ?)""";

    private final PreparedEvents prepared;

    PostgresInserts(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "pgjdbc inserts, three indexes";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(Map.of(
                "server", "PostgreSQL as it comes, fsync and synchronous_commit on",
                "transaction", "a batch",
                "events", "encoded beforehand",
                "connections", "1, publishers take turns"));
    }

    @Override
    public boolean delivers() {
        return false;
    }

    @Override
    public Session open(Load load, Observations observations) throws SQLException {
        List<DomainEvent> events = prepared.of(load);
        List<byte[]> bodies = new ArrayList<>(load.events());
        for (DomainEvent event : events) {
            bodies.add(CloudEventJson.write(event.envelope()));
        }
        return new Inserts(events, bodies, observations);
    }

    private static final class Inserts implements Session {
        private final List<DomainEvent> events;
        private final List<byte[]> bodies;
        private final Observations observations;
        private final PostgresServer postgres;
        private final Connection connection;
        private final PreparedStatement insert;

        Inserts(List<DomainEvent> events, List<byte[]> bodies, Observations observations) throws SQLException {
            this.events = events;
            this.bodies = bodies;
            this.observations = observations;
            this.postgres = WarmPostgres.start();
            this.connection = DriverManager.getConnection(postgres.url());
            try (Statement statement = connection.createStatement()) {
                for (String step : TABLE) {
                    statement.execute(step);
                }
            }
            this.insert = connection.prepareStatement(INSERT);
        }

        @Override
        public synchronized void publish(int from, int to) throws SQLException {
            List<DomainEvent> batch = events.subList(from, to);
            setTexts(1, batch.stream().map(DomainEvent::id).toArray());
            setTexts(2, batch.stream().map(_ -> Platforms.SOURCE).toArray());
            setTexts(3, batch.stream().map(event -> event.type().name()).toArray());
            setTexts(4, batch.stream().map(DomainEvent::subject).toArray());
            insert.setArray(
                    5,
                    connection.createArrayOf("bytea", bodies.subList(from, to).toArray(byte[][]::new)));
            insert.executeUpdate();
            for (int index = from; index < to; index++) {
                observations.stored(index);
            }
        }

        private void setTexts(int parameter, Object[] texts) throws SQLException {
            insert.setArray(parameter, connection.createArrayOf("text", texts));
        }

        @Override
        public void verify() throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT count(*) FROM event")) {
                if (!rows.next() || rows.getInt(1) != events.size()) {
                    throw new BenchmarkException("expected " + events.size() + " rows, found " + rows.getInt(1));
                }
            }
        }

        @Override
        public void close() throws SQLException {
            insert.close();
            connection.close();
            postgres.close();
        }
    }
}
