package ai.tradesense.transaction;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.store.StoredEvent;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.function.Consumer;
import javax.sql.DataSource;

/// A read model for tests: the total of the numbers of each subject, and which positions went into it. A position
/// that came twice would violate a key.
class Totals implements Projection {
    private static final EventType TYPE = EventType.parse("Trading.Order.Placed.v1");

    private final int version;
    private final Consumer<StoredEvent> before;

    Totals() {
        this(1, _ -> {});
    }

    /// @param before called before an event is applied
    Totals(int version, Consumer<StoredEvent> before) {
        this.version = version;
        this.before = before;
    }

    static DomainEvent event(String subject, int number) {
        return event(TYPE, subject, number);
    }

    static DomainEvent event(EventType type, String subject, int number) {
        return DomainEvent.builder(type)
                .id(Integer.toString(number))
                .source(URI.create("/" + subject))
                .subject(subject)
                .time(Instant.EPOCH)
                .data(Payload.json("{}".getBytes(UTF_8)))
                .build();
    }

    @Override
    public String name() {
        return "totals";
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public void create(Generation generation, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + generation.table("applied") + " (position BIGINT PRIMARY KEY)");
            statement.execute("CREATE TABLE " + generation.table("totals")
                    + " (subject TEXT PRIMARY KEY, total BIGINT NOT NULL)");
        }
    }

    @Override
    public void drop(Generation generation, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE " + generation.table("applied"));
            statement.execute("DROP TABLE " + generation.table("totals"));
        }
    }

    @Override
    public void apply(StoredEvent event, Generation generation, Connection connection) throws SQLException {
        before.accept(event);
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO " + generation.table("applied") + " VALUES (?)")) {
            insert.setLong(1, event.position());
            insert.executeUpdate();
        }
        String totals = generation.table("totals");
        try (PreparedStatement add = connection.prepareStatement("INSERT INTO " + totals
                + " VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET total = " + totals
                + ".total + excluded.total")) {
            add.setString(1, event.event().subject());
            add.setLong(2, Integer.parseInt(event.event().id()));
            add.executeUpdate();
        }
    }

    /// How many events are in the rows that readers read.
    static long applied(DataSource database) {
        return TestDatabases.number(
                database, "SELECT COUNT(*) FROM " + live(database).table("applied"));
    }

    /// The sum of what readers read.
    static long total(DataSource database) {
        return TestDatabases.number(
                database,
                "SELECT COALESCE(SUM(total), 0) FROM " + live(database).table("totals"));
    }

    static Generation live(DataSource database) {
        try (Connection connection = database.getConnection()) {
            return Generation.live("totals", connection);
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }
}
