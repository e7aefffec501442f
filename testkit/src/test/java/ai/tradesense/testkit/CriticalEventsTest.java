package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.worker.WorkerStatus.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Critical events, room for what waits, and what operators change while a worker runs.
final class CriticalEventsTest {
    private static RecordingWorker single(RecordingWorker.Behaviour behaviour) {
        return new RecordingWorker("margin", behaviour) {
            @Override
            public int concurrency() {
                return 1;
            }
        };
    }

    @Test
    void a_critical_event_goes_before_those_of_other_subjects_and_behind_its_own() {
        RecordingWorker worker = single((event, context) -> {});
        try (TestPlatform platform = TestPlatform.inMemory()) {
            platform.register(worker);
            List<DomainEvent> events = new ArrayList<>();
            for (int number = 1; number <= 3; number++) {
                events.add(OrderPlaced.event("a", number));
                events.add(OrderPlaced.event("b", number));
                events.add(OrderPlaced.event("c", number));
            }
            events.add(OrderPlaced.critical("b", 4));
            events.add(OrderPlaced.event("b", 5));
            events.add(OrderPlaced.critical("d", 1));
            platform.tradesense().publish(events);

            platform.settle();

            assertThat(worker.processed().subList(0, 5)).containsExactly("b#1", "b#2", "b#3", "b#4", "d#1");
            assertThat(worker.processed("b")).isEqualTo(OrderPlaced.ids("b", 1, 5));
            assertThat(worker.processed("a")).isEqualTo(OrderPlaced.ids("a", 1, 3));
        }
    }

    @Test
    void a_worker_with_too_many_parked_events_takes_no_more_until_there_is_room() {
        boolean[] failing = {true};
        RecordingWorker worker = single((event, context) -> {
            if (failing[0]) {
                throw new IllegalStateException("not yet");
            }
        });
        try (TestPlatform platform =
                TestPlatform.with(settings -> settings.limits(new Limits(1_024, 100, 10, 5, 20)))) {
            platform.register(worker);
            for (int batch = 0; batch < 10; batch++) {
                platform.tradesense().publish(OrderPlaced.events("acc", 1 + batch * 10, 10 + batch * 10));
            }
            platform.settle();
            assertThat(platform.worker("margin").parked()).isBetween(20L, 30L);
            assertThat(platform.worker("margin").state()).isEqualTo(State.DEGRADED);
            assertThat(platform.worker("margin").reason()).contains("takes no events, because");
            failing[0] = false;

            platform.advance(Duration.ofMinutes(1));

            assertThat(worker.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 1, 100));
            assertThat(platform.worker("margin").parked()).isZero();
        }
    }

    @Test
    void concurrency_is_changed_while_events_flow_and_keeps_their_order() {
        RecordingWorker worker = new RecordingWorker("margin");
        try (TestPlatform platform = TestPlatform.shuffled(7, settings -> settings)) {
            platform.register(worker);
            for (int number = 1; number <= 60; number++) {
                for (int account = 0; account < 10; account++) {
                    platform.publish(OrderPlaced.event("acc-" + account, number));
                }
                platform.runtime().round();
                if (number % 10 == 0) {
                    platform.tradesense().workers().changeConcurrency("margin", 1 + number % 7);
                }
            }
            platform.advance(Duration.ofSeconds(1)); // so that it finds its lanes idle

            assertThat(platform.worker("margin").concurrency()).isEqualTo(1 + 60 % 7);
            for (int account = 0; account < 10; account++) {
                assertThat(worker.processed("acc-" + account)).isEqualTo(OrderPlaced.ids("acc-" + account, 1, 60));
            }
            assertThat(worker.overlapped()).isFalse();
        }
    }
}
