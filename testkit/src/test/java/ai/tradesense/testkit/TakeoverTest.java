package ai.tradesense.testkit;

import static ai.tradesense.testkit.ScriptedTransport.ONE;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.Progress;
import ai.tradesense.store.StoreException;
import ai.tradesense.worker.WorkerStatus.State;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What goes wrong, or would, when an instance takes over what another has parked. The simulation found these first.
final class TakeoverTest {
    private final ScriptedTransport transport = new ScriptedTransport();
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final RecordingWorker worker = new RecordingWorker("margin");

    private void parkElsewhere(DomainEvent event) {
        parking.apply(List.of(parked(event)));
    }

    /// An event of the worker `margin` that has failed once and is due.
    static ParkingChange parked(DomainEvent event) {
        return new ParkingChange.Park(new ParkedEvent(
                0,
                "margin_group",
                "margin",
                event.orderKey(),
                event.source().toString(),
                event.id(),
                event,
                null,
                null,
                Progress.failing(1, VirtualClock.START, VirtualClock.START),
                VirtualClock.START,
                List.of()));
    }

    /// A store of which each call comes after something that is told its name.
    static ParkingStore after(Consumer<String> first, ParkingStore store) {
        return (ParkingStore) Proxy.newProxyInstance(
                ParkingStore.class.getClassLoader(),
                new Class<?>[] {ParkingStore.class},
                (proxy, method, arguments) -> {
                    first.accept(method.getName());
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    /// The store, but for methods that fail the first time.
    private ParkingStore failingOnce(String... names) {
        Set<String> failing = new HashSet<>(List.of(names));
        Consumer<String> fails = name -> {
            if (failing.remove(name)) {
                throw new StoreException("not now", null);
            }
        };
        return after(fails, parking);
    }

    @Test
    void a_worker_with_too_much_parked_learns_which_of_it_is_its_own_to_retry() {
        parkElsewhere(OrderPlaced.event("one", 1));
        Limits limits = new Limits(1_024, 100, 100, 100, 1);
        try (TestPlatform platform = TestPlatform.with(
                settings -> settings.transport(transport).parking(parking).limits(limits))) {
            platform.register(worker);
            platform.advance(Duration.ofSeconds(10)); // it has noticed that one event waits, which is the most allowed

            transport.assign(ONE);
            platform.advance(Duration.ofSeconds(10));

            assertThat(worker.called()).containsExactly("one#1");
            assertThat(platform.worker("margin").parked()).isZero();
        }
    }

    @Test
    void a_parked_event_whose_delivery_comes_again_is_processed_once_although_the_store_failed_at_first() {
        parkElsewhere(OrderPlaced.event("one", 1));
        try (TestPlatform platform = TestPlatform.with(
                settings -> settings.transport(transport).parking(failingOnce("revision", "recent")))) {
            platform.register(worker);
            platform.advance(Duration.ofMillis(500)); // so that the next look at the store comes before the next try
            transport.assign(ONE);
            transport.deliver(OrderPlaced.event("one", 1), OrderPlaced.event("one", 2));

            platform.advance(Duration.ofSeconds(10));

            assertThat(worker.called()).containsExactly("one#1", "one#2");
        }
    }

    @Test
    void where_another_has_begun_to_work_nothing_is_settled_that_could_not_be_parked() {
        RecordingWorker failing = new RecordingWorker("margin", (event, context) -> {
            throw new IllegalStateException("not yet");
        });
        try (TestPlatform platform =
                TestPlatform.with(settings -> settings.transport(transport).parking(parking))) {
            platform.register(failing);
            transport.assign(ONE);
            platform.settle();
            parking.begin("margin_group", "another", Set.of(ONE), parking.sessions("margin_group"));

            transport.deliver(OrderPlaced.event("one", 1));
            platform.settle();
            transport.deliver(OrderPlaced.event("one", 2));
            platform.settle();

            assertThat(transport.settled()).isEmpty();
            assertThat(failing.called()).containsExactly("one#1");
            assertThat(platform.worker("margin").parked()).isZero();
            assertThat(platform.worker("margin").state()).isEqualTo(State.DOWN);
            assertThat(platform.worker("margin").reason()).contains("another instance");

            transport.lose(ONE);
            platform.settle();

            assertThat(platform.worker("margin").state()).isNotEqualTo(State.DOWN);
            assertThat(platform.worker("margin").inFlight()).isZero();
        }
    }
}
