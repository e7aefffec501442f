package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.testkit.RecordingWorker.Call;
import ai.tradesense.transport.MemoryTransport;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What one platform began another goes on with, if transport and parking store are the same.
final class RestartTest {
    private final MemoryTransport transport = new MemoryTransport();
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final Set<String> failing = new TreeSet<>();

    private TestPlatform platform() {
        return TestPlatform.with(settings -> settings.transport(transport).parking(parking));
    }

    private RecordingWorker worker() {
        return new RecordingWorker("margin", (event, context) -> {
            if (failing.contains(event.id())) {
                throw new IllegalStateException("not yet");
            }
        });
    }

    @Test
    void parked_subjects_go_on_where_they_were() {
        failing.add("acc#1");
        try (TestPlatform first = platform()) {
            first.register(worker());
            first.tradesense().publish(OrderPlaced.events("acc", 1, 3));
            first.advance(Duration.ofSeconds(5)); // two attempts; the next one is due at 15 s
        }
        RecordingWorker worker = worker();
        try (TestPlatform second = platform()) {
            second.register(worker);
            second.tradesense().publish(OrderPlaced.events("acc", 4, 5));
            second.tradesense().publish(OrderPlaced.events("other", 1, 2));

            second.advance(Duration.ofSeconds(15).minusNanos(1));
            assertThat(worker.called()).isEqualTo(OrderPlaced.ids("other", 1, 2));
            failing.clear();
            second.advance(Duration.ofNanos(1));

            assertThat(worker.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 1, 5));
            assertThat(worker.calls()).contains(new Call("acc#1", 3, VirtualClock.START.plusSeconds(15)));
            assertThat(second.worker("margin").parked()).isZero();
        }
    }

    @Test
    void what_was_processed_does_not_come_again() {
        RecordingWorker worker = worker();
        try (TestPlatform first = platform()) {
            first.register(worker);
            first.tradesense().publish(OrderPlaced.events("acc", 1, 3));
            first.settle();
        }
        try (TestPlatform second = platform()) {
            second.register(worker);
            second.tradesense().publish(OrderPlaced.events("acc", 4, 4));
            second.settle();
        }

        assertThat(worker.called()).isEqualTo(OrderPlaced.ids("acc", 1, 4));
    }

    @Test
    void what_was_delivered_and_not_begun_comes_again() {
        RecordingWorker worker = worker();
        TestPlatform first = platform();
        first.register(worker);
        first.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        while (first.worker("margin").inFlight() == 0) {
            first.runtime().round();
        }
        first.close();
        assertThat(worker.called()).isEmpty();

        try (TestPlatform second = platform()) {
            second.register(worker);
            second.settle();
        }

        assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
    }

    @Test
    void a_dead_letter_whose_delivery_comes_again_is_not_processed_again() {
        failing.add("acc#1");
        ScriptedTransport scripted = new ScriptedTransport();
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            throw new ai.tradesense.retry.PermanentException("never");
        });
        try (TestPlatform first =
                TestPlatform.with(settings -> settings.transport(scripted).parking(parking))) {
            first.register(worker);
            scripted.assign(ScriptedTransport.ONE);
            scripted.deliver(OrderPlaced.event("acc", 1));
            first.settle();
            assertThat(first.deadLetters()).hasSize(1);
        }
        ScriptedTransport again = new ScriptedTransport();
        try (TestPlatform second =
                TestPlatform.with(settings -> settings.transport(again).parking(parking))) {
            second.register(worker);
            again.assign(ScriptedTransport.ONE);
            again.deliver(OrderPlaced.event("acc", 1), OrderPlaced.event("acc", 2));
            second.settle();

            assertThat(worker.called()).containsExactly("acc#1", "acc#2");
            assertThat(again.settled()).containsExactlyInAnyOrder("acc#1", "acc#2");
            assertThat(second.deadLetters()).extracting(ParkedEvent::id).containsExactly("acc#2", "acc#1");
        }
    }

    @Test
    void a_parked_event_whose_delivery_comes_again_keeps_its_place_and_its_attempts() {
        failing.addAll(List.of("acc#1"));
        ScriptedTransport scripted = new ScriptedTransport();
        try (TestPlatform first =
                TestPlatform.with(settings -> settings.transport(scripted).parking(parking))) {
            first.register(worker());
            scripted.assign(ScriptedTransport.ONE);
            scripted.deliver(OrderPlaced.events("acc", 1, 2));
            first.settle();
        }
        ScriptedTransport again = new ScriptedTransport();
        RecordingWorker worker = worker();
        try (TestPlatform second =
                TestPlatform.with(settings -> settings.transport(again).parking(parking))) {
            second.register(worker);
            again.assign(ScriptedTransport.ONE);
            again.deliver(OrderPlaced.events("acc", 1, 3));
            second.settle();
            failing.clear();

            second.advance(Duration.ofSeconds(5));

            assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
            assertThat(worker.calls().getFirst().attempt()).isEqualTo(2);
        }
    }

    @Test
    void a_worker_that_was_deregistered_goes_on_where_it_was_when_it_is_registered_again() {
        RecordingWorker worker = worker();
        try (TestPlatform platform = platform()) {
            platform.register(worker);
            platform.publish(OrderPlaced.event("acc", 1));
            platform.settle();
            platform.tradesense().workers().deregister("margin");
            platform.tradesense().publish(OrderPlaced.events("acc", 2, 3));
            platform.settle();
            assertThat(worker.processed()).hasSize(1);

            platform.register(worker);
            platform.settle();

            assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
        }
    }

    @Test
    void a_second_platform_stands_by_and_takes_over() {
        RecordingWorker ofFirst = worker();
        RecordingWorker ofSecond = worker();
        try (TestPlatform second = platform()) {
            TestPlatform first = platform();
            first.register(ofFirst);
            failing.add("acc#2");
            first.tradesense().publish(OrderPlaced.events("acc", 1, 4));
            first.settle();
            second.register(ofSecond);
            second.advance(Duration.ofMinutes(1));
            assertThat(ofSecond.called()).isEmpty();

            failing.clear();
            first.close();
            second.settle();

            assertThat(ofFirst.processed()).containsExactly("acc#1");
            assertThat(ofSecond.processed()).containsExactly("acc#2", "acc#3", "acc#4");
        }
    }
}
