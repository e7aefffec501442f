package ai.tradesense.testkit;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.Uuid7;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.transport.Published;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.WorkerStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A whole platform for tests of workers: production wiring, in memory, in virtual time. An hour of backoff
/// takes no time, and a run gives the same result every time, ids included.
///
/// ```java
/// try (TestPlatform platform = TestPlatform.inMemory()) {
///     platform.register(new MarginWorker(brokerThatIsDown));
///     platform.publish(new OrderPlaced("acc-1", …));
///     platform.advance(Duration.ofMinutes(1)); // retries after 5, 10 and 20 seconds
///     assertThat(platform.deadLetters()).hasSize(1);
/// }
/// ```
///
/// Publishing does not run workers; [#settle] and [#advance] do, in the thread that calls them. At most
/// [ai.tradesense.transport.MemoryTransport#DEFAULT_CAPACITY] events may wait between two of those calls: a
/// full transport makes publishers wait for workers, and the thread that waited would be the one that runs
/// them.
///
/// For use by one thread.
public final class TestPlatform implements AutoCloseable {
    private static final int MAX_DEAD_LETTERS = 100_000;
    private static final long ID_SEED = 1;

    private final VirtualClock clock;
    private final SteppedRuntime runtime;
    private final MeterRegistry meters;
    private final TradeSense tradesense;

    private TestPlatform(VirtualClock clock, @Nullable Long seed, UnaryOperator<TradeSense.Builder> settings) {
        this.clock = clock;
        this.runtime = seed == null ? new SteppedRuntime(clock) : new SteppedRuntime(clock, seed);
        this.meters = new SimpleMeterRegistry(SimpleConfig.DEFAULT, new VirtualMeterClock(clock));
        this.tradesense = settings.apply(TradeSense.builder()
                        .parking(new MemoryParkingStore())
                        .clock(clock)
                        .runtime(runtime)
                        .meters(meters)
                        .ids(new Uuid7(clock, new SplittableRandom(ID_SEED))))
                .build();
    }

    /// A platform with the defaults.
    public static TestPlatform inMemory() {
        return with(UnaryOperator.identity());
    }

    /// A platform with further settings, for example a registry, a store, or a transport that fails.
    public static TestPlatform with(UnaryOperator<TradeSense.Builder> settings) {
        return of(new VirtualClock(), null, settings);
    }

    /// A platform whose agents run in an order that follows from a seed, see [SteppedRuntime]. For tests over
    /// many seeds of what must not depend on luck.
    public static TestPlatform shuffled(long seed, UnaryOperator<TradeSense.Builder> settings) {
        return of(new VirtualClock(), seed, settings);
    }

    /// A platform that keeps what is published, so that it can be replayed; a worker `recorder` sees to that.
    public static TestPlatform recorded() {
        VirtualClock clock = new VirtualClock();
        return of(clock, null, recordedBy(clock));
    }

    static UnaryOperator<TradeSense.Builder> recordedBy(VirtualClock clock) {
        return builder -> builder.store(new MemoryEventStore(clock));
    }

    static TestPlatform of(VirtualClock clock, @Nullable Long seed, UnaryOperator<TradeSense.Builder> settings) {
        return new TestPlatform(clock, seed, settings);
    }

    /// The platform under test, for everything that has no short form here.
    public TradeSense tradesense() {
        return tradesense;
    }

    public VirtualClock clock() {
        return clock;
    }

    public SteppedRuntime runtime() {
        return runtime;
    }

    public MeterRegistry meters() {
        return meters;
    }

    /// Registers a worker; it sees events in the next [#settle] or [#advance].
    public void register(EventWorker worker) {
        tradesense.register(worker);
    }

    /// Publishes an event; workers see it in the next [#settle] or [#advance].
    public Published publish(EventData data) {
        return tradesense.publish(data);
    }

    /// Publishes an event; workers see it in the next [#settle] or [#advance].
    public Published publish(DomainEvent event) {
        return tradesense.publish(event);
    }

    /// Orders that stored events are given to a worker once more, all at once; it sees them in the next [#settle]
    /// or [#advance], and the operation learns a moment later what became of them. The platform needs a store,
    /// see [#recorded].
    ///
    /// @throws ai.tradesense.operations.InvalidOperationException if the worker is not to be replayed, or there is
    ///     nothing to replay
    public Operation replay(Selection.Stored selection) {
        return tradesense
                .operations()
                .order(new OperationRequest(
                        OperationKind.REPLAY, selection, Pace.UNLIMITED, "a test", "it replays", null));
    }

    /// Runs workers until nothing is left to do at this time.
    public void settle() {
        runtime.settle();
    }

    /// Lets time pass, and everything happen that is due on the way.
    public void advance(Duration duration) {
        runtime.advance(duration);
    }

    /// What was given up or quarantined, of all workers, newest first.
    public List<ParkedEvent> deadLetters() {
        return tradesense.parking().deadLetters(new DeadLetterQuery(null, null, null, null, MAX_DEAD_LETTERS));
    }

    /// What is known of a worker.
    ///
    /// @throws NoSuchElementException if there is none of that name
    public WorkerStatus worker(String name) {
        return tradesense
                .workers()
                .worker(name)
                .orElseThrow(() -> new NoSuchElementException("there is no worker '" + name + "'"));
    }

    @Override
    public void close() {
        tradesense.close();
        runtime.close();
        meters.close();
    }
}
