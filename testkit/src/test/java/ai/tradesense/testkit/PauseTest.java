package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.tradesense.worker.WorkerStatus.State;
import java.time.Duration;
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
