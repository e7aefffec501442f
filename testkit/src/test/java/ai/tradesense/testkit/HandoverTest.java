package ai.tradesense.testkit;

import static ai.tradesense.testkit.ScriptedTransport.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.runtime.ThreadRuntime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What runs when its partition is lost is let end, and counts: the next owner is told before nothing of it is left.
/// On real threads, while the clock stands still.
final class HandoverTest {
    private static final String GROUP = "margin_group";

    private final ScriptedTransport transport = new ScriptedTransport();
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final VirtualClock clock = new VirtualClock();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    private void holdsUp() {
        begun.countDown();
        Threads.awaitUninterruptibly(mayEnd);
    }

    @Test
    void a_retry_that_runs_when_its_partition_is_lost_counts() throws InterruptedException {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> holdsUp());
        losesThePartitionWhileHeldUp(worker, parking);
    }

    @Test
    void a_retry_that_has_ended_and_is_not_durable_when_its_partition_is_lost_counts() throws InterruptedException {
        AtomicBoolean ended = new AtomicBoolean();
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> ended.set(true));
        Consumer<String> slowsDown = name -> {
            if (name.equals("apply") && ended.getAndSet(false)) {
                holdsUp();
            }
        };
        losesThePartitionWhileHeldUp(worker, TakeoverTest.after(slowsDown, parking));
    }

    private void losesThePartitionWhileHeldUp(RecordingWorker worker, ParkingStore store) throws InterruptedException {
        parking.apply(List.of(TakeoverTest.parked(OrderPlaced.event("one", 1))));
        try (ThreadRuntime runtime = new ThreadRuntime(clock);
                TradeSense platform = TradeSense.builder()
                        .clock(clock)
                        .runtime(runtime)
                        .transport(transport)
                        .parking(store)
                        .build()) {
            platform.register(worker);
            transport.assign(ONE);
            begun.await();
            transport.lose(ONE);
            await("the loss that is noticed").until(transport::isPlayed);
            clock.advance(Duration.ofMillis(21));
            assertThat(parking.sessions(GROUP)).containsOnlyKeys(ONE);

            mayEnd.countDown();
            await("the end of what ran").until(() -> parking.counts(GROUP).waiting() == 0);
            await("the end of the work").until(() -> {
                clock.advance(Duration.ofMillis(21));
                return parking.sessions(GROUP).isEmpty();
            });
            assertThat(worker.called()).containsExactly("one#1");
        } finally {
            mayEnd.countDown();
        }
    }
}
