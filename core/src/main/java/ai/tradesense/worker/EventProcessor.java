package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.Upcasters;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.retry.FailedAttempt;
import ai.tradesense.retry.FailureDecision;
import ai.tradesense.retry.UnfinishedAttemptException;
import ai.tradesense.transport.Delivery;
import ai.tradesense.worker.EventContext.Occasion;
import ai.tradesense.worker.ParkingOrder.Turn;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Runs a worker's handler and does with the outcome what the worker's policy decides. Stateless but for the
/// subjects that are parked; each of those is touched by its own lane only.
final class EventProcessor implements TaskProcessor {
    private final WorkerSpec spec;
    private final Upcasters upcasters;
    private final EventBus bus;
    private final EventBus replayBus;
    private final InstantSource clock;
    private final WorkerMeters meters;
    private final ParkingAgent parking;
    private final Dispatcher dispatcher;
    private final Breaker breaker;
    private final Randomness randomness;
    private final ParkedSubjects parked;

    EventProcessor(
            WorkerSpec spec,
            Platform platform,
            WorkerMeters meters,
            ParkingAgent parking,
            Dispatcher dispatcher,
            Breaker breaker) {
        this.spec = spec;
        this.upcasters = platform.upcasters();
        this.bus = platform.bus();
        this.replayBus = platform.replayBus();
        this.clock = platform.clock();
        this.meters = meters;
        this.parking = parking;
        this.dispatcher = dispatcher;
        this.breaker = breaker;
        this.randomness = platform.randomness();
        this.parked = new ParkedSubjects(dispatcher::session);
    }

    @Override
    public long nanoTime() {
        return meters.nanoTime();
    }

    @Override
    public void settle(List<Delivery> done) {
        dispatcher.settle(done);
    }

    @Override
    public void flush(LatencyHistogram latencies) {
        long succeeded = latencies.count() - latencies.failures();
        if (succeeded > 0 && breaker.isClosed()) {
            breaker.succeeded((int) Math.min(succeeded, Integer.MAX_VALUE));
        }
        meters.add(latencies);
    }

    @Override
    public void notAttempted() {
        breaker.notAttempted();
    }

    /// What is known to be parked.
    ParkedSubjects parkedSubjects() {
        return parked;
    }

    /// Whether a subject is parked, and still this instance's in the session in which that became known.
    boolean isParked(ParkedSubject subject) {
        return parked.contains(subject) && subject.session().equals(dispatcher.session(subject.key()));
    }

    /// The session in which a lane has an event; null if that is over, so that the event is somebody else's or
    /// comes again. (The order matters: what is running when a session ends is noted before the next one begins.)
    private @Nullable Session session(Task.Live task, Lane lane) {
        return session(task.key(), lane);
    }

    /// The session in which a lane has the events of a key, likewise.
    @Nullable
    Session session(OrderKey key, Lane lane) {
        Session session = dispatcher.session(key);
        return lane.hasLost(key) ? null : session;
    }

    @Override
    public @Nullable Delivery process(Task task, Lane lane) {
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
        if (parkedBehind(task, lane)) {
            return null;
        }
        if (!breaker.mayAttempt()) {
            lane.rest(List.of(task), breaker::isClosed);
            return null;
        }
        Throwable error = spec.isTransactional()
                ? attemptInTransaction(task, lane)
                : attempt(task.event(), 1, Occasion.DELIVERY, lane, bus, () -> {});
        if (error == null) {
            return task.delivery();
        }
        if (lane.isClosing()) {
            breaker.notAttempted(); // cut off
        } else {
            failedUnlessLost(task, error, lane);
        }
        return null;
    }

    private @Nullable Throwable attemptInTransaction(Task.Live task, Lane lane) {
        ResultsBus results = new ResultsBus(bus);
        return attempt(
                task.event(),
                1,
                Occasion.DELIVERY,
                lane,
                results,
                () -> dispatcher.caused(task.delivery(), results.results()));
    }

    /// Does with a live event that failed what the policy decides, unless it is somebody else's now.
    void failedUnlessLost(Task.Live task, Throwable error, Lane lane) {
        Session session = session(task, lane);
        if (session != null) {
            failed(task, error, session);
        } else {
            breaker.notAttempted();
            leave(task.key(), lane);
        }
    }

    /// Whether an event is somebody else's by now; if so, it goes.
    boolean isLost(Task.Live task, Lane lane) {
        if (session(task, lane) != null) {
            return false;
        }
        leave(task.key(), lane);
        return true;
    }

    @Override
    public void letGo(int deliveries) {
        dispatcher.letGo(deliveries);
    }

    /// What is not this instance's any more goes, and what is behind it, unless that came later.
    private void leave(OrderKey key, Lane lane) {
        if (lane.hasLost(key)) {
            dispatcher.letGo(1);
        } else {
            dispatcher.leave(key);
        }
    }

