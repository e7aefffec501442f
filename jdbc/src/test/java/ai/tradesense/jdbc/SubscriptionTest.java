package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Undecodable;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Groups on the log: what they are handed from the file and from memory, and what becomes durable of their
/// positions.
class SubscriptionTest {
    @TempDir
    Path folder;

    private final RandomEvents events = new RandomEvents(1);
    private JdbcLog log;

    @BeforeEach
    void open() {
        open(Duration.ofMillis(100));
    }

    /// With few events in memory, so that readers fall behind soon.
    private void open(Duration positionDelay) {
        log = JdbcLog.open(
                "jdbc:sqlite:" + folder.resolve("log.db"),
                new JdbcLog.Settings(
                        InstantSource.system(), new SimpleMeterRegistry(), 1_000, 10_000, positionDelay, 500));
    }

    @AfterEach
    void close() {
        log.close();
    }

    private Subscription join(String group, int maxInFlight, String... domains) {
        Subscription subscription = log.transport()
                .subscribe(new GroupMembership(group, Set.of(domains), StartFrom.BEGINNING, maxInFlight), () -> {});
        assertThat(subscription.poll(1).assigned()).containsExactly(JdbcTransport.PARTITION);
        return subscription;
    }

    private static List<Delivery> takeAll(Subscription subscription) {
        List<Delivery> taken = new ArrayList<>();
        Poll poll = subscription.poll(1_000);
        while (!poll.deliveries().isEmpty()) {
            taken.addAll(poll.deliveries());
            poll = subscription.poll(1_000);
        }
        return taken;
    }

    private static List<DomainEvent> eventsOf(List<Delivery> deliveries) {
        return deliveries.stream().map(Delivery::event).toList();
    }

