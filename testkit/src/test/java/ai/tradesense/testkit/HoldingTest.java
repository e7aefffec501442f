package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.parking.Followers;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.transport.MemoryTransport;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A worker may keep the sequence: behind a dead letter the later events of its subject wait for an operator.
final class HoldingTest {
    private final MemoryTransport transport = new MemoryTransport();
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final Set<String> dying = new TreeSet<>();
    private final Set<String> failing = new TreeSet<>();
    private final RecordingWorker worker = worker();
    private TestPlatform platform = platform();

    private TestPlatform platform() {
        return TestPlatform.with(settings -> settings.transport(transport).parking(parking));
    }

    private RecordingWorker worker() {
        return new RecordingWorker("margin", (event, context) -> {
            if (dying.contains(event.id())) {
                throw new PermanentException("never");
            }
            if (failing.contains(event.id())) {
                throw new IllegalStateException("not yet");
            }
        }) {
            @Override
            public Followers followersOfDeadLetters() {
                return Followers.HOLD;
            }
        };
    }

    @AfterEach
    void close() {
        platform.close();
    }

    private ParkedEvent dead() {
        assertThat(platform.deadLetters()).hasSize(1);
        return platform.deadLetters().getFirst();
    }

    private void retry(ParkedEvent dead) {
        assertThat(parking.apply(List.of(new ParkingChange.Requeue(
                        dead.group(), dead.sequence(), platform.clock().instant(), null))))
                .isOne();
    }

    private void discard(ParkedEvent dead) {
        assertThat(parking.apply(List.of(new ParkingChange.Discard(
                        dead.group(), dead.sequence(), platform.clock().instant()))))
                .isOne();
    }

    @Test
    void later_events_wait_behind_a_dead_letter_and_others_go_on() {
        dying.add("acc#2");
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 4));
        platform.tradesense().publish(OrderPlaced.events("other", 1, 4));

        platform.advance(Duration.ofDays(1));
        platform.publish(OrderPlaced.event("acc", 5));
        platform.advance(Duration.ofDays(1));

        assertThat(worker.processed("acc")).containsExactly("acc#1");
        assertThat(worker.processed("other")).isEqualTo(OrderPlaced.ids("other", 1, 4));
        assertThat(platform.worker("margin").parked()).isEqualTo(3);
        assertThat(platform.worker("margin").lag())
                .as("the broker's slots are free")
                .isZero();
    }

    @Test
    void a_dead_letter_that_is_taken_out_before_anything_waits_behind_it_holds_nothing_that_comes_later() {
        dying.add("acc#1");
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));
        platform.settle();

        discard(dead());
        platform.advance(Duration.ofSeconds(2)); // it has looked
        platform.publish(OrderPlaced.event("acc", 2));
        platform.advance(Duration.ofSeconds(2));

        assertThat(worker.processed("acc")).containsExactly("acc#2");
        assertThat(platform.worker("margin").parked()).isZero();
    }

    @Test
    void a_retried_dead_letter_goes_before_those_that_waited_behind_it() {
        dying.add("acc#1");
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 40));
        platform.settle();
        dying.clear();

        retry(dead());
        platform.advance(Duration.ofSeconds(1));

        assertThat(worker.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 1, 40));
        assertThat(platform.worker("margin").parked()).isZero();
        assertThat(platform.deadLetters()).isEmpty();
    }

    @Test
    void a_retried_dead_letter_that_fails_for_good_again_holds_again() {
        dying.add("acc#1");
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        platform.settle();

        retry(dead());
        platform.advance(Duration.ofMinutes(1));

        assertThat(worker.called()).containsExactly("acc#1", "acc#1");
        assertThat(dead().failures()).hasSize(2);
    }

    @Test
    void what_waited_behind_a_discarded_dead_letter_goes_on_without_it() {
        dying.add("acc#1");
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        platform.settle();

        discard(dead());
        platform.advance(Duration.ofSeconds(1));

        assertThat(worker.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 2, 3));
        platform.publish(OrderPlaced.event("acc", 4));
        platform.settle();
        assertThat(worker.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 2, 4));
    }

    @Test
    void an_event_whose_retries_are_used_up_holds_too_and_so_does_the_next_one() {
        failing.addAll(List.of("acc#1", "acc#2"));
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        platform.advance(Duration.ofHours(1));
        assertThat(dead().id()).isEqualTo("acc#1");

        discard(dead());
        platform.advance(Duration.ofHours(1));

        assertThat(dead().id()).isEqualTo("acc#2");
        assertThat(worker.processed()).isEmpty();
        failing.clear();
        retry(dead());
        platform.advance(Duration.ofSeconds(1));
        assertThat(worker.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 2, 3));
    }

    @Test
    void a_held_subject_is_held_after_a_restart() {
        dying.add("acc#1");
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 2));
        platform.settle();
        platform.close();

        platform = platform();
        RecordingWorker second = worker();
        platform.register(second);
        platform.tradesense().publish(OrderPlaced.events("acc", 3, 3));
        platform.advance(Duration.ofHours(1));
        assertThat(second.called()).isEmpty();

        dying.clear();
        retry(dead());
        platform.advance(Duration.ofSeconds(1));
        assertThat(second.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 1, 3));
    }

    @Test
    void a_dead_letter_of_a_worker_that_does_not_hold_is_retried_while_later_events_of_its_subject_run() {
        RecordingWorker releasing = new RecordingWorker("releasing", (event, context) -> {
            if (dying.contains(event.id())) {
                throw new PermanentException("never");
            }
        });
        dying.add("acc#1");
        platform.register(releasing);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        platform.settle();
        assertThat(releasing.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 2, 3));
        dying.clear();

        retry(dead());
        platform.tradesense().publish(OrderPlaced.events("acc", 4, 6));
        platform.advance(Duration.ofSeconds(1));

        assertThat(releasing.processed("acc")).hasSize(6).contains("acc#1");
        assertThat(releasing.overlapped()).isFalse();
        assertThat(platform.worker("releasing").parked()).isZero();
    }

    @Test
    void a_retry_asked_for_while_the_worker_is_paused_waits_until_it_is_resumed() {
        dying.add("acc#1");
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 2));
        platform.settle();
        dying.clear();
        platform.tradesense().workers().pause("margin");

        retry(dead());
        platform.advance(Duration.ofMinutes(10));
        assertThat(worker.processed()).isEmpty();

        platform.tradesense().workers().resume("margin");
        platform.settle();
        assertThat(worker.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 1, 2));
    }
}