    /// Whether [#parkedBehind] has anything to look at. Cheap.
    boolean mayBeParked(Task.Live task) {
        return task.suspect() || (!parked.isEmpty() && parked.contains(task.key()));
    }

    /// Parks an event that must wait behind others of its subject, or whose process may have stopped because of it.
    ///
    /// @return whether it is not to be processed now
    boolean parkedBehind(Task.Live task, Lane lane) {
        if (!mayBeParked(task)) {
            return false;
        }
        OrderKey key = task.key();
        Session session = session(task, lane);
        if (session == null) {
            leave(key, lane);
            return true;
        }
        if (task.suspect()) {
            park(parked.in(key, session), task, session, Progress.FOLLOWER, List.of(), clock.instant());
            return true;
        }
        if (!parked.contains(key, session)) {
            return false;
        }
        park(parked.in(key, session), task, session, Progress.FOLLOWER, List.of(), null);
        return true;
    }

    private void failed(Task.Live task, Throwable error, Session session) {
        DomainEvent event = task.event();
        Instant now = clock.instant();
        FailureDecision decision = decide(1, error, Duration.ZERO);
        tellBreaker(decision, event.orderKey());
        List<Failure> failures = List.of(Failure.of(1, now, error));
        switch (decision) {
            case FailureDecision.RetryAfter(var delay) -> {
                Instant dueAt = now.plus(delay);
                ParkedSubject subject = parked.in(event.orderKey(), session);
                park(subject, task, session, Progress.failing(1, now, dueAt), failures, dueAt);
            }
            case FailureDecision.GiveUp() -> giveUp(task, session, State.DEAD, failures, now);
            case FailureDecision.Quarantine() -> giveUp(task, session, State.QUARANTINED, failures, now);
        }
    }

    private void tellBreaker(FailureDecision decision, OrderKey key) {
        switch (decision) {
            case FailureDecision.RetryAfter _, FailureDecision.GiveUp() -> breaker.failed(key);
            case FailureDecision.Quarantine() -> breaker.notAttempted(); // says nothing of what the worker depends on
        }
    }

    private void giveUp(Task.Live task, Session session, State state, List<Failure> failures, Instant now) {
        ParkedSubject subject = spec.followers() == Followers.HOLD ? parked.in(task.key(), session) : null;
        park(subject, task, session, Progress.given(state, 1, now, spec.followers()), failures, null);
    }

    private void park(
            @Nullable ParkedSubject subject,
            Task.Live task,
            Session session,
            Progress progress,
            List<Failure> failures,
            @Nullable Instant bringAt) {
        ParkedEvent row = ParkedEvents.of(spec, task.event(), progress, clock.instant(), failures);
        parking.park(session.own(new ParkingChange.Park(row)), task.delivery(), subject, bringAt);
        if (subject != null) {
            subject.countSent(); // once it is sent: should memory be short for that, it begins again
        }
    }

    private void retry(Task.Retry task, Lane lane) {
        ParkedSubject subject = task.subject();
        for (ParkedEvent row : task.events()) {
            if (lane.isClosing() || !isParked(subject)) {
                if (task.isAllowed()) {
                    breaker.notAttempted();
                }
                return; // somebody else's now, who will try it too
            }
            if (!(task.isAllowed() ? breaker.stillAllows() : breaker.mayAttempt())) {
                parking.returned(subject, Turn.REFUSED, clock.instant().plus(DueRetries.UNTIL_PROBED));
                return;
            }
            int attempt = row.attempts() + 1;
            DomainEvent event = row.event();
            Throwable error = event == null
                    ? new InvalidEventException("", "parked event " + row.sequence() + " cannot be read")
                    : attemptAgain(event, attempt, row, lane);
            if (error != null && (lane.isClosing() || !isParked(subject))) {
                breaker.notAttempted(); // cut off, or somebody else's now
                return;
            }
            if (error == null) { // it counts also if it is somebody else's now, as long as they have not begun
                parking.change(subject.session().own(new ParkingChange.Complete(row.group(), row.sequence())));
            } else if (!failedAgain(subject, row, attempt, error)) {
                return;
            }
        }
        parking.returned(subject, Turn.COMPLETED, null);
    }

