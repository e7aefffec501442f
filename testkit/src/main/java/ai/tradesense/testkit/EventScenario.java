package ai.tradesense.testkit;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.operations.Selection;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.transport.Published;
import ai.tradesense.worker.EventWorker;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A test of workers, told as a scenario: given these events, when that is published and so much time passes, then
/// this was published, processed, parked or given up.
///
/// ```java
/// final class GreeterTest {
///     @RegisterExtension
///     final EventScenario scenario = EventScenario.of(new Greeter());
///
///     @Test
///     void new_users_are_greeted() {
///         scenario.when(new UserRegistered("ada"));
///
///         scenario.then().published(new WelcomeSent("ada"));
///     }
/// }
/// ```
///
/// The workers run on production wiring, with dispatch, retries, parking and dead letters, in memory and in virtual
/// time. Every step returns when nobody has anything left to do at that time: nothing is polled for and nothing
/// sleeps. What does not come to an end is refused with the name of who is busy, see [StillBusyException].
///
/// As a JUnit extension it starts anew for every test. Without JUnit it is closed by hand, best in a `try`. For use
/// by one thread; handlers run on another.
public final class EventScenario implements AfterEachCallback, AutoCloseable {
    /// How long, in real time, a step may take unless told otherwise.
    public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(10);

    private static final int SHOWN_FRAMES = 12;

    private final List<EventWorker> workers;
    private UnaryOperator<TradeSense.Builder> settings = UnaryOperator.identity();
    private Duration patience = DEFAULT_PATIENCE;
    private @Nullable Long seed;
    private boolean recorded;
    private @Nullable Stage stage;

    /// One run of the scenario.
    private static final class Stage {
        private final ScenarioTransport transport = new ScenarioTransport();
        private final MemoryParkingStore parking = new MemoryParkingStore();
        private final TestPlatform platform;
        private final Set<String> byTest = new HashSet<>();
        private int given; // events that were there before
        private @Nullable StillBusyException refusal;

        Stage(EventScenario scenario) {
            VirtualClock clock = new VirtualClock();
            UnaryOperator<TradeSense.Builder> store =
                    scenario.recorded ? TestPlatform.recordedBy(clock) : UnaryOperator.identity();
            this.platform = TestPlatform.of(
                    clock,
                    scenario.seed,
                    builder -> store.apply(scenario.settings.apply(builder))
                            .transport(transport)
                            .parking(parking));
        }
    }

    private EventScenario(List<EventWorker> workers) {
        this.workers = workers;
    }

    /// A scenario with these workers, registered in this order.
    public static EventScenario of(EventWorker... workers) {
        return new EventScenario(List.of(workers));
    }

    /// Has the platform built with further settings, such as a registry or upcasters. Transport, parking, clock and
    /// runtime remain the scenario's.
    public EventScenario with(UnaryOperator<TradeSense.Builder> further) {
        requireNotBegun();
        UnaryOperator<TradeSense.Builder> before = settings;
        settings = builder -> further.apply(before.apply(builder));
        return this;
    }

    /// Has agents run in an order that follows from a seed, to look for what depends on luck.
    public EventScenario shuffled(long orderSeed) {
        requireNotBegun();
        seed = orderSeed;
        return this;
    }

    /// Keeps what is published, so that it can be [#replay]ed.
    public EventScenario recorded() {
        requireNotBegun();
        recorded = true;
        return this;
    }

    /// How long, in real time, a step may take before it is refused; [#DEFAULT_PATIENCE] unless set.
    public EventScenario patience(Duration longest) {
        requireNotBegun();
        patience = longest;
        return this;
    }

    private void requireNotBegun() {
        if (stage != null) {
            throw new IllegalStateException("the scenario has begun; settings come before its first step");
        }
    }

    private Stage stage() {
        Stage running = stage;
        if (running == null) {
            running = new Stage(this);
            stage = running;
            workers.forEach(running.platform::register);
        }
        return running;
    }

    /// Lets events happen, and workers react to them, before what is tested: [Then#published] and [Then#processed]
    /// leave out everything up to here.
    public EventScenario given(EventData... events) {
        return given(scenario -> scenario.when(events));
    }

