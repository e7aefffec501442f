package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.Limits;
import ai.tradesense.events.Upcasters;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.store.MemoryScheduleStore;
import ai.tradesense.transport.MemoryTransport;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class ParkingAgentTest {
    private static final int CLOSINGS = 20_000;

    private static void withAgent(InstantSource clock, Consumer<ParkingAgent> test) {
        MemoryParkingStore store = new MemoryParkingStore();
        WorkerSpec spec =
                WorkerSpec.of(Worker.named("margin").on("*", (_, _) -> {}).build());
        try (TradeSense bus = TradeSense.builder().build();
                ThreadRuntime runtime = new ThreadRuntime(clock)) {
            Platform platform = new Platform(
                    new MemoryTransport(),
                    store,
                    new MemoryScheduleStore(),
                    null,
                    new Upcasters(List.of()),
                    bus,
                    bus,
                    runtime,
                    clock,
                    Limits.DEFAULT,
                    new SimpleMeterRegistry(),
                    new Randomness(new SplittableRandom(1)),
                    "one");
            test.accept(new ParkingAgent(spec, store, clock, new Dispatcher(spec, platform, new Silence(clock))));
        }
    }

    @Test
    void an_order_that_is_durable_is_followed_although_memory_was_short_then() {
        AtomicInteger enoughFor = new AtomicInteger(Integer.MAX_VALUE);
        InstantSource clock = () -> {
            if (enoughFor.decrementAndGet() == 0) {
                throw new OutOfMemoryError("Java heap space");
            }
            return Instant.EPOCH;
        };
        withAgent(clock, parking -> {
            ParkingOrder.Mark mark = parking.mark();
            enoughFor.set(2); // looks at the clock: the step's own, and the one before orders are followed
            assertThatThrownBy(parking::doWork).isInstanceOf(OutOfMemoryError.class);
            assertThat(mark.isPassed()).isFalse();
            assertThat(parking.isQuiet()).isFalse();

            parking.doWork();

            assertThat(mark.isPassed()).isTrue();
            assertThat(parking.isQuiet()).isTrue();
        });
    }

    @Test
    void who_asks_whether_it_is_quiet_does_not_keep_it_from_finishing() {
        withAgent(InstantSource.system(), parking -> {
            AtomicBoolean over = new AtomicBoolean();
            Thread asking = Thread.ofPlatform().start(() -> {
                while (!over.get()) {
                    parking.isQuiet();
                }
            });

            int finished = 0;
            for (int i = 0; i < CLOSINGS; i++) {
                finished += parking.finish() ? 1 : 0;
            }
            over.set(true);
            LaneProcessor.join(asking);

            assertThat(finished).isEqualTo(CLOSINGS);
        });
    }
}