    /// Does with a parked event that failed again what the policy decides.
    ///
    /// @return whether the subject goes on without it
    private boolean failedAgain(ParkedSubject subject, ParkedEvent row, int attempt, Throwable error) {
        Failure failure = Failure.of(attempt, clock.instant(), error);
        FailureDecision decision = decide(attempt, error, age(row));
        tellBreaker(decision, row.key());
        return switch (decision) {
            case FailureDecision.RetryAfter(var delay) -> {
                Instant dueAt = failure.at().plus(delay);
                parking.change(subject.session()
                        .own(new ParkingChange.Reschedule(
                                row.group(), row.sequence(), attempt, dueAt, failure, Caution.NONE)));
                parking.returned(subject, Turn.STOPPED, dueAt);
                yield false;
            }
            case FailureDecision.GiveUp() -> goesOnWithout(subject, bury(row, attempt, failure));
            case FailureDecision.Quarantine() -> goesOnWithout(subject, quarantine(row, attempt, failure));
        };
    }

    private boolean goesOnWithout(ParkedSubject subject, ParkingChange givenUp) {
        parking.change(subject.session().own(givenUp));
        if (spec.followers() == Followers.HOLD) {
            parking.returned(subject, Turn.STOPPED, null);
        }
        return spec.followers() == Followers.RELEASE;
    }

    private ParkingChange bury(ParkedEvent row, int attempt, Failure failure) {
        return new ParkingChange.Bury(row.group(), row.sequence(), attempt, failure, spec.followers());
    }

    private ParkingChange quarantine(ParkedEvent row, int attempt, Failure failure) {
        return ParkedEvents.quarantine(row, attempt, failure, spec.followers());
    }

    /// What becomes of an event whose attempt began and of which nothing was heard.
    CautiousTurns.Unfinished unfinished(ParkedSubject subject, ParkedEvent row, int attempt, Failure failure) {
        return switch (decide(attempt, new UnfinishedAttemptException(attempt), age(row))) {
            case FailureDecision.RetryAfter(var delay) -> {
                Instant dueAt = failure.at().plus(delay);
                yield new CautiousTurns.Unfinished(
                        subject,
                        new ParkingChange.Reschedule(
                                row.group(), row.sequence(), attempt, dueAt, failure, Caution.SUSPECT),
                        dueAt);
            }
            case FailureDecision.GiveUp() ->
                new CautiousTurns.Unfinished(subject, bury(row, attempt, failure), failure.at());
            case FailureDecision.Quarantine() ->
                new CautiousTurns.Unfinished(subject, quarantine(row, attempt, failure), failure.at());
        };
    }

    private Duration age(ParkedEvent row) {
        Instant since = row.progress().failingSince();
        return since == null ? Duration.ZERO : Duration.between(since, clock.instant());
    }

    /// The store had no more of the subject: live delivery resumes, unless there is something again.
    private void drained(Task.Drained task) {
        if (parked.remains(task)) {
            parking.returned(task.subject(), Turn.COMPLETED, null);
        }
    }

    private @Nullable Throwable attemptAgain(DomainEvent event, int attempt, ParkedEvent row, Lane lane) {
        return row.isReplay()
                ? attempt(event, attempt, Occasion.REPLAY, lane, replayBus, () -> {})
                : attempt(event, attempt, Occasion.DELIVERY, lane, bus, () -> {});
    }

    /// Calls the handler.
    ///
    /// @param publishing where it publishes
    /// @param end what belongs to it, if it succeeds
    /// @return what went wrong; null if nothing did
    private @Nullable Throwable attempt(
            DomainEvent event, int attempt, Occasion occasion, Lane lane, EventBus publishing, Runnable end) {
        EventContext context = new EventContext(
                spec, event, attempt, occasion, publishing, clock, () -> session(event.orderKey(), lane));
        long start = lane.startNanos();
        try {
            DomainEvent asWanted = inWantedVersion(event);
            if (spec.worker().canHandle(asWanted)) {
                spec.worker().processEvent(asWanted, context);
            }
            end.run();
            lane.latencies().record(lane.endNanos() - start);
            if (!breaker.isClosed()) {
                breaker.succeeded(1);
            }
            return null;
        } catch (Throwable error) { // an error that left the lane would take the event with it
            lane.latencies().recordFailure(lane.endNanos() - start);
            meters.failed(error, clock.instant());
            flush(lane.latencies()); // what succeeded before it counts before it
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

    DomainEvent inWantedVersion(DomainEvent event) {
        if (upcasters.isEmpty()) {
            return event;
        }
        EventType wanted = upcasters.wantedVersion(event.type(), spec.filter());
        return wanted == null ? event : upcasters.upcast(event, wanted);
    }

    private FailureDecision decide(int attempt, Throwable error, Duration age) {
        FailedAttempt failed = new FailedAttempt(attempt, error, age, randomness.nextDouble());
        try {
            return Objects.requireNonNull(spec.failurePolicy().decide(failed), "the failure policy decided nothing");
        } catch (Throwable broken) { // also what a policy in another language need not declare
            error.addSuppressed(new IllegalStateException("the failure policy could not decide", broken));
            return new FailureDecision.GiveUp();
        }
    }
}
