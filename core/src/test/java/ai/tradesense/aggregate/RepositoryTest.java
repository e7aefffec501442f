package ai.tradesense.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Upcaster;
import ai.tradesense.events.Upcasters;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.store.MemorySnapshotStore;
import ai.tradesense.store.SnapshotStore;
import ai.tradesense.store.SnapshotStore.Snapshot;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.WrongExpectedVersionException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RepositoryTest {
    private static final OrderKey STREAM = new OrderKey("Money", "mine");

    private final UnreliableStore store = new UnreliableStore(new MemoryEventStore(() -> Instant.EPOCH));
    private final SnapshotStore snapshots = new MemorySnapshotStore();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final TradeSense bus = TradeSense.builder().build();
    private final Repository<Purse> purses = repository(Purse.AGGREGATE, Upcasters.NONE);

    private Repository<Purse> repository(Aggregate<Purse> aggregate, Upcasters upcasters) {
        return new Repositories(store, snapshots, bus, upcasters, meters).of(aggregate);
    }

    @AfterEach
    void close() {
        bus.close();
    }

    private void receive(int coins) {
        for (int i = 0; i < coins; i++) {
            store.append(List.of(bus.event(Purse.receive("mine", "1")).build()));
        }
    }

    private static Versioned<Purse> purse(String balance, int payments, long version) {
        return new Versioned<>(new Purse(new BigDecimal(balance), payments), version);
    }

    @Test
    void state_is_the_sum_of_the_events_that_were_decided() {
        assertThat(purses.load("mine")).isEqualTo(new Versioned<>(Purse.EMPTY, 0));

        assertThat(purses.update("mine", purse -> List.of(Purse.receive("mine", "5"), Purse.receive("mine", "7"))))
                .isEqualTo(purse("12", 0, 2));
        assertThat(purses.update("mine", purse -> purse.pay("mine", "10"))).isEqualTo(purse("2", 1, 3));

        assertThat(purses.load("mine")).isEqualTo(purse("2", 1, 3));
        assertThat(purses.load("yours")).isEqualTo(new Versioned<>(Purse.EMPTY, 0));
    }

    @Test
    void to_decide_on_nothing_appends_nothing() {
        receive(1);

        assertThat(purses.update("mine", purse -> purse.pay("mine", "10"))).isEqualTo(purse("1", 0, 1));
        assertThat(store.count()).isOne();
    }

    @Test
    void events_that_nobody_asked_for_are_passed_over_and_count() {
        purses.update("mine", purse -> List.of(new Purse.Admired("mine"), Purse.receive("mine", "5")));

        assertThat(purses.load("mine")).isEqualTo(purse("5", 0, 2));
    }

    @Test
    void a_long_history_is_read_to_its_end() {
        receive(2_001);

        assertThat(purses.load("mine")).isEqualTo(purse("2001", 0, 2_001));
    }

    @Test
    void a_decision_is_made_anew_when_somebody_else_was_faster() {
        receive(10);
        AtomicInteger asked = new AtomicInteger();

        Versioned<Purse> after = purses.update("mine", purse -> {
            if (asked.incrementAndGet() <= 2) {
                store.append(List.of(
                        bus.event(new Purse.Paid("mine", new BigDecimal("4"))).build()));
            }
            return purse.pay("mine", "3");
        });

        assertThat(asked).hasValue(3);
        assertThat(after).as("2 are left, which is not enough").isEqualTo(purse("2", 2, 12));
        assertThat(meters.get("tradesense.aggregate.conflicts").counter().count())
                .isEqualTo(2);
    }

    @Test
    void who_is_never_fast_enough_gives_up_with_the_facts() {
        AtomicInteger asked = new AtomicInteger();

        assertThatThrownBy(() -> purses.update("mine", purse -> {
                    asked.incrementAndGet();
                    receive(1);
                    return List.of(Purse.receive("mine", "5"));
                }))
                .isInstanceOfSatisfying(WrongExpectedVersionException.class, conflict -> {
                    assertThat(conflict.stream()).isEqualTo(STREAM);
                    assertThat(conflict.actual()).isEqualTo(Repository.MAX_ATTEMPTS);
                    assertThat(conflict.getSuppressed()).hasSize(Repository.MAX_ATTEMPTS - 1);
                });
        assertThat(asked).hasValue(Repository.MAX_ATTEMPTS);
        assertThat(store.count()).isEqualTo(Repository.MAX_ATTEMPTS);
    }

    @Test
    void an_append_whose_answer_was_lost_is_repeated_and_stored_once() {
        store.answersToLose = 2;

        assertThat(purses.update("mine", purse -> List.of(Purse.receive("mine", "5"))))
                .isEqualTo(purse("5", 0, 1));
        assertThat(store.count()).isOne();
        assertThat(store.appends).isEqualTo(3);
    }

    @Test
    void an_append_whose_answer_never_comes_fails() {
        store.answersToLose = Integer.MAX_VALUE;

        assertThatThrownBy(() -> purses.update("mine", purse -> List.of(Purse.receive("mine", "5"))))
                .isInstanceOf(StoreException.class)
                .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(Repository.MAX_ATTEMPTS - 1));
        assertThat(store.count()).isOne();
    }

    @Test
    void what_belongs_to_another_stream_is_refused_and_nothing_is_appended() {
        assertThatThrownBy(() -> purses.update(
                        "mine", purse -> List.of(Purse.receive("mine", "5"), Purse.receive("yours", "5"))))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageContaining("Money/yours")
                .hasMessageContaining("Money/mine");
        assertThat(store.count()).isZero();
    }

    @Test
    void older_versions_are_brought_to_the_one_that_the_aggregate_knows() {
        store.append(List.of(DomainEvent.builder(EventType.parse("Money.Coin.Received.v1"))
                .id("old")
                .source(URI.create("/tests"))
                .subject("mine")
                .time(Instant.EPOCH)
                .data(json("{\"purse\":\"mine\",\"cents\":250}"))
                .build()));
        Upcaster upcaster = Upcaster.of(
                "Money.Coin.Received.v1",
                "Money.Coin.Received.v2",
                data -> data.put("amount", new BigDecimal(data.get("cents").asInt()).movePointLeft(2)));

        assertThat(repository(Purse.AGGREGATE, new Upcasters(List.of(upcaster))).load("mine"))
                .isEqualTo(purse("2.50", 0, 1));
        assertThat(purses.load("mine")).as("without the upcaster").isEqualTo(purse("0", 0, 1));
    }

    @Test
    void an_event_that_does_not_fit_says_where_it_stands() {
        receive(2);
        store.append(List.of(DomainEvent.builder(EventType.parse("Money.Coin.Paid.v1"))
                .id("broken")
                .source(URI.create("/tests"))
                .subject("mine")
                .time(Instant.EPOCH)
                .data(json("{\"purse\":\"mine\",\"amount\":\"much\"}"))
                .build()));

        assertThatThrownBy(() -> purses.load("mine"))
                .isInstanceOfSatisfying(AggregateException.class, problem -> {
                    assertThat(problem.stream()).isEqualTo(STREAM);
                    assertThat(problem.version()).isEqualTo(3);
                })
                .hasMessageContaining("/data/amount");
    }

    @Test
    void what_its_own_aggregate_could_not_be_made_of_is_not_appended() {
        Aggregate<Purse> strict = Aggregate.named("purse", "Money", Purse.EMPTY)
                .on(Purse.Paid.class, (purse, paid) -> {
                    throw new IllegalStateException("nothing may be paid");
                })
                .build();

        assertThatThrownBy(() -> repository(strict, Upcasters.NONE)
                        .update("mine", purse -> List.of(new Purse.Paid("mine", BigDecimal.ONE))))
                .isInstanceOf(AggregateException.class)
                .hasMessageContaining("nothing may be paid");
        assertThat(store.count()).isZero();
    }

    @Test
    void a_history_whose_begin_is_forgotten_is_no_history() {
        EventStore forgetful = new MemoryEventStore(() -> Instant.EPOCH, 5);
        Repository<Purse> repository =
                new Repositories(forgetful, snapshots, bus, Upcasters.NONE, meters).of(Purse.AGGREGATE);
        repository.update("mine", purse -> Collections.nCopies(5, Purse.receive("mine", "1")));
        assertThat(repository.load("mine")).isEqualTo(purse("5", 0, 5));
        repository.update("yours", purse -> List.of(Purse.receive("yours", "1")));

        assertThatThrownBy(() -> repository.load("mine"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("version 1");
    }

    private static Payload json(String text) {
        return Payload.json(text.getBytes(StandardCharsets.UTF_8));
    }

    private Repository<Purse> withSnapshots(String form) {
        return repository(Purse.aggregate().snapshot(Purse.class, form, 10).build(), Upcasters.NONE);
    }

    private double rejected() {
        return meters.get("tradesense.aggregate.snapshots.rejected").counter().count();
    }

    private Snapshot snapshot() {
        return snapshots.find(STREAM, "purse").orElseThrow();
    }

    private void keep(String form, long version, String state) {
        snapshots.save(new Snapshot(STREAM, "purse", form, version, state.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void a_snapshot_is_taken_when_it_is_due_and_read_instead_of_what_is_before_it() {
        Repository<Purse> repository = withSnapshots("purse.v1");
        receive(9);
        repository.load("mine");
        assertThat(snapshots.find(STREAM, "purse")).isEmpty();

        repository.update("mine", purse -> purse.pay("mine", "2"));
        assertThat(snapshot().version()).isEqualTo(10);
        receive(3);
        store.readFrom.clear();

        assertThat(repository.load("mine")).isEqualTo(purse("10", 1, 13));
        assertThat(store.readFrom).containsExactly(11L);
        assertThat(snapshot().version()).isEqualTo(10);
        receive(7);
        repository.load("mine");
        assertThat(snapshot().version()).isEqualTo(20);
        assertThat(rejected()).isZero();
    }

    @Test
    void a_snapshot_of_another_form_is_passed_over_and_made_anew() {
        receive(12);
        withSnapshots("purse.v1").load("mine");
        assertThat(snapshot().form()).isEqualTo("purse.v1");

        assertThat(withSnapshots("purse.v2").load("mine")).isEqualTo(purse("12", 0, 12));

        assertThat(snapshot().form()).isEqualTo("purse.v2");
        assertThat(rejected()).isOne();
    }

    @Test
    void a_snapshot_that_cannot_be_read_is_passed_over_and_made_anew() {
        receive(12);
        for (String broken : List.of("", "{", "null", "{\"balance\":\"much\",\"payments\":0}", "{\"payments\":0}")) {
            double before = broken.isEmpty() ? 0 : rejected();
            keep("purse.v1", 11, broken);

            assertThat(withSnapshots("purse.v1").load("mine")).as(broken).isEqualTo(purse("12", 0, 12));

            assertThat(snapshot().version()).as(broken).isEqualTo(12);
            assertThat(rejected()).as(broken).isEqualTo(before + 1);
        }
    }

    @Test
    void a_snapshot_that_is_ahead_of_its_stream_is_passed_over_and_made_anew() {
        receive(12);
        keep("purse.v1", 13, "{\"balance\":1000,\"payments\":0}");

        assertThat(withSnapshots("purse.v1").update("mine", purse -> purse.pay("mine", "100")))
                .isEqualTo(purse("12", 0, 12));

        assertThat(snapshot().version()).isEqualTo(12);
        assertThat(rejected()).isOne();
    }

    @Test
    void an_aggregate_is_made_of_events_of_its_domain_each_said_once() {
        assertThatThrownBy(() ->
                        Aggregate.named("purse", "Trading", Purse.EMPTY).on(Purse.Received.class, Purse::received))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Money.Coin.Received.v2");
        assertThatThrownBy(() -> Purse.aggregate().on(Purse.Received.class, Purse::received))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two functions");
        assertThatThrownBy(() -> Purse.aggregate().snapshot(Purse.class, "purse.v1", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("everyEvents");
    }

    @Test
    void a_platform_whose_events_do_not_travel_on_its_store_has_no_repositories() {
        try (TradeSense recorded = TradeSense.builder().store(store).build()) {
            assertThatThrownBy(() -> recorded.repository(Purse.AGGREGATE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'memory'")
                    .hasMessageContaining("'purse'");
        }
        assertThatThrownBy(() -> bus.repository(Purse.AGGREGATE)).isInstanceOf(IllegalStateException.class);
    }
}
