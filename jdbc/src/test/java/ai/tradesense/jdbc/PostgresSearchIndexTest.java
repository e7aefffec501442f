package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.testkit.services.PostgresServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PostgresSearchIndexTest {
    private static final int BATCH = 500;

    private final String url = PostgresServer.sharedUrl();

    private static List<DomainEvent> batch(int number) {
        List<DomainEvent> events = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            events.add(DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                    .id(number + "-" + i)
                    .source(URI.create("/test/" + number % 7))
                    .subject("account-" + i)
                    .time(Instant.EPOCH)
                    .correlationId(
                            UUID.nameUUIDFromBytes(("correlation" + number + "-" + i).getBytes(StandardCharsets.UTF_8))
                                    .toString())
                    .causationId(UUID.nameUUIDFromBytes(("cause" + number + "-" + i).getBytes(StandardCharsets.UTF_8))
                            .toString())
                    .data(Payload.json("{}".getBytes(StandardCharsets.UTF_8)))
                    .build());
        }
        return events;
    }

    private static EventQuery causedBy(String causationId) {
        return new EventQuery(null, null, null, null, causationId, null, null, null, 10, Order.NEWEST_FIRST);
    }

    /// What the database does by itself from time to time.
    private void summarize() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT brin_summarize_new_values('events_rest')");
        }
    }

    @Test
    void appending_goes_on_however_many_ids_a_summary_of_the_index_holds() throws SQLException {
        try (JdbcLog log = JdbcLog.open(url)) {
            log.transport().send(batch(0));
            summarize(); // from now on each append adds to it
            for (int number = 1; number < 12; number++) {
                log.transport().send(batch(number));
            }
            DomainEvent wanted = batch(7).get(7);

            assertThat(log.events().count()).isEqualTo(12L * BATCH);
            assertThat(log.events().search(causedBy(wanted.causationId())).events())
                    .singleElement()
                    .satisfies(found -> assertThat(found.event().id()).isEqualTo(wanted.id()));
        }
    }
}
