package ai.tradesense.testkit;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.Uuid7;
import ai.tradesense.operations.MemoryOperationStore;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.operations.Operations;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.ParkingStore.DeadLetterSummary;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.parking.Progress;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentRuntime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Operators at work on dead letters, in virtual time. The worker is reduced to what operations see of one:
/// it takes the first event of each subject that waits, and either processes it or gives it up.
final class OperationsBench implements AutoCloseable {
    static final String GROUP = "margin_group";
    static final String WORKER = "margin";
    static final String OPERATOR = "alice";

    final VirtualClock clock = new VirtualClock();
    final SteppedRuntime runtime = new SteppedRuntime(clock);
    final ParkingStore parking = new MemoryParkingStore();
    final OperationStore store = new MemoryOperationStore(parking);
    final List<String> processed = new ArrayList<>();
    final List<DomainEvent> handled = new ArrayList<>();
    private final Uuid7 ids = new Uuid7(clock, new SplittableRandom(7));
    private final SimulatedWorker worker = new SimulatedWorker();
    Operations operations = newOperations();

    private long parked;

    /// Which events its handler can do nothing with.
    Predicate<DomainEvent> refuses = _ -> false;

    /// Whether it takes no events: paused, or its breaker is open, or there is no such worker.
    boolean resting;

    OperationsBench() {
        runtime.start(worker, AgentRuntime.Kind.HANDLER);
    }

    Operations newOperations() {
        return new Operations(store, parking, null, EventRegistry.open(), ids, runtime, clock);
    }

    /// The process ends, in good order or not, and another begins.
    void restart() {
        operations.close();
        operations = newOperations();
    }

    private final class SimulatedWorker implements Agent {
        @Override
        public String name() {
            return WORKER;
        }

        @Override
        public int doWork() {
            if (resting) {
                return 0;
            }
            int worked = 0;
            for (WaitingSubject subject : parking.waiting(GROUP)) {
                if (!subject.held()) {
                    worked += handle(parking.head(GROUP, subject.key(), 1).getFirst());
                }
            }
            return worked;
        }

        private int handle(ParkedEvent head) {
            DomainEvent event = Objects.requireNonNull(head.event());
            handled.add(event);
            if (refuses.test(event)) {
                Failure failure = Failure.of(1, clock.instant(), new IllegalStateException("refused again"));
                parking.apply(List.of(new ParkingChange.Bury(GROUP, head.sequence(), 1, failure, Followers.HOLD)));
            } else {
                processed.add(event.id());
                parking.apply(List.of(new ParkingChange.Complete(GROUP, head.sequence())));
            }
            return 1;
        }

        /// Looks every second for what an operator changed.
        @Override
        public Instant wakeAt() {
            return clock.instant().plusSeconds(1);
        }
    }

    void advance(Duration duration) {
        runtime.advance(duration);
    }

    /// Long enough for anything that is not slowed down.
    void letItRun() {
        advance(Duration.ofMinutes(1));
    }

    /// Dead letters of so many subjects, each named after its number.
    void dead(int count) {
        IntStream.rangeClosed(1, count).forEach(number -> dead("acc-" + number, number, Followers.RELEASE));
    }

    long dead(String subject, int number, Followers followers) {
        return dead(OrderPlaced.event(subject, number), followers);
    }

    long dead(DomainEvent event, Followers followers) {
        Failure failure = Failure.of(1, clock.instant(), new IllegalArgumentException("no margin account"));
        return park(event, Progress.given(Progress.State.DEAD, 1, clock.instant(), followers), List.of(failure));
    }

    /// An event that waits behind others of its subject.
    long follower(String subject, int number) {
        return park(OrderPlaced.event(subject, number), Progress.FOLLOWER, List.of());
    }

    private long park(DomainEvent event, Progress progress, List<Failure> failures) {
        return put(new ParkedEvent(
                0,
                GROUP,
                WORKER,
                event.orderKey(),
                event.source().toString(),
                event.id(),
                event,
                null,
                null,
                progress,
                clock.instant(),
                failures));
    }

    /// Bytes that no event could be read from.
    long quarantined(String place, byte[] raw, String contentType) {
        return put(new ParkedEvent(
                0,
                GROUP,
                WORKER,
                ParkedEvent.UNKNOWN,
                "undecodable",
                place,
                null,
                raw,
                contentType,
                Progress.given(Progress.State.QUARANTINED, 0, clock.instant(), Followers.RELEASE),
                clock.instant(),
                List.of(Failure.of(0, clock.instant(), new IllegalArgumentException("no JSON")))));
    }

    /// The store numbers what is parked in order, from 1.
    private long put(ParkedEvent row) {
        if (parking.apply(List.of(new ParkingChange.Park(row))) == 0) {
            throw new AssertionError(row.id() + " is parked already");
        }
        return ++parked;
    }

    Progress progress(long sequence) {
        return parking.find(sequence).orElseThrow().progress();
    }

    List<Long> deadLetters() {
        return parking.summaries(new DeadLetterQuery(DeadLetterFilter.ALL, null, 100_000)).stream()
                .map(DeadLetterSummary::sequence)
                .toList();
    }

    /// Everything that is dead.
    static Selection everything() {
        return new Selection.Matching(DeadLetterFilter.ALL);
    }

    static Selection these(Long... sequences) {
        return new Selection.Listed(List.of(sequences));
    }

    static OperationRequest request(OperationKind kind, Selection selection, @Nullable Pace pace) {
        return new OperationRequest(kind, selection, pace, OPERATOR, "the account exists now", null);
    }

    Operation order(OperationKind kind, Selection selection, @Nullable Pace pace) {
        return operations.order(request(kind, selection, pace));
    }

    Operation retryAll() {
        return order(OperationKind.RETRY, everything(), Pace.UNLIMITED);
    }

    Operation now(Operation operation) {
        return operations.find(operation.id()).orElseThrow();
    }

    Operation.Counts counts(Operation operation) {
        return now(operation).counts();
    }

    List<String> notes(Operation operation) {
        return operations.items(operation.id(), null, 0, 1_000).stream()
                .map(OperationItem::note)
                .toList();
    }

    List<String> steps(Operation operation) {
        return operations.steps(operation.id()).stream()
                .map(step -> step.by() + " " + step.text())
                .toList();
    }

    @Override
    public void close() {
        operations.close();
        runtime.close();
    }
}
