package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// The same event is processed once, however often it comes.
final class DuplicatesTest {
    private final RecordingWorker worker = new RecordingWorker("margin");

    @Test
    void an_event_published_twice_is_processed_once() {
        try (TestPlatform platform = TestPlatform.inMemory()) {
            platform.register(worker);
            DomainEvent event = OrderPlaced.event("acc", 1);

            assertThat(platform.publish(event).duplicate()).isFalse();
            platform.settle();
            assertThat(platform.publish(event).duplicate()).isTrue();
            platform.settle();

            assertThat(worker.called()).containsExactly("acc#1");
        }
    }

    @Test
    void an_event_that_a_transport_delivers_twice_is_processed_once_and_settled_twice() {
        ScriptedTransport transport = new ScriptedTransport();
        try (TestPlatform platform = TestPlatform.with(settings -> settings.transport(transport))) {
            platform.register(worker);
            transport.assign(ScriptedTransport.ONE);
            DomainEvent event = OrderPlaced.event("acc", 1);
            transport.deliver(event, OrderPlaced.event("acc", 2), event);
            transport.deliver(event);

            platform.settle();

            assertThat(worker.called()).containsExactly("acc#1", "acc#2");
            assertThat(transport.settled()).containsExactlyInAnyOrder("acc#1", "acc#1", "acc#1", "acc#2");
            assertThat(platform.meters()
                            .get("tradesense.worker.duplicates")
                            .functionCounter()
                            .count())
                    .isEqualTo(2);
        }
    }

    @Test
    void an_event_that_comes_again_while_it_is_parked_is_parked_once() {
        ScriptedTransport transport = new ScriptedTransport();
        RecordingWorker failsFirst = new RecordingWorker("margin", (event, context) -> {
            if (context.attempt() == 1) {
                throw new IllegalStateException("not yet");
            }
        });
        try (TestPlatform platform = TestPlatform.with(settings -> settings.transport(transport))) {
            platform.register(failsFirst);
            transport.assign(ScriptedTransport.ONE);
            DomainEvent event = OrderPlaced.event("acc", 1);
            transport.deliver(event);
            platform.settle();
            transport.deliver(event);
            platform.settle();
            assertThat(platform.worker("margin").parked()).isOne();

            platform.advance(Duration.ofSeconds(5));

            assertThat(failsFirst.processed()).containsExactly("acc#1");
            assertThat(failsFirst.calls()).hasSize(2);
            transport.deliver(event);
            platform.settle();
            assertThat(failsFirst.calls()).hasSize(2);
            assertThat(transport.settled()).hasSize(3);
        }
    }
}
