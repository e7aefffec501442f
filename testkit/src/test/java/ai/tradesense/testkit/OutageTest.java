package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.testkit.RecordingWorker.Call;
import ai.tradesense.transport.Receipt;
import ai.tradesense.worker.WorkerStatus;
import ai.tradesense.worker.WorkerStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// A store or a transport that is out of order for a while delays, and loses nothing.
final class OutageTest {
    private final FailingParkingStore parking = new FailingParkingStore();
    private final Set<String> failing = new TreeSet<>();
    private final RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
        if (failing.contains(event.id())) {
            throw new IllegalStateException("not yet");
        }
    });

    @Test
    void what_cannot_be_parked_is_kept_until_it_can() {
        try (TestPlatform platform = TestPlatform.with(settings -> settings.parking(parking))) {
            platform.register(worker);
            platform.settle();
            parking.fail(true);
            failing.add("bad#1");
            platform.tradesense().publish(OrderPlaced.events("bad", 1, 3));
            platform.tradesense().publish(OrderPlaced.events("good", 1, 3));

            platform.advance(Duration.ofMinutes(1));

            assertThat(worker.processed()).containsExactlyElementsOf(OrderPlaced.ids("good", 1, 3));
            assertThat(worker.calls()).hasSize(4);
            parking.fail(false);
            failing.clear();
            platform.advance(Duration.ofSeconds(1));
            assertThat(worker.processed("bad")).isEqualTo(OrderPlaced.ids("bad", 1, 3));
            WorkerStatus status = platform.worker("margin");
            assertThat(status.lag()).isZero();
            assertThat(status.inFlight()).isZero();
            assertThat(status.parked()).isZero();
        }
    }

    @Test
    void what_was_retried_while_the_store_failed_is_not_tried_again_and_followers_keep_their_place() {
        try (TestPlatform platform = TestPlatform.with(settings -> settings.parking(parking))) {
            platform.register(worker);
            failing.add("acc#1");
            platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
            platform.settle();
            platform.runtime().advance(Duration.ofSeconds(5).minusMillis(1));
            parking.fail(true);

            platform.advance(Duration.ofMinutes(10));
            assertThat(worker.calls()).as("the head cannot be read").hasSize(1);

            parking.fail(false);
            platform.advance(Duration.ofSeconds(1));
            assertThat(worker.calls()).hasSize(2);
            failing.clear();
            platform.advance(Duration.ofSeconds(10));
            assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
            assertThat(worker.calls()).extracting(Call::attempt).containsExactly(1, 2, 3, 1, 1);
        }
    }

    @Test
    void a_dead_letter_that_cannot_be_stored_is_stored_later() {
        try (TestPlatform platform = TestPlatform.with(settings -> settings.parking(parking))) {
            RecordingWorker neverAgain =
                    new RecordingWorker("margin", (event, context) -> {
                        throw new IllegalStateException("never");
                    }) {
                        @Override
                        public int maxRetries() {
                            return 0;
                        }
                    };
            platform.register(neverAgain);
            platform.settle();
            parking.fail(true);
            platform.publish(OrderPlaced.event("acc", 1));
            platform.advance(Duration.ofSeconds(10));
            parking.fail(false);

            platform.advance(Duration.ofSeconds(1));

            assertThat(platform.deadLetters()).extracting(ParkedEvent::id).containsExactly("acc#1");
            assertThat(neverAgain.calls()).hasSize(1);
            assertThat(platform.worker("margin").lag()).isZero();
        }
    }

    @Test
    void a_worker_says_that_its_store_fails() {
        try (TestPlatform platform = TestPlatform.with(settings -> settings.parking(parking))) {
            platform.register(worker);
            failing.add("acc#1");
            platform.publish(OrderPlaced.event("acc", 1));
            platform.settle();
            parking.fail(true);
            platform.advance(Duration.ofSeconds(10));

            WorkerStatus status = platform.worker("margin");

            assertThat(status.state()).isEqualTo(State.DOWN);
            assertThat(status.reason()).contains("the disk is full");
            assertThat(platform.tradesense().workers().workers()).hasSize(1);
            parking.fail(false);
            failing.clear();
            platform.advance(Duration.ofSeconds(1));
            assertThat(platform.worker("margin").state()).isNotEqualTo(State.DOWN);
        }
    }

    @Test
    void of_many_workers_one_waits_for_a_silent_store_and_all_say_so_with_what_was_known_last() {
        try (TestPlatform platform = TestPlatform.with(settings -> settings.parking(parking))) {
            for (int number = 1; number <= 10; number++) {
                platform.register(new RecordingWorker("margin-" + number, (event, context) -> {
                    throw new IllegalStateException("not yet");
                }));
            }
            platform.publish(OrderPlaced.event("acc", 1));
            platform.settle();
            assertThat(platform.tradesense().workers().workers())
                    .extracting(WorkerStatus::parked)
                    .containsOnly(1L);
            Instant before = platform.clock().instant();
            parking.failAfter(() -> platform.clock().advance(Duration.ofSeconds(10)));

            List<WorkerStatus> workers = platform.tradesense().workers().workers();
            double gauge = platform.meters()
                    .get("tradesense.dead.letters")
                    .tag("worker", "margin-7")
                    .gauge()
                    .value();

            assertThat(platform.clock().instant()).isEqualTo(before.plusSeconds(10));
            assertThat(workers).hasSize(10).allSatisfy(status -> {
                assertThat(status.state()).isEqualTo(State.DOWN);
                assertThat(status.reason()).isEqualTo("the disk is full");
                assertThat(status.parked()).isEqualTo(1);
            });
            assertThat(gauge).isNaN();
            parking.fail(false);
            platform.clock().advance(Duration.ofSeconds(10));
            platform.settle();
            assertThat(platform.tradesense().workers().workers())
                    .extracting(WorkerStatus::state)
                    .doesNotContain(State.DOWN);
        }
    }

    @Test
    void a_worker_that_cannot_learn_what_is_parked_begins_when_it_can() {
        try (TestPlatform platform = TestPlatform.with(settings -> settings.parking(parking))) {
            platform.register(worker);
            failing.add("acc#1");
            platform.tradesense().publish(OrderPlaced.events("acc", 1, 2));
            platform.settle();
            platform.tradesense().workers().deregister("margin");
            failing.clear();
            platform.publish(OrderPlaced.event("acc", 3));
            parking.fail(true);
            platform.register(worker);

            platform.advance(Duration.ofMinutes(1));
            assertThat(worker.calls()).as("it might be behind a parked one").hasSize(1);

            parking.fail(false);
            platform.advance(Duration.ofSeconds(1));
            assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
        }
    }

    @Test
    void a_transport_that_cannot_be_polled_is_polled_again() {
        ScriptedTransport transport = new ScriptedTransport();
        try (TestPlatform platform = TestPlatform.with(settings -> settings.transport(transport))) {
            platform.register(worker);
            transport.assign(ScriptedTransport.ONE);
            platform.settle();
            transport.failPolls(10);
            transport.deliver(OrderPlaced.event("acc", 1));
            platform.advance(Duration.ofSeconds(5));
            assertThat(worker.called()).isEmpty();
            assertThat(platform.worker("margin").state()).isEqualTo(State.DOWN);
            assertThat(platform.worker("margin").reason()).contains("out of order");

            platform.advance(Duration.ofSeconds(10));

            assertThat(worker.processed()).containsExactly("acc#1");
            assertThat(platform.worker("margin").state()).isEqualTo(State.RUNNING);
        }
    }

    @Test
    void what_was_taken_reaches_its_worker_in_order_although_memory_was_short_meanwhile() {
        ScriptedTransport transport = new ScriptedTransport();
        AtomicBoolean wasShort = new AtomicBoolean();
        Receipt place = new Receipt() {
            @Override
            public String toString() {
                if (wasShort.compareAndSet(false, true)) {
                    throw new OutOfMemoryError("Java heap space");
                }
                return "scripted:bytes";
            }
        };
        RecordingWorker worker = new RecordingWorker("margin");
        try (Threads threads = new Threads(transport, ThreadRuntime.DEFAULT_GRACE)) {
            threads.tradesense().register(worker);
            transport.assign(ScriptedTransport.ONE);
            transport.deliverAround(
                    place, OrderPlaced.event("acc", 1), OrderPlaced.event("acc", 2), OrderPlaced.event("acc", 3));
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> transport.settled().size() == 4);
            threads.awaitRest("margin");
        }

        assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
        assertThat(transport.settled()).contains("scripted:bytes");
    }
}
