package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.worker.WorkerStatus;
import ai.tradesense.worker.WorkerStatus.BreakerState;
import ai.tradesense.worker.WorkerStatus.State;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// When what a worker depends on is out of order, its circuit breaker opens: no attempts are used up, the
/// transport holds the backlog, and when the outage is over everything is processed in order.
final class CircuitBreakerTest {
    private static final BreakerPolicy POLICY = new BreakerPolicy(5, 0.5, 20, 10, Duration.ofSeconds(30), 3);

    /// Was brought to its lane by a process that stopped.
    private static final Progress SUSPECTED =
            new Progress(Progress.State.WAITING, 0, null, null, Progress.Caution.SUSPECT, false, null);

    private final TestPlatform platform = TestPlatform.inMemory();
    private final Set<String> failing = new TreeSet<>();
    private boolean outage;
    private final RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
                if (outage || failing.contains(event.subject())) {
                    throw new IllegalStateException("the database does not answer");
                }
            })
            .with(POLICY);

    @AfterEach
    void close() {
        platform.close();
    }

    private void publishForEachOf(int accounts, int from, int to) {
        for (int account = 0; account < accounts; account++) {
            platform.tradesense().publish(OrderPlaced.events("acc-" + account, from, to));
        }
    }

    private WorkerStatus status() {
        return platform.worker("margin");
    }

    @Test
    void a_mass_failure_opens_it_before_it_fills_the_parking() {
        outage = true;
        platform.register(worker);

        publishForEachOf(1_000, 1, 1);
        platform.settle();

        assertThat(status().breaker()).isEqualTo(BreakerState.OPEN);
        assertThat(status().state()).isEqualTo(State.DEGRADED);
        assertThat(status().reason()).contains("too many events fail", "the database does not answer");
        assertThat(worker.calls()).hasSize(5);
        assertThat(status().parked()).isEqualTo(5);
        assertThat(status().lag()).isEqualTo(995);
    }

    @Test
    void while_it_is_open_no_attempt_is_made_and_none_is_used_up() {
        outage = true;
        platform.register(worker);
        publishForEachOf(100, 1, 3);
        platform.settle();
        int calls = worker.calls().size();

        platform.advance(Duration.ofSeconds(30).minusNanos(1));

        assertThat(worker.calls()).hasSize(calls);
        assertThat(platform.deadLetters()).isEmpty();
    }

    @Test
    void a_worker_whose_breaker_is_open_for_long_is_alive() {
        outage = true;
        platform.register(worker.with(POLICY.openFor(Duration.ofMinutes(5))));
        publishForEachOf(100, 1, 1);
        platform.settle();

        platform.advance(Duration.ofMinutes(1));

        assertThat(status().breaker()).isEqualTo(BreakerState.OPEN);
        assertThat(status().state()).isEqualTo(State.DEGRADED);
    }

    @Test
    void an_outage_that_outlasts_all_retries_costs_few_attempts_and_no_order() {
        outage = true;
        platform.register(worker);
        publishForEachOf(200, 1, 5);
        platform.advance(Duration.ofHours(2));
        assertThat(worker.calls()).as("three probes each half minute").hasSizeLessThan(1_000);
        outage = false;

        platform.advance(Duration.ofMinutes(30));

        assertThat(status().breaker()).isEqualTo(BreakerState.CLOSED);
        long dead = platform.deadLetters().size();
        assertThat(worker.processed()).hasSize((int) (1_000 - dead));
        assertThat(dead).as("those that were probed too often").isLessThan(250);
        Places.assertCalledInOrder(worker);
        assertThat(status().lag()).isZero();
        assertThat(status().parked()).isZero();
    }

    @Test
    void it_closes_when_the_few_it_tries_succeed() {
        outage = true;
        platform.register(worker);
        publishForEachOf(100, 1, 2);
        platform.settle();
        outage = false;

        platform.advance(Duration.ofSeconds(31));

        assertThat(status().breaker()).isEqualTo(BreakerState.CLOSED);
        assertThat(worker.processed()).hasSize(200);
        Places.assertCalledInOrder(worker);
    }

    @Test
    void it_opens_again_when_the_few_it_tries_fail() {
        outage = true;
        platform.register(worker);
        publishForEachOf(100, 1, 1);
        platform.settle();
        int calls = worker.calls().size();

        platform.advance(Duration.ofSeconds(31));

        assertThat(worker.calls()).hasSize(calls + 3);
        assertThat(status().breaker()).isEqualTo(BreakerState.OPEN);
    }

    @Test
    void one_subject_that_fails_for_ever_opens_nothing() {
        failing.add("bad");
        platform.register(worker);
        for (int minute = 0; minute < 30; minute++) {
            platform.publish(OrderPlaced.event("bad", minute));
            platform.publish(OrderPlaced.event("good-" + minute, 1));
            platform.advance(Duration.ofMinutes(1));
            assertThat(status().breaker()).isEqualTo(BreakerState.CLOSED);
        }
        assertThat(worker.processed()).hasSize(30);
    }

    @Test
    void it_opens_by_the_share_of_failures_although_some_succeed_between() {
        for (int account = 0; account < 200; account += 4) {
            failing.addAll(Set.of("acc-" + account, "acc-" + (account + 1), "acc-" + (account + 2)));
        }
        RecordingWorker single = new RecordingWorker("margin", (event, context) -> {
            if (failing.contains(event.subject())) {
                throw new IllegalStateException("three of four");
            }
        }) {
            @Override
            public int concurrency() {
                return 1;
            }
        }.with(POLICY);
        platform.register(single);

        publishForEachOf(200, 1, 1);
        platform.settle();

        assertThat(status().breaker()).isEqualTo(BreakerState.OPEN);
        assertThat(single.calls()).hasSizeLessThan(30);
    }

    @Test
    void an_operator_may_open_it_and_reset_it() {
        platform.register(worker);
        platform.tradesense().workers().openBreaker("margin");
        publishForEachOf(10, 1, 1);
        platform.advance(Duration.ofHours(1));
        assertThat(worker.calls()).isEmpty();
        assertThat(status().breaker()).isEqualTo(BreakerState.FORCED_OPEN);
        assertThat(status().reason()).contains("opened by an operator");

        platform.tradesense().workers().resetBreaker("margin");
        platform.settle();

        assertThat(worker.processed()).hasSize(10);
        assertThat(status().state()).isEqualTo(State.RUNNING);
    }

    @Test
    void only_what_a_half_open_breaker_lets_through_is_written_down() {
        FailingParkingStore parking = new FailingParkingStore();
        parking.apply(IntStream.rangeClosed(1, 100)
                .mapToObj(account -> parked(account, account <= 50 ? SUSPECTED : Progress.FOLLOWER))
                .toList());
        outage = true;
        try (TestPlatform other = TestPlatform.with(settings -> settings.parking(parking))) {
            other.register(worker);
            other.settle();
            assertThat(other.worker("margin").breaker()).isEqualTo(BreakerState.OPEN);
            int calls = worker.calls().size();
            parking.takeChanged();

            other.advance(Duration.ofSeconds(31));

            List<String> probed = worker.called().subList(calls, worker.calls().size());
            assertThat(probed).hasSize(3);
            assertThat(parking.takeChanged())
                    .extracting(sequence -> "acc-" + sequence + "#1")
                    .containsExactlyInAnyOrderElementsOf(probed);

            outage = false;
            other.advance(Duration.ofMinutes(10));
            assertThat(worker.processed()).hasSize(100);
        }
    }

    private static ParkingChange parked(int account, Progress progress) {
        DomainEvent event = OrderPlaced.event("acc-" + account, 1);
        return new ParkingChange.Park(new ParkedEvent(
                0,
                "margin_group",
                "margin",
                event.orderKey(),
                event.source().toString(),
                event.id(),
                event,
                null,
                null,
                progress,
                VirtualClock.START,
                List.of()));
    }

    /// One whose failures are final, so that nothing of it waits for a retry.
    private RecordingWorker burying() {
        return new RecordingWorker("margin", (event, context) -> {
                    if (outage) {
                        throw new PermanentException("the database does not answer");
                    }
                })
                .with(POLICY);
    }

    @Test
    void what_waits_for_it_is_tried_although_nothing_is_parked_and_another_concurrency_is_wanted() {
        outage = true;
        platform.register(burying());
        publishForEachOf(100, 1, 1);
        platform.settle();
        assertThat(status().breaker()).isEqualTo(BreakerState.OPEN);
        platform.tradesense().workers().changeConcurrency("margin", 3);
        outage = false;

        platform.advance(Duration.ofMinutes(1));

        assertThat(status().breaker()).isEqualTo(BreakerState.CLOSED);
        assertThat(status().processed()).isEqualTo(95);
        assertThat(status().concurrency()).isEqualTo(3);
    }

    @Test
    void what_waits_for_it_is_tried_although_the_worker_drains() {
        outage = true;
        platform.register(burying());
        publishForEachOf(100, 1, 1);
        platform.settle();
        platform.tradesense().workers().drain("margin");
        assertThat(status().reason()).endsWith("held back by its circuit breaker");
        outage = false;

        platform.advance(Duration.ofMinutes(1));

        assertThat(status().isDrained()).isTrue();
        assertThat(status().deadLetters() + status().processed() + status().lag())
                .isEqualTo(100);
        assertThat(status().processed()).isPositive();
    }

    @Test
    void events_that_cannot_be_read_do_not_count() {
        RecordingWorker reading = new RecordingWorker("margin", (event, context) -> {
                    throw new ai.tradesense.events.InvalidEventException("/data", "is not for me");
                })
                .with(POLICY);
        platform.register(reading);

        publishForEachOf(100, 1, 1);
        platform.settle();

        assertThat(status().breaker()).isEqualTo(BreakerState.CLOSED);
        assertThat(platform.deadLetters()).hasSize(100);
    }
}
