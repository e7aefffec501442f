package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Payload;
import ai.tradesense.testkit.services.PostgresServer;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// However large events are, no more of them are in memory at once than fit there.
class PostgresPagesTest {
    private static final int EVENTS = 200;
    private static final int EVENT_BYTES = 250_000;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Set<Integer> PARTITIONS =
            IntStream.range(0, PostgresSchema.PARTITIONS).boxed().collect(Collectors.toSet());

    private final String url = PostgresServer.sharedUrl();
    private final JdbcLog log = JdbcLog.open(url);

    @BeforeEach
    void fill() {
        byte[] bytes = new byte[EVENT_BYTES];
        new Random(1).nextBytes(bytes);
        List<DomainEvent> events = IntStream.range(0, EVENTS)
                .mapToObj(number -> RandomEvents.withData(
                        RandomEvents.plain("event-" + number, "account-" + number), Payload.binary(bytes)))
                .toList();
        for (int from = 0; from < EVENTS; from += 50) {
            log.events().append(events.subList(from, from + 50));
        }
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void a_page_of_large_events_ends_before_its_last_position_and_the_next_begins_there() {
        PostgresDatabase database = PostgresDatabase.open(url, PATIENCE);
        List<Long> positions = new ArrayList<>();
        try (ReadConnections readers = new ReadConnections(database, PATIENCE)) {
            PostgresReader reader = new PostgresReader(readers);
            long after = 0;
            while (after < EVENTS) {
                PostgresReader.Page page = reader.read(after, EVENTS, PARTITIONS, Set.of("Trading"));
                assertThat(page.events().size() * EVENT_BYTES).isLessThan(17 << 20);
                page.events().forEach(event -> positions.add(event.position()));
                after = page.last();
            }
        }
        assertThat(positions).hasSize(EVENTS).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_follower_reads_large_events_in_several_pages() throws SQLException {
        PostgresDatabase database = PostgresDatabase.open(url, PATIENCE);
        LogTail tail = new LogTail(0, EVENTS);
        tail.addReader();
        AtomicInteger pages = new AtomicInteger();
        try (ReadConnections readers = new ReadConnections(database, PATIENCE);
                Connection connection = database.connect("test")) {
            JdbcControlStore control =
                    new JdbcControlStore(_ -> assertThat(true).isFalse(), readers);
            new LogFollower(database, tail, new PostgresTally(readers), control, () -> {})
                    .readOn(counting(connection, pages), EVENTS);
        }
        assertThat(tail.head()).isEqualTo(EVENTS);
        assertThat(pages.get()).isEqualTo(3);
    }

    private static Connection counting(Connection connection, AtomicInteger statements) {
        return (Connection) Proxy.newProxyInstance(
                PostgresPagesTest.class.getClassLoader(), new Class<?>[] {Connection.class}, (_, method, arguments) -> {
                    statements.incrementAndGet();
                    return method.invoke(connection, arguments);
                });
    }
}
