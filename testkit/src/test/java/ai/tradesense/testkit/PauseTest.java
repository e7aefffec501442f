package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.tradesense.worker.WorkerStatus;
import ai.tradesense.worker.WorkerStatus.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A paused worker takes nothing, and loses nothing.
final class PauseTest {
    private final TestPlatform platform = TestPlatform.inMemory();
    private final Set<String> failing = new TreeSet<>();
    private final RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
        if (failing.contains(event.id())) {
            throw new IllegalStateException("not yet");
        }
    });

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void a_paused_worker_takes_no_events_until_it_is_resumed() {
        platform.register(worker);
        platform.tradesense().workers().pause("margin");
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));

        platform.advance(Duration.ofHours(1));
        assertThat(worker.called()).isEmpty();
        assertThat(platform.worker("margin").state()).isEqualTo(State.PAUSED);
        assertThat(platform.worker("margin").lag()).isEqualTo(3);

        platform.tradesense().workers().resume("margin");
        platform.settle();
        assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
        assertThat(platform.worker("margin").state()).isEqualTo(State.RUNNING);
    }

    @Test
    void a_paused_worker_retries_nothing_until_it_is_resumed() {
        platform.register(worker);
        failing.add("acc#1");
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        platform.settle();
        platform.tradesense().workers().pause("margin");

        platform.advance(Duration.ofHours(1));
        assertThat(worker.calls()).hasSize(1);

        failing.clear();
        platform.tradesense().workers().resume("margin");
        platform.settle();
        assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
    }

    @Test
    void a_worker_that_is_down_says_besides_that_it_is_paused() {
        FailingParkingStore parking = new FailingParkingStore();
        try (TestPlatform failing = TestPlatform.with(settings -> settings.parking(parking))) {
            failing.register(worker);
            failing.tradesense().workers().pause("margin");
            parking.fail(true);

            WorkerStatus status = failing.worker("margin");

            assertThat(status.state()).isEqualTo(State.DOWN);
            assertThat(status.isPaused()).isTrue();
            assertThat(status.reason()).isEqualTo("the disk is full, and paused by an operator");
            parking.fail(false);
            failing.tradesense().workers().resume("margin");
            assertThat(failing.worker("margin").isPaused()).isFalse();
        }
    }

    @Test
    void a_worker_that_drains_finishes_what_it_has_and_says_when_nothing_is_at_hand() {
        platform.register(new RecordingWorker("slow", (event, context) -> {
            if (event.id().equals("acc#1")) {
                drains("slow"); // an operator does, while the handler runs
            }
        }));
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));

        platform.settle();

        assertThat(platform.worker("slow").processed()).as("all that was taken").isEqualTo(3);
        assertThat(platform.worker("slow").isDrained()).isTrue();
        platform.publish(OrderPlaced.event("acc", 4));
        platform.advance(Duration.ofHours(1));
        assertThat(platform.worker("slow").processed()).isEqualTo(3);
        assertThat(platform.worker("slow").isDrained()).isTrue();
        platform.tradesense().workers().resume("slow");
        platform.settle();
        assertThat(platform.worker("slow").processed()).isEqualTo(4);
        assertThat(platform.worker("slow").state()).isEqualTo(State.RUNNING);
    }

    private void drains(String name) {
        platform.tradesense().workers().drain(name);
        assertThat(platform.worker(name).state()).isEqualTo(State.PAUSED);
        assertThat(platform.worker(name).isDrained()).isFalse();
        assertThat(platform.worker(name).reason()).isEqualTo("draining: 3 events at hand");
    }

    @Test
    void a_worker_is_not_drained_while_a_retry_is_under_way() {
        List<String> said = new ArrayList<>();
        platform.register(new RecordingWorker("slow", (event, context) -> {
            if (context.attempt() == 1) {
                throw new IllegalStateException("not yet");
            }
            platform.tradesense().workers().drain("slow");
            said.add(platform.worker("slow").reason());
        }));
        platform.publish(OrderPlaced.event("acc", 1));

        platform.advance(Duration.ofSeconds(5));

        assertThat(said).containsExactly("draining: a retry is under way");
        assertThat(platform.worker("slow").isDrained()).isTrue();
        assertThat(platform.worker("slow").parked()).isZero();
    }

    @Test
    void what_is_parked_stays_parked_while_a_worker_drains() {
        platform.register(worker);
        failing.add("acc#1");
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        platform.settle();

        platform.tradesense().workers().drain("margin");
        platform.advance(Duration.ofHours(1));

        assertThat(worker.calls()).hasSize(1);
        assertThat(platform.worker("margin").isDrained()).isTrue();
        assertThat(platform.worker("margin").parked()).isEqualTo(3);
    }

    @Test
    void pausing_one_worker_does_not_concern_another() {
        RecordingWorker other = new RecordingWorker("audit");
        platform.register(worker);
        platform.register(other);
        platform.tradesense().workers().pause("margin");
        platform.publish(OrderPlaced.event("acc", 1));

        platform.settle();

        assertThat(other.processed()).containsExactly("acc#1");
        assertThat(worker.processed()).isEmpty();
    }

    @Test
    void a_worker_paused_while_its_transport_is_out_of_order_rests() {
        ScriptedTransport transport = new ScriptedTransport();
        try (TestPlatform scripted = TestPlatform.with(settings -> settings.transport(transport))) {
            scripted.register(worker);
            transport.failPolls(1);
            transport.assign(ScriptedTransport.ONE);
            transport.deliver(OrderPlaced.event("acc", 1));
            scripted.settle();
            scripted.tradesense().workers().pause("margin");

            scripted.advance(Duration.ofMinutes(1)); // would not come to rest if it kept asking

            scripted.tradesense().workers().resume("margin");
            scripted.settle();
            assertThat(worker.processed()).containsExactly("acc#1");
        }
    }

    @Test
    void who_is_not_there_cannot_be_paused() {
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> platform.tradesense().workers().pause("nobody"))
                .withMessageContaining("nobody");
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> platform.tradesense().workers().resume("nobody"))
                .withMessageContaining("nobody");
    }
}
