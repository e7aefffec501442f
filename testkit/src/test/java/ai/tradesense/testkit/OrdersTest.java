package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import ai.tradesense.TradeSense;
import ai.tradesense.control.ControlStore;
import ai.tradesense.control.InstanceReport;
import ai.tradesense.control.InstanceReport.WorkerReport;
import ai.tradesense.control.MemoryControlStore;
import ai.tradesense.control.Order;
import ai.tradesense.control.StandingOrder;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.worker.InstanceStatus;
import ai.tradesense.worker.WorkerRegistry;
import ai.tradesense.worker.WorkerStatus;
import ai.tradesense.worker.WorkerStatus.BreakerState;
import ai.tradesense.worker.WorkerStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What an operator orders of a worker reaches every instance of it, also those to come.
final class OrdersTest {
    private static final Duration A_LOOK = Duration.ofSeconds(1);

    private final VirtualClock clock = new VirtualClock();
    private final SteppedRuntime runtime = new SteppedRuntime(clock);
    private final MemoryTransport transport = new MemoryTransport();
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final FailingControl control = new FailingControl();
    private final List<TradeSense> platforms = new ArrayList<>();

    @AfterEach
    void close() {
        platforms.forEach(TradeSense::close);
        runtime.close();
    }

    private TradeSense platform(String instance) {
        TradeSense platform = TradeSense.builder()
                .clock(clock)
                .runtime(runtime)
                .transport(transport)
                .parking(parking)
                .control(control)
                .instance(instance)
                .build();
        platforms.add(platform);
        return platform;
    }

    private static WorkerStatus status(TradeSense platform) {
        return platform.workers().worker("margin").orElseThrow();
    }

    @Test
    void of_two_orders_that_cross_the_one_that_stands_is_carried_out_everywhere() throws InterruptedException {
        TradeSense one = platform("one");
        TradeSense two = platform("two");
        one.register(new RecordingWorker("margin"));
        two.register(new RecordingWorker("margin"));
        runtime.settle();
        Thread looking = Thread.ofPlatform().unstarted(() -> runtime.advance(A_LOOK));

        control.beforeNext(() -> {
            two.workers().resume("margin");
            looking.start();
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> Set.of(Thread.State.BLOCKED, Thread.State.TERMINATED)
                            .contains(looking.getState()));
        });
        one.workers().pause("margin");
        looking.join();
        runtime.advance(A_LOOK);