    private long durablePosition(String group) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("log.db"));
                PreparedStatement select =
                        connection.prepareStatement("SELECT position FROM group_positions WHERE group_name = ?")) {
            select.setString(1, group);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : -1;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_reader_that_falls_behind_and_catches_up_again_and_again_misses_nothing(long seed) {
        Random random = new Random(seed);
        List<DomainEvent> sent = new ArrayList<>();
        List<DomainEvent> taken = new ArrayList<>();
        List<DomainEvent> takenOfRisk = new ArrayList<>();
        Subscription all = join("all", 100_000);
        Subscription risk = join("risk", 100_000, "Risk");
        for (int round = 0; round < 60; round++) {
            List<DomainEvent> batch = events.plain(1 + random.nextInt(400));
            log.transport().send(batch);
            sent.addAll(batch);
            for (int polls = random.nextInt(5); polls > 0; polls--) {
                taken.addAll(eventsOf(all.poll(1 + random.nextInt(300)).deliveries()));
                takenOfRisk.addAll(eventsOf(risk.poll(1 + random.nextInt(100)).deliveries()));
            }
        }
        taken.addAll(eventsOf(takeAll(all)));
        takenOfRisk.addAll(eventsOf(takeAll(risk)));

        assertThat(taken).isEqualTo(sent);
        assertThat(takenOfRisk)
                .isEqualTo(sent.stream()
                        .filter(event -> event.type().domain().equals("Risk"))
                        .toList());
    }

    @Test
    void the_lag_of_a_new_group_counts_the_events_of_its_domains_in_segments_and_behind_them() {
        List<DomainEvent> sent = events.plain(2 * Segment.MIN_EVENTS + 700);
        log.transport().send(sent);
        long ofRisk = sent.stream()
                .filter(event -> event.type().domain().equals("Risk"))
                .count();
        Subscription risk = join("risk", 100_000, "Risk");
        assertThat(risk.lag()).isEqualTo(ofRisk);

        List<Delivery> taken = takeAll(risk);
        assertThat(risk.lag()).isEqualTo(ofRisk);
        risk.settle(taken.subList(0, 100));
        assertThat(risk.lag()).isEqualTo(ofRisk - 100);
        risk.close();

        Subscription again = join("risk", 100_000, "Risk");
        assertThat(again.lag()).isEqualTo(ofRisk - 100);
        again.settle(takeAll(again));
        assertThat(again.lag()).isZero();
    }

    @Test
    void no_more_is_delivered_than_may_be_in_flight() {
        log.transport().send(events.plain(100));
        Subscription subscription = join("readers", 30);

        List<Delivery> taken = takeAll(subscription);
        assertThat(taken).hasSize(30);
        subscription.settle(taken.subList(5, 15));
        assertThat(takeAll(subscription)).hasSize(10);
    }

    @Test
    void a_position_becomes_durable_soon_without_anything_else_being_written() throws SQLException {
        log.transport().send(events.plain(100));
        Subscription subscription = join("readers", 1_000);
        List<Delivery> taken = takeAll(subscription);
        Collections.shuffle(taken, new Random(1));
        taken.removeIf(delivery -> delivery.receipt().toString().equals("log:41"));
        subscription.settle(taken);

        await().untilAsserted(() -> assertThat(durablePosition("readers")).isEqualTo(40));
    }

    @Test
    void a_position_is_durable_when_its_subscription_or_its_log_is_closed() throws SQLException {
        log.close();
        open(Duration.ofDays(1));
        log.transport().send(events.plain(100));
        Subscription first = join("first", 1_000);
        Subscription second = join("second", 1_000);
        first.settle(takeAll(first));
        second.settle(takeAll(second).subList(0, 60));
        assertThat(durablePosition("first")).isZero();

        first.close();
        assertThat(durablePosition("first")).isEqualTo(100);
        log.close();
        assertThat(durablePosition("second")).isEqualTo(60);
    }

    @Test
    void foreign_events_move_the_position_too() throws SQLException {
        Subscription nothing = join("nothing", 1_000, "Auth");
        log.transport().send(events.plain(3_000));

        assertThat(takeAll(nothing)).isEmpty();

        await().untilAsserted(() -> assertThat(durablePosition("nothing")).isEqualTo(3_000));
        assertThat(nothing.lag()).isZero();
    }

    @Test
    void a_poll_that_found_only_foreign_events_and_is_not_at_the_end_asks_to_be_called_again() {
        log.transport().send(events.plain(70_000));
        AtomicInteger signals = new AtomicInteger();
        Subscription nothing = log.transport()
                .subscribe(
                        new GroupMembership("nothing", Set.of("Auth"), StartFrom.BEGINNING, 1_000),
                        signals::incrementAndGet);
        nothing.poll(1);

        assertThat(nothing.poll(1_000)).isEqualTo(Poll.EMPTY);
        assertThat(signals).hasValue(1);
        assertThat(nothing.poll(1_000)).isEqualTo(Poll.EMPTY);
        assertThat(signals).hasValue(1);
    }

    @Test
    void what_cannot_be_read_is_delivered_as_its_bytes_in_its_place() throws SQLException {
        List<DomainEvent> sent = events.plain(5);
        for (DomainEvent event : sent) {
            log.transport().send(List.of(event));
        }
        log.close();
        breakBlock(2, 17); // the flags of its only record
        breakBlock(4, 13); // its length
        open();
        Subscription subscription = join("readers", 1_000);

        List<Delivery> taken = takeAll(subscription);

        assertThat(taken).hasSize(5);
        for (int i : new int[] {0, 2, 4}) {
            assertThat(taken.get(i).event()).isEqualTo(sent.get(i));
        }
        for (int i : new int[] {1, 3}) {
            Undecodable undecodable = taken.get(i).undecodable();
            assertThat(undecodable.raw()).hasSizeGreaterThan(100);
            assertThat(undecodable.contentType()).isEqualTo("application/octet-stream");
            assertThat(undecodable.problem()).hasMessageContaining("a record");
        }
        subscription.settle(taken);
        assertThat(subscription.lag()).isZero();
        assertThat(log.events().search(ai.tradesense.store.EventQuery.ALL).events())
                .hasSize(3);
        assertThat(log.transport().send(events.plain(10))).hasSize(10);
        assertThat(takeAll(subscription)).hasSize(10);
    }

    private void breakBlock(long position, int at) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("log.db"));
                Statement statement = connection.createStatement();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE blocks SET records = ? WHERE first_position = ?")) {
            byte[] bytes;
            try (ResultSet row =
                    statement.executeQuery("SELECT records FROM blocks WHERE first_position = " + position)) {
                row.next();
                bytes = row.getBytes(1);
            }
            bytes[at] = 0x7f;
            update.setBytes(1, bytes);
            update.setLong(2, position);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }
}