    /// Lets events happen before what is tested.
    public EventScenario given(DomainEvent... events) {
        return given(scenario -> scenario.when(events));
    }

    private EventScenario given(Consumer<EventScenario> before) {
        before.accept(this);
        stage().given = stage().transport.sent().size();
        return this;
    }

    /// Publishes events, in order, and lets workers react.
    public EventScenario when(EventData... events) {
        Stage running = stage();
        return when(List.of(events).stream()
                .map(data -> running.platform.tradesense().event(data).build())
                .toArray(DomainEvent[]::new));
    }

    /// Publishes events, in order, and lets workers react.
    public EventScenario when(DomainEvent... events) {
        Stage running = stage();
        requireNobodyBusy(running);
        for (Published published : running.platform.tradesense().publish(List.of(events))) {
            running.byTest.add(published.id());
        }
        return settle(running, running.platform::settle);
    }

    /// Has what was published given to a worker once more, as operators may, and lets workers react: to the first
    /// 1,000 events at once, to the others as time passes. The scenario is to be [#recorded].
    ///
    /// @throws ai.tradesense.operations.InvalidOperationException if the worker is not to be replayed, or there is
    ///     nothing to replay
    public EventScenario replay(Selection.Stored selection) {
        Stage running = stage();
        requireNobodyBusy(running);
        running.platform.replay(selection);
        return settle(running, running.platform::settle);
    }

    /// Lets time pass and everything happen that is due on the way, such as retries.
    public EventScenario advance(Duration duration) {
        Stage running = stage();
        requireNobodyBusy(running);
        return settle(running, () -> running.platform.advance(duration));
    }

    /// Looks at what has happened.
    public Then then() {
        Stage running = stage();
        requireNobodyBusy(running);
        return new Then(workers, running.transport, running.parking, running.byTest, running.given, now());
    }

    /// The scenario's time.
    public Instant now() {
        return stage().platform.clock().instant();
    }

    /// The platform below, for everything that has no word here: pausing a worker, its status, its meters.
    public TestPlatform platform() {
        return stage().platform;
    }

    private static void requireNobodyBusy(Stage running) {
        if (running.refusal != null) {
            throw running.refusal;
        }
    }

    /// Runs agents on a thread of their own, so that one that does not return holds up nobody.
    private EventScenario settle(Stage running, Runnable step) {
        FutureTask<Void> task = new FutureTask<>(step, null);
        Thread thread = Thread.ofVirtual().name("scenario").start(task);
        try {
            task.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            return this;
        } catch (TimeoutException stuck) {
            running.refusal = stillBusy(running, thread);
            thread.interrupt();
            throw running.refusal;
        } catch (ExecutionException failed) {
            running.refusal = notAtRest(running, failed);
            throw running.refusal;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while workers ran", interrupted);
        }
    }

    private StillBusyException stillBusy(Stage running, Thread thread) {
        String agent = running.platform.runtime().stepping();
        String busy = agent == null ? "nobody in particular" : agent;
        StringBuilder message = new StringBuilder(busy)
                .append(" has not come to an end after ")
                .append(patience)
                .append(" of real time. It is here:");
        List<StackTraceElement> frames = List.of(thread.getStackTrace());
        frames.stream()
                .limit(SHOWN_FRAMES)
                .forEach(frame -> message.append("\n    at ").append(frame));
        return new StillBusyException(busy, message.append(story(running)).toString(), null);
    }

    private StillBusyException notAtRest(Stage running, ExecutionException failed) {
        Throwable cause = failed.getCause();
        String message = String.valueOf(cause == null ? failed.getMessage() : cause.getMessage());
        return new StillBusyException(message, message + story(running), cause);
    }

    private String story(Stage running) {
        return "\n" + new Then(workers, running.transport, running.parking, running.byTest, running.given, now());
    }

    /// Ends this run; the next step begins another.
    @Override
    public void close() {
        Stage ended = stage;
        stage = null;
        if (ended != null && ended.refusal == null) { // who is still busy would be waited for
            ended.platform.close();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close();
    }
}
