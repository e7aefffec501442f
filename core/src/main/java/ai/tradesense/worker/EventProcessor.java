package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.Upcasters;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkedEvent.State;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.retry.FailureDecision;
import ai.tradesense.transport.Delivery;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/// Runs a worker's handler and does with the outcome what the worker's policy decides. Stateless but for the subjects
/// that are parked; each of those is touched by its own lane only.
final class EventProcessor {
    private final WorkerSpec spec;
    private final Upcasters upcasters;
    private final EventBus bus;
    private final InstantSource clock;
    private final WorkerMeters meters;
    private final ParkingAgent parking;
    private final Dispatcher dispatcher;
    private final ConcurrentMap<OrderKey, ParkedSubject> parked = new ConcurrentHashMap<>();

    EventProcessor(
            WorkerSpec spec,
            Upcasters upcasters,
            EventBus bus,
            InstantSource clock,
            WorkerMeters meters,
            ParkingAgent parking,
            Dispatcher dispatcher) {
        this.spec = spec;
        this.upcasters = upcasters;
        this.bus = bus;
        this.clock = clock;
        this.meters = meters;
        this.parking = parking;
        this.dispatcher = dispatcher;
    }

    long nanoTime() {
        return meters.nanoTime();
    }

    void settle(List<Delivery> done) {
        dispatcher.settle(done);
    }

    /// Makes a lane's latencies visible and empties them.
    void flush(LatencyHistogram latencies) {
        meters.add(latencies);
    }

    /// Marks a subject as parked that the store says is.
    ///
    /// @return the subject; null if it was known to be parked
    @Nullable
    ParkedSubject adopt(OrderKey key) {
        ParkedSubject subject = new ParkedSubject(key);
        return parked.putIfAbsent(key, subject) == null ? subject : null;
    }

    /// Forgets subjects that are somebody else's now.
    void forgetOthers() {
        parked.keySet().removeIf(key -> !dispatcher.owns(key));
    }

    boolean isParked(ParkedSubject subject) {
        return parked.get(subject.key()) == subject;
    }

    /// Runs one task to its end.
    ///
    /// @param lane whose it is: once it is being closed, what fails has not failed but was cut off
    /// @return the delivery if it is done with and may be settled; null if there is none, or the parking agent will
    @Nullable
    Delivery process(Task task, Lane lane) {
        return switch (task) {
            case Task.Live live -> live(live, lane);
            case Task.Retry retry -> {
                retry(retry, lane);
                yield null;
            }
            case Task.Drained drained -> {
                drained(drained);
                yield null;
            }
        };
    }

    private @Nullable Delivery live(Task.Live task, Lane lane) {
        DomainEvent event = task.event();
        if (!parked.isEmpty()) {
            ParkedSubject subject = parked.get(event.orderKey());
            if (subject != null) {
                park(subject, event, State.WAITING, null, List.of(), 0, task.delivery());
                return null;
            }
        }
        Throwable error = attempt(event, 1, lane);
        if (error == null || !dispatcher.owns(event.orderKey())) {
            return task.delivery(); // somebody else's now: no settlement of it has an effect
        }
        if (!lane.isClosing()) {
            failed(task, error);
        }
        return null;
    }

    private void failed(Task.Live task, Throwable error) {
        DomainEvent event = task.event();
        FailureDecision decision = decide(1, error);
        List<Failure> failures = List.of(Failure.of(1, clock.instant(), error));
        switch (decision) {
            case FailureDecision.RetryAfter(var delay) -> {
                ParkedSubject subject = new ParkedSubject(event.orderKey());
                parked.put(subject.key(), subject);
                park(subject, event, State.WAITING, clock.instant().plus(delay), failures, 1, task.delivery());
            }
            case FailureDecision.GiveUp() -> park(null, event, State.DEAD, null, failures, 1, task.delivery());
            case FailureDecision.Quarantine() ->
                park(null, event, State.QUARANTINED, null, failures, 1, task.delivery());
        }
    }

    private void park(
            @Nullable ParkedSubject subject,
            DomainEvent event,
            State state,
            @Nullable Instant dueAt,
            List<Failure> failures,
            int attempts,
            Delivery delivery) {
        if (subject != null) {
            subject.countSent();
        }
        ParkedEvent row = ParkedEvents.of(spec, event, state, attempts, dueAt, clock.instant(), failures);
        parking.store(new ParkingChange.Park(row), delivery, subject, dueAt);
    }

    private void retry(Task.Retry task, Lane lane) {
        ParkedSubject subject = task.subject();
        for (ParkedEvent row : task.events()) {
            if (lane.isClosing() || !isParked(subject)) {
                return;
            }
            int attempt = row.attempts() + 1;
            DomainEvent event = row.event();
            Throwable error = event == null
                    ? new IllegalStateException("parked event " + row.sequence() + " cannot be read")
                    : attempt(event, attempt, lane);
            if (!isParked(subject)) {
                return; // somebody else's now, who will try it too
            }
            if (error == null) {
                parking.store(new ParkingChange.Complete(row.group(), row.sequence()));
                continue;
            }
            if (lane.isClosing()) {
                return;
            }
            FailureDecision decision = decide(attempt, error);
            Failure failure = Failure.of(attempt, clock.instant(), error);
            if (decision instanceof FailureDecision.RetryAfter(var delay)) {
                Instant dueAt = clock.instant().plus(delay);
                parking.store(
                        new ParkingChange.Reschedule(row.group(), row.sequence(), attempt, dueAt, failure),
                        subject,
                        dueAt);
                return;
            }
            parking.store(new ParkingChange.Bury(row.group(), row.sequence(), attempt, failure));
        }
        parking.advance(subject);
    }

    /// The store had no more of the subject: live delivery resumes, unless the lane has sent more there since.
    private void drained(Task.Drained task) {
        ParkedSubject subject = task.subject();
        if (subject.sent() == task.stored()) {
            parked.remove(subject.key(), subject);
        } else {
            parking.advance(subject);
        }
    }

    private @Nullable Throwable attempt(DomainEvent event, int attempt, Lane lane) {
        EventContext context = new EventContext(spec, event, attempt, bus, clock);
        long start = meters.nanoTime();
        try {
            DomainEvent asWanted = inWantedVersion(event);
            if (spec.worker().canHandle(asWanted)) {
                spec.worker().processEvent(asWanted, context);
            }
            lane.latencies().record(meters.nanoTime() - start);
            return null;
        } catch (Throwable error) { // an error that left the lane would take the event with it
            lane.latencies().recordFailure(meters.nanoTime() - start);
            meters.failed(error, clock.instant());
            return error;
        } finally {
            context.end();
            Thread.interrupted(); // an interruption that a handler leaves behind is not for the next one
        }
    }

    /// Whether the worker asks for a type, or for a later version that it can be turned into.
    boolean wants(EventType type) {
        return upcasters.wantedVersion(type, spec.filter()) != null;
    }

    private DomainEvent inWantedVersion(DomainEvent event) {
        if (upcasters.isEmpty()) {
            return event;
        }
        EventType wanted = upcasters.wantedVersion(event.type(), spec.filter());
        return wanted == null ? event : upcasters.upcast(event, wanted);
    }

    private FailureDecision decide(int attempt, Throwable error) {
        try {
            return Objects.requireNonNull(
                    spec.failurePolicy().decide(attempt, error), "the failure policy decided nothing");
        } catch (RuntimeException | Error broken) {
            error.addSuppressed(new IllegalStateException("the failure policy could not decide", broken));
            return new FailureDecision.GiveUp();
        }
    }
}