        assertThat(List.of(status(one).state(), status(two).state())).containsOnly(State.PAUSED);
    }

    @Test
    void an_order_to_one_instance_reaches_the_others() {
        TradeSense one = platform("one");
        TradeSense two = platform("two");
        one.register(new RecordingWorker("margin"));
        two.register(new RecordingWorker("margin"));
        runtime.settle();

        WorkerRegistry workers = two.workers();
        workers.pause("margin");
        workers.changeConcurrency("margin", 5);
        workers.openBreaker("margin");
        assertThat(status(two).state()).as("at once where it was given").isEqualTo(State.PAUSED);
        runtime.advance(A_LOOK);

        assertThat(status(one).state()).isEqualTo(State.PAUSED);
        assertThat(status(one).concurrency()).isEqualTo(5);
        assertThat(status(one).breaker()).isEqualTo(BreakerState.FORCED_OPEN);

        workers.resume("margin");
        workers.resetBreaker("margin");
        runtime.advance(A_LOOK);
        assertThat(status(one).breaker()).isEqualTo(BreakerState.CLOSED);
        assertThat(status(one).state()).isEqualTo(State.RUNNING);
    }

    @Test
    void an_order_to_drain_reaches_the_others_and_each_says_when_it_is_drained() {
        TradeSense one = platform("one");
        TradeSense two = platform("two");
        one.register(new RecordingWorker("margin"));
        two.register(new RecordingWorker("margin"));
        runtime.settle();

        two.workers().drain("margin");
        assertThat(status(two).isDrained()).isTrue();
        runtime.advance(Duration.ofSeconds(10)); // both have heard of it, and said so

        assertThat(status(one).isDrained()).isTrue();
        assertThat(two.workers().instances())
                .flatExtracting(instance -> instance.report().workers())
                .extracting(WorkerReport::state, WorkerReport::reason)
                .containsOnly(tuple("PAUSED", WorkerStatus.DRAINED))
                .hasSize(2);
    }

    @Test
    void a_paused_worker_stays_paused_after_a_restart() {
        TradeSense first = platform("first");
        first.register(new RecordingWorker("margin"));
        first.workers().pause("margin");
        first.workers().changeConcurrency("margin", 3);
        first.close();

        RecordingWorker worker = new RecordingWorker("margin");
        TradeSense second = platform("second");
        second.publish(OrderPlaced.event("acc", 1));
        second.register(worker);
        runtime.advance(Duration.ofMinutes(1));
        assertThat(worker.called()).isEmpty();
        assertThat(status(second).state()).isEqualTo(State.PAUSED);
        assertThat(status(second).concurrency()).isEqualTo(3);

        second.workers().resume("margin");
        runtime.settle();
        assertThat(worker.processed()).containsExactly("acc#1");
    }

    @Test
    void an_order_for_a_worker_that_nobody_has_yet_is_kept() {
        control.give("margin", new Order.Pause(), "an operator", clock.instant());
        RecordingWorker worker = new RecordingWorker("margin");
        TradeSense platform = platform("one");
        platform.publish(OrderPlaced.event("acc", 1));
        platform.register(worker);

        runtime.advance(Duration.ofMinutes(1));

        assertThat(worker.called()).isEmpty();
        assertThat(status(platform).state()).isEqualTo(State.PAUSED);
    }

    @Test
    void a_reset_is_carried_out_once_where_it_was_given() {
        TradeSense one = platform("one");
        one.register(new RecordingWorker("margin"));
        runtime.settle();
        one.workers().openBreaker("margin");
        one.workers().resetBreaker("margin");
        control.quietly(() -> one.workers().openBreaker("margin")); // known here alone
        runtime.advance(Duration.ofMinutes(1));

        assertThat(status(one).breaker()).isEqualTo(BreakerState.FORCED_OPEN);
    }

    @Test
    void a_store_that_fails_stops_no_events_and_an_order_still_counts_where_it_was_given() {
        control.out = true;
        TradeSense one = platform("one");
        RecordingWorker worker = new RecordingWorker("margin");
        one.register(worker);
        one.publish(OrderPlaced.event("acc", 1));
        runtime.advance(Duration.ofSeconds(10));
        assertThat(worker.processed()).containsExactly("acc#1");

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> one.workers().pause("margin"));
        assertThat(status(one).state()).isEqualTo(State.PAUSED);

        control.out = false;
        control.give("margin", new Order.Concurrency(2), "an operator", clock.instant());
        runtime.advance(A_LOOK);
        assertThat(status(one).concurrency()).isEqualTo(2);
    }

    @Test
    void an_order_that_cannot_be_carried_out_does_not_hold_up_the_next() {
        TradeSense one = platform("one");
        one.register(new RecordingWorker("margin"));
        control.give("margin", new Order.Concurrency(0), "an operator", clock.instant());
        control.give("margin", new Order.Pause(), "an operator", clock.instant());

        runtime.advance(A_LOOK);

        assertThat(status(one).concurrency()).isEqualTo(32);
        assertThat(status(one).state()).isEqualTo(State.PAUSED);
    }

    @Test
    void every_instance_is_known_with_its_workers_until_it_ends_or_is_not_heard_of_any_more() {
        TradeSense one = platform("one");
        TradeSense two = platform("two");
        one.register(new RecordingWorker("margin"));
        two.register(new RecordingWorker("audit"));
        two.workers().pause("audit");
        runtime.advance(Duration.ofSeconds(6));

        List<InstanceStatus> instances = one.workers().instances();
        assertThat(instances).extracting(status -> status.report().instance()).containsExactly("one", "two");
        assertThat(instances).allMatch(InstanceStatus::alive);
        assertThat(instances.getFirst().report().startedAt()).isEqualTo(VirtualClock.START);
        assertThat(instances.getLast().report().workers())
                .containsExactly(new WorkerReport("audit", "audit_group", "PAUSED", "paused by an operator"));

        control.report(new InstanceReport("killed", clock.instant(), clock.instant(), List.of()), Instant.EPOCH);
        two.close();
        runtime.advance(Duration.ofSeconds(20));

        assertThat(one.workers().instances())
                .extracting(status -> status.report().instance() + " " + status.alive())
                .containsExactly("killed false", "one true");
        runtime.advance(Duration.ofDays(1));
        assertThat(one.workers().instances())
                .extracting(status -> status.report().instance())
                .containsExactly("one");
    }

    @Test
    void a_worker_of_another_instance_takes_orders_from_here_and_one_that_is_nowhere_does_not() {
        TradeSense one = platform("one");
        TradeSense two = platform("two");
        one.register(new RecordingWorker("audit"));
        two.register(new RecordingWorker("margin"));
        runtime.advance(Duration.ofSeconds(6));

        one.workers().pause("margin");
        runtime.advance(A_LOOK);

        assertThat(status(two).state()).isEqualTo(State.PAUSED);
        for (int impossible : new int[] {-5, 0, 1_025, Integer.MAX_VALUE}) { // would be no order to anybody
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> one.workers().changeConcurrency("margin", impossible))
                    .withMessageContaining("" + impossible);
        }
        one.workers().resume("margin");
        runtime.advance(A_LOOK);
        assertThat(status(two).state()).isEqualTo(State.RUNNING);
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> one.workers().pause("nobody"))
                .withMessageContaining("nobody");
        two.close();
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> one.workers().resume("margin"));
    }

    @Test
    void a_store_that_fails_costs_an_instance_no_more_than_its_looks() {
        TradeSense one = platform("one");
        one.register(new RecordingWorker("margin"));
        control.out = true;
        runtime.advance(Duration.ofMinutes(1));
        control.out = false;
        runtime.advance(Duration.ofSeconds(6));

        assertThat(one.workers().instances()).allMatch(InstanceStatus::alive).hasSize(1);
        assertThat(status(one).state()).isEqualTo(State.RUNNING);
    }

    @Test
    void a_platform_without_a_shared_store_looks_for_nothing() {
        try (TestPlatform alone = TestPlatform.inMemory()) {
            alone.register(new RecordingWorker("margin"));
            assertThat(alone.runtime().running()).noneMatch(agent -> agent.contains("orders"));
        }
        platform("one").register(new RecordingWorker("margin"));
        assertThat(runtime.running()).anyMatch(agent -> agent.contains("orders"));
        platforms.getFirst().close();
        assertThat(runtime.running()).isEmpty();
    }

    /// Fails when it is told to.
    private static final class FailingControl implements ControlStore {
        private final MemoryControlStore store = new MemoryControlStore();
        private final AtomicReference<Runnable> beforeNext = new AtomicReference<>(() -> {});
        private boolean out;

        private MemoryControlStore store() {
            if (out) {
                throw new StoreException("out of order", null);
            }
            return store;
        }

        /// What happens before the next order is given.
        void beforeNext(Runnable action) {
            beforeNext.set(action);
        }

        void quietly(Runnable order) {
            out = true;
            assertThatExceptionOfType(StoreException.class).isThrownBy(order::run);
            out = false;
        }

        @Override
        public StandingOrder give(String worker, Order order, String by, Instant at) {
            beforeNext.getAndSet(() -> {}).run();
            return store().give(worker, order, by, at);
        }

        @Override
        public List<StandingOrder> after(long revision) {
            return store().after(revision);
        }

        @Override
        public void report(InstanceReport report, Instant forgetBefore) {
            store().report(report, forgetBefore);
        }

        @Override
        public List<InstanceReport> instances() {
            return store().instances();
        }

        @Override
        public void forget(String instance) {
            store().forget(instance);
        }
    }
}
