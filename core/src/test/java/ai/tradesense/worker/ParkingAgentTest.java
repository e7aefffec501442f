package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.Limits;
import ai.tradesense.events.Upcasters;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.store.MemoryScheduleStore;
import ai.tradesense.transport.MemoryTransport;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class ParkingAgentTest {
    private static final int CLOSINGS = 20_000;

    @Test
    void who_asks_whether_it_is_quiet_does_not_keep_it_from_finishing() throws InterruptedException {
        InstantSource clock = InstantSource.system();
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
            ParkingAgent parking =
                    new ParkingAgent(spec, store, clock, new Dispatcher(spec, platform, new Silence(clock)));
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
            asking.join();

            assertThat(finished).isEqualTo(CLOSINGS);
        }
    }
}
