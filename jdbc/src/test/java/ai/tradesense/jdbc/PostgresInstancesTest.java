package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.control.Order;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Two logs on one database, as two processes have them.
class PostgresInstancesTest {
    private final String url = PostgresServer.sharedUrl();
    private final JdbcLog one = JdbcLog.open(url);
    private final JdbcLog other = JdbcLog.open(url);

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    private static List<DomainEvent> events(String name, int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> RandomEvents.plain(name + number, "account-" + number % 10))
                .toList();
    }

    @Test
    void what_both_append_in_turn_comes_once_and_in_one_order_to_groups_of_either() {
        List<String> sent = new ArrayList<>();
        try (Reader here = new Reader(one.transport(), "here");
                Reader there = new Reader(other.transport(), "there")) {
            for (int round = 0; round < 20; round++) {
                List<DomainEvent> batch = events(round + "-", 7);
                (round % 2 == 0 ? one : other).transport().send(batch);
                batch.forEach(event -> sent.add(event.id()));
            }
            assertThat(here.untilHas(sent.getLast()).ids()).isEqualTo(sent);
            assertThat(there.untilHas(sent.getLast()).ids()).isEqualTo(sent);
        }
    }

    @Test
    void an_event_that_both_append_is_stored_once() {
        List<DomainEvent> events = events("event", 3);
        assertThat(one.transport().send(events)).noneMatch(each -> each.duplicate());
        assertThat(other.transport().send(events)).allMatch(each -> each.duplicate());
        assertThat(one.events().head()).isEqualTo(3);
    }

    @Test
    void a_record_that_cannot_be_read_is_delivered_as_its_bytes() throws SQLException {
        one.transport().send(events("event", 3));
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE events SET record = 'broken' WHERE position = 2");
        }
        one.transport().send(events("more", 1));

        try (Reader reader = new Reader(other.transport(), "readers").untilHas("more0")) {
            assertThat(reader.ids()).containsExactly("event0", "event2", "more0");
            assertThat(reader.undecodable()).singleElement().satisfies(delivery -> {
                assertThat(delivery.receipt()).hasToString("log:2");
                assertThat(delivery.undecodable().raw()).asString().isEqualTo("broken");
            });
        }
    }

    @Test
    void what_an_operator_changes_here_is_seen_there() {
        DomainEvent event = RandomEvents.plain("dead", "account");
        Failure failure = Failure.of(1, Instant.EPOCH, new IllegalStateException("with \0 in it"));
        one.parking()
                .apply(List.of(new ParkingChange.Park(new ParkedEvent(
                        0,
                        "group",
                        "worker",
                        event.orderKey(),
                        event.source().toString(),
                        event.id(),
                        event,
                        null,
                        null,
                        Progress.given(State.DEAD, 1, Instant.EPOCH, Followers.RELEASE),
                        Instant.EPOCH,
                        List.of(failure)))));
        assertThat(other.parking().counts("group")).isEqualTo(new Counts(0, 1));
        ParkedEvent letter = other.parking()
                .deadLetters(new DeadLetterQuery("worker", null, null, null, 10))
                .getFirst();
        assertThat(letter.failures().getFirst().message()).isEqualTo("with \uFFFD in it");
        long revision = one.parking().revision("group");

        other.parking().apply(List.of(new ParkingChange.Requeue("group", letter.sequence(), Instant.EPOCH, null)));

        await("the revision").until(() -> one.parking().revision("group") > revision);
        assertThat(one.parking().counts("group")).isEqualTo(new Counts(1, 0));
        assertThat(one.parking().head("group", new OrderKey("Trading", "account"), 10))
                .hasSize(1);
    }

    @Test
    void an_order_that_is_given_here_is_seen_there() {
        one.control().give("worker", Order.parse("pause"), "operator", Instant.EPOCH);

        await("the order").until(() -> other.control().after(0).size() == 1);
    }

    @Test
    void an_owner_whose_lease_was_taken_commits_nothing() throws SQLException {
        one.transport().send(events("event", 20));
        try (Reader paused = new Reader(one.transport(), "readers").untilHas("event19")) {
            try (Connection connection = DriverManager.getConnection(url);
                    Statement statement = connection.createStatement()) {
                // As another member would once the lease has lapsed.
                statement.execute("UPDATE group_partitions SET owner = 'another', epoch = epoch + 1,"
                        + " lease_until = clock_timestamp() + interval '1 hour'");
            }
            paused.subscription().settle(paused.all());

            await("the loss of every partition").until(() -> {
                assertThat(paused.subscription().poll(100).deliveries()).isEmpty();
                return positions() == 0 && owners() == 0;
            });
        }
        assertThat(positions()).isZero();
    }

    @Test
    void nothing_begins_while_what_is_done_cannot_be_saved() throws SQLException {
        AtomicInteger signals = new AtomicInteger();
        GroupMembership membership = new GroupMembership("readers", Set.of("Trading"), StartFrom.BEGINNING, 100);
        try (Subscription subscription = one.transport().subscribe(membership, signals::incrementAndGet);
                Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            one.transport().send(events("done", 1));
            List<Delivery> done =
                    await("an event").until(() -> subscription.poll(100).deliveries(), each -> !each.isEmpty());
            connection.setAutoCommit(false);
            statement.execute("SELECT 1 FROM group_partitions FOR UPDATE");
            subscription.settle(done);
            await("a saving that waits")
                    .until(() -> ((PostgresTransport) one.transport()).keeper().isBehind());

            one.transport().send(events("next", 1));
            assertThat(subscription.poll(100).deliveries()).isEmpty();
            signals.set(0);
            connection.commit();
            await("a signal").until(() -> signals.get() > 0);
            await("the next event").until(() -> subscription.poll(100).deliveries(), each -> !each.isEmpty());
        }
    }

    @Test
    void a_member_that_has_left_does_not_come_back() throws SQLException {
        GroupMembership membership = new GroupMembership("readers", Set.of("Trading"), StartFrom.BEGINNING, 100);
        PostgresTransport transport = (PostgresTransport) one.transport();
        PostgresSubscription left = (PostgresSubscription) transport.subscribe(membership, () -> {});
        left.close();

        assertThat(transport.keeper().with(left::tend)).isFalse(); // as the keeper does that had begun before
        assertThat(number("SELECT count(*) FROM members")).isZero();
    }

    /// As when this process stands still while it reads, and another one may have taken its partitions.
    @Test
    void nothing_is_delivered_on_a_lease_that_lapsed_while_the_table_was_read() throws SQLException {
        GroupMembership membership = new GroupMembership("readers", Set.of("Trading"), StartFrom.BEGINNING, 100);
        JdbcLog.Settings settings = new JdbcLog.Settings(InstantSource.system(), new CompositeMeterRegistry());
        one.transport().send(events("event", 20));
        try (JdbcLog slow = JdbcLog.open(url, settings.withLease(Duration.ofSeconds(1)));
                Subscription subscription = slow.transport().subscribe(membership, () -> {});
                Connection keeping = DriverManager.getConnection(url);
                Connection reading = DriverManager.getConnection(url);
                Statement keepsNoLease = keeping.createStatement();
                Statement readsNothing = reading.createStatement()) {
            await("every partition")
                    .until(
                            () -> subscription.poll(100).assigned(),
                            assigned -> assigned.size() == PostgresSchema.PARTITIONS);
            keeping.setAutoCommit(false);
            reading.setAutoCommit(false);
            readsNothing.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE");
            CompletableFuture<Poll> poll = CompletableFuture.supplyAsync(() -> subscription.poll(100));
            await("a poll that reads")
                    .until(() -> number(
                                    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                                            + " WHERE NOT granted AND relation = 'events'::regclass AND query LIKE '%partition = ANY%'")
                            == 1);
            keepsNoLease.execute("SELECT 1 FROM group_partitions FOR UPDATE");
            await("the end of the leases")
                    .until(() ->
                            number("SELECT count(*) FROM group_partitions WHERE lease_until > clock_timestamp()") == 0);
            reading.rollback();

            assertThat(poll.join().deliveries()).isEmpty();
            keeping.rollback();
            await("the events after all")
                    .until(() -> !subscription.poll(100).deliveries().isEmpty());
        }
    }

    private long positions() throws SQLException {
        return number("SELECT max(position) FROM group_partitions");
    }

    private long owners() throws SQLException {
        return number("SELECT count(*) FROM group_partitions WHERE owner <> 'another'");
    }

    private long number(String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
