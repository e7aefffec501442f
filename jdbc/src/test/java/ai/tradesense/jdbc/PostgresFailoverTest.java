package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.PostgresServer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A replica takes over. Here it is the server itself, which becomes a standby and is promoted.
class PostgresFailoverTest {
    private static final JdbcLog.Settings SETTINGS = new JdbcLog.Settings(
                    InstantSource.system(), new CompositeMeterRegistry())
            .withTimeout(Duration.ofSeconds(2))
            .withLease(Duration.ofSeconds(5));

    private static List<DomainEvent> events(String name, int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> RandomEvents.plain(name + number, "account-" + number))
                .toList();
    }

    private static void becomeStandby(PostgresServer postgres) throws IOException {
        Path data = Path.of(postgres.execute("postgres", "SHOW data_directory").getFirst());
        postgres.kill();
        Files.createFile(data.resolve("standby.signal"));
        postgres.start();
    }

    @Test
    void events_at_positions_that_were_lost_and_given_again_are_delivered() throws IOException {
        try (PostgresServer postgres = PostgresServer.with();
                FaultyProxy way = new FaultyProxy(postgres.port());
                JdbcLog log = JdbcLog.open(PostgresServer.urlAt(way.port()), SETTINGS);
                Reader reader = new Reader(log.transport(), "readers")) {
            log.transport().send(events("kept", 10));
            log.transport().send(events("lost", 10));
            reader.untilHas("lost9");
            reader.subscription().settle(reader.all());
            await("every position")
                    .until(() -> postgres.execute("postgres", "SELECT max(position) FROM tradesense.group_partitions")
                            .equals(List.of("20")));

            way.refuse();
            way.reset();
            becomeStandby(postgres);
            postgres.execute("postgres", "SELECT pg_promote()");
            postgres.execute("postgres", """
                    SET search_path = tradesense;
                    DELETE FROM events WHERE position > 10;
                    DELETE FROM batches WHERE first_position > 10;
                    UPDATE group_partitions SET position = least(position, 10)"""); // what did not reach the replica
            try (JdbcLog other = JdbcLog.open(postgres.url(), SETTINGS)) {
                assertThat(other.events().append(events("new", 15))).hasSize(15);
                assertThat(other.events().head()).isEqualTo(25);
            }
            way.heal();

            reader.untilHas("new0").untilHas("new14");
            assertThat(reader.ids())
                    .containsAll(events("new", 15).stream().map(DomainEvent::id).toList());
            await("an append over another connection")
                    .ignoreExceptions()
                    .until(() -> !log.transport().send(events("more", 1)).isEmpty());
            reader.untilHas("more0");
        }
    }

    @Test
    void nothing_is_read_from_a_standby_unless_the_url_says_so() throws IOException {
        try (PostgresServer postgres = PostgresServer.with();
                JdbcLog log = JdbcLog.open(postgres.url(), SETTINGS)) {
            log.events().append(events("event", 1));
            becomeStandby(postgres);

            assertThatThrownBy(() -> log.events().find("event0")).isInstanceOf(DatabaseException.class);
            assertThatThrownBy(() -> JdbcLog.open(postgres.url(), SETTINGS)).hasMessageContaining("primary");
            assertThatThrownBy(() -> JdbcLog.open(postgres.url() + "&targetServerType=any", SETTINGS))
                    .hasMessageContaining("is a standby, expected the primary");

            postgres.execute("postgres", "SELECT pg_promote()");
            await("the primary")
                    .ignoreExceptions()
                    .until(() -> log.events().find("event0").isPresent());
        }
    }
}
