package ai.tradesense.transaction;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.EventBus;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.Published;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/// Publishes in the caller's own transaction on SQLite or PostgreSQL: if it commits, the events reach the
/// transport, if it is rolled back, they were never published.
///
/// ```java
/// Outbox outbox = Outbox.of(tradesense);
/// OutboxRelay relay = outbox.relay(dataSource); // once, in one or more processes
/// …
/// connection.setAutoCommit(false);
/// orders.insert(connection, order);
/// outbox.in(connection).publish(new OrderPlaced(…));
/// connection.commit();
/// ```
///
/// The events are rows of a table beside the caller's own until an [OutboxRelay] has sent them (the pattern is
/// the transactional outbox of Chris Richardson's *Microservices Patterns*). With Spring, the connection is
/// that of `DataSourceUtils.getConnection`. Safe for use by several threads.
public final class Outbox {
    /// What the table is called unless it is said otherwise.
    public static final String DEFAULT_TABLE = "tradesense_outbox";

    private final TradeSense platform;
    private final String table;

    private Outbox(TradeSense platform, String table) {
        this.platform = platform;
        this.table = Database.plainName(table);
    }

    /// The outbox in the usual table, for events that the platform's transport carries.
    public static Outbox of(TradeSense platform) {
        return new Outbox(platform, DEFAULT_TABLE);
    }

    /// The outbox in a table of another name; a second one goes with it whose name ends with `_relay`.
    public Outbox inTable(String name) {
        return new Outbox(platform, name);
    }

    TradeSense platform() {
        return platform;
    }

    String table() {
        return table;
    }

    /// Makes the tables if they are not there. Not for a transaction that does something else, too.
    ///
    /// @throws StoreException if the database refuses
    public void createTables(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            Database database = Database.of(connection);
            statement.execute("CREATE TABLE IF NOT EXISTS " + table + " (position " + database.position()
                    + ", type TEXT NOT NULL, subject TEXT NOT NULL, event " + database.bytes()
                    + " NOT NULL, problem TEXT)");
            statement.execute("CREATE TABLE IF NOT EXISTS " + table + "_relay (one INTEGER PRIMARY KEY"
                    + " CHECK (one = 1), holder TEXT NOT NULL, held_until BIGINT NOT NULL)");
        } catch (SQLException failure) {
            throw new StoreException("the tables of the outbox " + table + " could not be made", failure);
        }
    }

    /// A bus whose events are published when the transaction of a connection commits. What it answers says
    /// nothing of duplicates. An event that may not be published is refused at once, and the transaction is as
    /// before.
    ///
    /// Its methods throw [StoreException] if the database refuses; a transaction on PostgreSQL can then only be
    /// rolled back. For use by who has the connection.
    public EventBus in(Connection connection) {
        return new Bus(connection);
    }

    /// Starts to send what is in the outbox, until it is closed. It takes a connection of its own and keeps it.
    /// Where several processes have a relay, one of them sends at a time and another takes over when it stops.
    public OutboxRelay relay(DataSource source) {
        return OutboxRelay.start(this, source);
    }

    private final class Bus implements EventBus {
        private final Connection connection;

        Bus(Connection connection) {
            this.connection = connection;
        }

        @Override
        public List<Published> publish(List<DomainEvent> events) {
            check(events);
            List<Published> published = new ArrayList<>(events.size());
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO " + table + " (type, subject, event) VALUES (?, ?, ?)")) {
                for (DomainEvent event : events) {
                    insert.setString(1, event.type().toString());
                    insert.setString(2, event.subject());
                    insert.setBytes(3, CloudEventJson.write(event.envelope()));
                    insert.addBatch();
                    published.add(new Published(event.id(), false));
                }
                insert.executeBatch();
            } catch (SQLException failure) {
                throw new StoreException(
                        events.size() + " events could not be written to the outbox " + table, failure);
            }
            return published;
        }

        @Override
        public void check(List<DomainEvent> events) {
            platform.check(events);
        }

        @Override
        public DomainEvent.Builder event(EventData data) {
            return platform.event(data);
        }
    }
}
