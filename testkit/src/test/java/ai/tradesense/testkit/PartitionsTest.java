package ai.tradesense.testkit;

import static ai.tradesense.testkit.ScriptedTransport.ONE;
import static ai.tradesense.testkit.ScriptedTransport.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Where a transport has several partitions and moves them between instances, each instance works on its own.
final class PartitionsTest {
    private final ScriptedTransport transport = new ScriptedTransport();
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final TestPlatform platform =
            TestPlatform.with(settings -> settings.transport(transport).parking(parking));
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

    /// Another instance of the group has parked an event.
    private void parkElsewhere(String subject) {
        parking.apply(List.of(new ParkingChange.Park(new ParkedEvent(
                0,
                "margin_group",
                "margin",
                OrderPlaced.event(subject, 1).orderKey(),
                "/tests",
                subject + "#1",
                OrderPlaced.event(subject, 1),
                null,
                null,
                Progress.failing(1, VirtualClock.START, VirtualClock.START.plusSeconds(5)),
                VirtualClock.START,
                List.of()))));
    }

    @Test
    void parked_subjects_of_partitions_that_are_somebody_elses_are_left_alone() {
        parkElsewhere("one");
        parkElsewhere("two");
        platform.register(worker);
        transport.assign(ONE);

        platform.advance(Duration.ofMinutes(1));

        assertThat(worker.called()).containsExactly("one#1");
        transport.assign(TWO);
        platform.settle();
        assertThat(worker.called()).containsExactly("one#1", "two#1");
    }

    @Test
    void parked_subjects_of_a_partition_that_stays_are_retried_in_order_after_another_was_lost() {
        platform.register(worker);
        transport.assign(ONE, TWO);
        failing.addAll(List.of("one#1", "two#1"));
        transport.deliver(OrderPlaced.event("one", 1), OrderPlaced.event("two", 1));
        platform.settle();
        failing.clear();

        transport.lose(TWO);
        transport.deliver(OrderPlaced.event("one", 2));
        platform.settle();
        assertThat(worker.processed()).as("it waits behind the first").isEmpty();
        platform.advance(Duration.ofMinutes(1));

        assertThat(worker.processed()).containsExactly("one#1", "one#2");
        transport.assign(TWO);
        platform.settle();
        assertThat(worker.processed("two")).containsExactly("two#1");
    }

    @Test
    void events_seen_before_a_partition_was_lost_are_processed_when_it_comes_back() {
        platform.register(worker);
        transport.assign(ONE);
        transport.deliver(OrderPlaced.event("one", 1));
        platform.settle();
        transport.lose(ONE);
        transport.assign(ONE);
        transport.deliver(OrderPlaced.event("one", 1), OrderPlaced.event("one", 2));

        platform.settle();

        assertThat(worker.called()).containsExactly("one#1", "one#1", "one#2");
        assertThat(transport.settled()).hasSize(3);
    }
}
