package ai.tradesense.transaction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.EventBus;
import ai.tradesense.bus.PayloadTooLargeException;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.transport.TransportHealth;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// What is published in a transaction is published if it commits, in order, and then only.
class OutboxTest {
    private static final EventType TYPE = EventType.parse("Trading.Order.Placed.v1");
    private static final Duration LEASE = Duration.ofSeconds(2);

    @TempDir
    Path folder;

    private final Sent sent = new Sent();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final TradeSense platform = TradeSense.builder()
            .transport(sent)
            .meters(meters)
            .parking(new MemoryParkingStore())
            .build();
    private final Outbox outbox = Outbox.of(platform);
    private final List<OutboxRelay> relays = new ArrayList<>();
    private DataSource database;

    private void open(Database kind) throws SQLException {
        database = TestDatabases.create(kind, folder);
        try (Connection connection = database.getConnection()) {
            outbox.createTables(connection);
            outbox.createTables(connection); // again changes nothing
        }
    }

    @AfterEach
    void close() {
        relays.forEach(OutboxRelay::close);
        platform.close();
    }

    private OutboxRelay relay() {
        OutboxRelay relay = new OutboxRelay(outbox, database, LEASE);
        relays.add(relay);
        return relay;
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_is_published_in_a_transaction_is_sent_once_it_has_committed(Database kind) throws SQLException {
        open(kind);
        OutboxRelay relay = relay();
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            List<Published> published = outbox.in(connection).publish(List.of(event("a", 1), event("a", 2)));
            assertThat(published).containsExactly(new Published("a-1", false), new Published("a-2", false));
            if (kind == Database.POSTGRESQL) { // on SQLite the relay would wait for this transaction
                assertThat(relay.step()).isZero();
            }
            connection.commit();
        }

        assertThat(relay.step()).isEqualTo(2);
        assertThat(sent.ids()).containsExactly("a-1", "a-2");
        assertThat(relay.step()).isZero();
        assertThat(relay.status()).isEqualTo(new OutboxRelay.Status(0, 0, null));
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_is_rolled_back_was_never_published(Database kind) throws SQLException {
        open(kind);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            outbox.in(connection).publish(event("a", 1));
            connection.rollback();
        }

        assertThat(relay().step()).isZero();
        assertThat(sent.ids()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void a_transaction_of_springs_is_the_callers_too(Database kind) throws SQLException {
        open(kind);
        TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(database));
        transactions.executeWithoutResult(status -> {
            outbox.in(DataSourceUtils.getConnection(database)).publish(event("a", 1));
            status.setRollbackOnly();
        });
        transactions.executeWithoutResult(
                _ -> outbox.in(DataSourceUtils.getConnection(database)).publish(event("a", 2)));

        relay().step();
        assertThat(sent.ids()).containsExactly("a-2");
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void every_attribute_arrives_as_it_was_published(Database kind) throws SQLException {
        open(kind);
        DomainEvent event = DomainEvent.builder(TYPE)
                .id("naïve 🚀")
                .source(URI.create("/somewhere"))
                .subject("日本語")
                .time(Instant.parse("2026-01-05T09:00:00.123456789Z"))
                .correlationId("why")
                .critical()
                .data(Payload.json("{\"price\": 1.10000000000000000000000000001}".getBytes(UTF_8)))
                .build();
        publish(event);

        relay().step();
        assertThat(sent.events).containsExactly(event);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void an_event_that_may_not_be_published_is_refused_at_once_and_the_transaction_goes_on(Database kind)
            throws SQLException {
        open(kind);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            EventBus bus = outbox.in(connection);
            bus.publish(event("a", 1));
            DomainEvent large = text("large", "x".repeat(300_000));
            assertThatThrownBy(() -> bus.publish(List.of(event("a", 2), large)))
                    .isInstanceOf(PayloadTooLargeException.class);
            bus.publish(event("a", 3));
            connection.commit();
        }

        relay().step();
        assertThat(sent.ids()).containsExactly("a-1", "a-3");
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_the_transport_does_not_take_now_is_sent_later_in_order(Database kind) throws SQLException {
        open(kind);
        OutboxRelay relay = relay();
        publish(event("a", 1));
        publish(event("a", 2));
        sent.failure = new TransportException("test", "the broker is gone", null);
        assertThat(relay.step()).isZero();
        assertThat(relay.status()).isEqualTo(new OutboxRelay.Status(2, 0, "test: the broker is gone"));

        sent.failure = null;
        assertThat(relay.step()).isEqualTo(2);
        assertThat(sent.ids()).containsExactly("a-1", "a-2");
        assertThat(relay.status().trouble()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_was_sent_but_not_known_to_be_is_sent_again_with_the_same_id(Database kind) throws SQLException {
        open(kind);
        OutboxRelay relay = relay();
        publish(event("a", 1));
        sent.failureAfterwards = new TransportException("test", "no answer", null);
        assertThat(relay.step()).isZero();
        sent.failureAfterwards = null;
        assertThat(relay.step()).isEqualTo(1);
        assertThat(sent.ids()).containsExactly("a-1", "a-1");
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void what_can_never_be_sent_stays_with_the_reason_and_later_events_go_on(Database kind) throws SQLException {
        open(kind);
        OutboxRelay relay = relay();
        publish(event("a", 1));
        publish(event("b", 666));
        publish(event("a", 2));
        write("this is no event".getBytes(UTF_8));
        publish(event("a", 3));

        relay.step();
        assertThat(sent.ids()).containsExactly("a-1", "a-2", "a-3");
        assertThat(relay.status()).isEqualTo(new OutboxRelay.Status(0, 2, null));
        assertThat(TestDatabases.number(
                        database,
                        "SELECT COUNT(*) FROM tradesense_outbox WHERE subject = 'b' AND problem LIKE '%beast%'"))
                .isEqualTo(1);

        sent.refused = "";
        TestDatabases.execute(database, "UPDATE tradesense_outbox SET problem = NULL WHERE subject = 'b'");
        assertThat(relay.step()).isEqualTo(1);
        assertThat(sent.ids()).endsWith("b-666");
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void large_events_are_sent_in_batches_of_limited_size(Database kind) throws SQLException {
        open(kind);
        OutboxRelay relay = relay();
        int events = 50;
        int bytes = 250_000;
        for (int number = 0; number < events; number++) {
            publish(text("large-" + number, "x".repeat(bytes)));
        }

        while (relay.step() > 0) {
            // the next batch
        }
        assertThat(sent.ids())
                .containsExactlyElementsOf(IntStream.range(0, events)
                        .mapToObj(number -> "large-" + number)
                        .toList());
        assertThat(sent.batches).allMatch(size -> size * bytes < 5_000_000).hasSizeLessThan(5);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void the_platforms_meters_say_what_is_in_the_outbox_and_whether_it_is_sent(Database kind) throws SQLException {
        open(kind);
        publish(event("a", 1));
        publish(event("b", 666));
        OutboxRelay relay = relay();
        relay.step();
        assertThat(gauges()).containsExactly(0, 1, 1);
        assertThat(meters.counter("tradesense.published").count()).isEqualTo(1);

        sent.failure = new TransportException("test", "the broker is gone", null);
        publish(event("a", 2));
        relay.step();
        assertThat(gauges()).as("counted again after a while").containsExactly(0, 1, 0);

        relay.close();
        assertThat(meters.find("tradesense.outbox.up").gauges()).isEmpty();
    }

    /// What waits, what is refused, and whether it is sent.
    private List<Integer> gauges() {
        return Stream.of("waiting", "refused", "up")
                .map(name -> (int) meters.get("tradesense.outbox." + name)
                        .tag("table", Outbox.DEFAULT_TABLE)
                        .gauge()
                        .value())
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void one_relay_sends_at_a_time_and_another_takes_over_when_it_is_silent(Database kind) throws SQLException {
        open(kind);
        OutboxRelay first = relay();
        OutboxRelay second = relay();
        publish(event("a", 1));
        assertThat(first.step()).isEqualTo(1);
        publish(event("a", 2));
        assertThat(second.step()).isZero();

        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> second.step() == 1);
        assertThat(sent.ids()).containsExactly("a-1", "a-2");
        publish(event("a", 3));
        assertThat(first.step()).as("it has lost its turn").isZero();
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void a_relay_goes_on_with_another_connection_when_its_own_is_broken(Database kind) throws SQLException {
        open(kind);
        Connection first = database.getConnection();
        List<Connection> given = new ArrayList<>(List.of(first));
        DataSource source = new DelegatingDataSource(database) {
            @Override
            public Connection getConnection() throws SQLException {
                return given.isEmpty() ? super.getConnection() : given.removeFirst();
            }
        };
        OutboxRelay relay = new OutboxRelay(outbox, source, LEASE);
        relays.add(relay);
        relay.step();
        first.close();
        publish(event("a", 1));
        assertThat(relay.step()).isZero();
        assertThat(relay.step()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void by_itself_a_relay_sends_what_commits_at_any_time(Database kind) throws Exception {
        open(kind);
        try (OutboxRelay relay = outbox.relay(database)) {
            List<Thread> publishers = IntStream.range(0, 4)
                    .mapToObj(publisher -> Thread.ofVirtual().start(() -> {
                        for (int number = 0; number < 50; number++) {
                            publish(event("subject-" + publisher, number));
                        }
                    }))
                    .toList();
            for (Thread publisher : publishers) {
                publisher.join();
            }
            relay.wake();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> sent.ids().size() >= 200);
        }
        for (int publisher = 0; publisher < 4; publisher++) {
            String subject = "subject-" + publisher;
            assertThat(sent.events.stream().filter(event -> event.subject().equals(subject)))
                    .extracting(DomainEvent::id)
                    .containsExactlyElementsOf(IntStream.range(0, 50)
                            .mapToObj(number -> subject + "-" + number)
                            .toList());
        }
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void an_outbox_that_is_not_there_is_said(Database kind) throws SQLException {
        open(kind);
        try (Connection connection = database.getConnection()) {
            assertThatThrownBy(() -> outbox.inTable("another").in(connection).publish(event("a", 1)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("another");
        }
        assertThatThrownBy(() -> outbox.inTable("x; DROP TABLE y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("x; DROP TABLE y");
    }

    private void publish(DomainEvent event) {
        try (Connection connection = database.getConnection()) {
            outbox.in(connection).publish(event);
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    private void write(byte[] row) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO tradesense_outbox (type, subject, event) VALUES ('?', '?', ?)")) {
            insert.setBytes(1, row);
            insert.executeUpdate();
        }
    }

    private static DomainEvent event(String subject, int number) {
        return DomainEvent.builder(TYPE)
                .id(subject + "-" + number)
                .source(URI.create("/somewhere"))
                .subject(subject)
                .time(Instant.EPOCH)
                .data(Payload.json("{}".getBytes(UTF_8)))
                .build();
    }

    private static DomainEvent text(String id, String text) {
        return DomainEvent.builder(TYPE)
                .id(id)
                .source(URI.create("/somewhere"))
                .subject("a")
                .time(Instant.EPOCH)
                .dataContentType("text/plain")
                .data(Payload.text(text))
                .build();
    }

    /// A transport that may refuse or fail, and what reached it.
    private static final class Sent implements Transport {
        private final MemoryTransport memory = new MemoryTransport();
        private final List<DomainEvent> events = new CopyOnWriteArrayList<>();
        private final List<Integer> batches = new CopyOnWriteArrayList<>(); // how many events each had
        private volatile RuntimeException failure;
        private volatile RuntimeException failureAfterwards;
        private volatile String refused = "b-666";

        @Override
        public List<Published> send(List<DomainEvent> sent) {
            if (failure != null) {
                throw failure;
            }
            if (sent.stream().anyMatch(event -> event.id().equals(refused))) {
                throw new InvalidEventException("/id", "the number of the beast");
            }
            events.addAll(sent);
            batches.add(sent.size());
            if (failureAfterwards != null) {
                throw failureAfterwards;
            }
            return sent.stream().map(event -> new Published(event.id(), false)).toList();
        }

        List<String> ids() {
            return events.stream().map(DomainEvent::id).toList();
        }

        @Override
        public String name() {
            return "test";
        }

        @Override
        public Subscription subscribe(GroupMembership membership, Runnable signal) {
            return memory.subscribe(membership, signal);
        }

        @Override
        public Partition partitionOf(String domain, String subject) {
            return memory.partitionOf(domain, subject);
        }

        @Override
        public TransportHealth health() {
            return memory.health();
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
