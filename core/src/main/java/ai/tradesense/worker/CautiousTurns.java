package ai.tradesense.worker;

import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.retry.UnfinishedAttemptException;
import ai.tradesense.worker.ParkingOrder.Turn;
import ai.tradesense.worker.Task.Permission;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Events that a process brought to their lanes, marked, and stopped without a word. One of them may have been the
/// reason; so they are tried one at a time, each with its attempt written down before, and the one that ends its
/// process again is known by that: it has begun and not ended. So an event that kills its worker reaches the dead
/// letters like any other, and those that were merely near it do not.
///
/// Normal running writes no attempts, and what a first crash left behind is marked together (see [DueRetries]); only
/// what ends a process again costs a commit per event. Touched by the parking agent alone.
final class CautiousTurns {
    private record Suspect(ParkedSubject subject, ParkedEvent event) {}

    /// An attempt that has begun and of which nothing was heard.
    ///
    /// @param change what becomes of the event
    /// @param dueAt when the subject is looked at again
    record Unfinished(ParkedSubject subject, ParkingChange change, Instant dueAt) {}

    private final Dispatcher dispatcher;
    private final ArrayDeque<Suspect> waiting = new ArrayDeque<>();
    private final Map<ParkedSubject, Integer> waitingOf = new HashMap<>();
    private @Nullable Suspect trying;
    private boolean nextBegun; // written down together with the end of the one being tried

    CautiousTurns(Dispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    /// The first events of a subject, which are to be tried in turn.
    void add(ParkedSubject subject, List<ParkedEvent> events) {
        events.forEach(event -> waiting.add(new Suspect(subject, event)));
        waitingOf.put(subject, events.size());
    }

    /// A subject's events are not to be tried as they stand here.
    void drop(ParkedSubject subject) {
        if (waitingOf.remove(subject) != null) {
            waiting.removeIf(suspect -> suspect.subject() == subject);
        }
    }

    private Suspect remove() {
        Suspect first = waiting.remove();
        waitingOf.computeIfPresent(first.subject(), (_, left) -> left == 1 ? null : left - 1);
        return first;
    }

    /// Whether there is a suspect and none is being tried. Forgets those that are somebody else's now.
    boolean isNextFree() {
        if (trying != null && !dispatcher.isParked(trying.subject())) {
            trying = null;
        }
        while (!waiting.isEmpty() && !dispatcher.isParked(waiting.element().subject())) {
            remove();
        }
        return trying == null && !waiting.isEmpty();
    }

    boolean isTurnOf(ParkedSubject subject) {
        return trying != null && trying.subject() == subject;
    }

    /// If the next one's attempt has begun in a process that is no more: what to do about that; null otherwise.
    @Nullable
    Unfinished unfinished(Instant now) {
        Suspect suspect = waiting.element();
        ParkedEvent event = suspect.event();
        if (event.progress().caution() != Caution.BEGUN) {
            return null;
        }
        int attempt = Math.max(1, event.attempts());
        return dispatcher.unfinished(
                suspect.subject(), event, attempt, Failure.of(attempt, now, new UnfinishedAttemptException(attempt)));
    }

    /// Writes down that the next attempt begins; none if there is no next one, or if it is first to be asked whether it
    /// is [#unfinished].
    List<ParkingChange> beginNext() {
        Suspect first = waiting.peek();
        if (first == null
                || first.event().progress().caution() == Caution.BEGUN
                || !dispatcher.isParked(first.subject())) {
            nextBegun = false;
            return List.of();
        }
        nextBegun = true;
        ParkedEvent event = first.event();
        return List.of(first.subject()
                .session()
                .own(new ParkingChange.Begin(event.group(), event.sequence(), event.attempts() + 1)));
    }

    /// Nothing is written down of the next one.
    void beginNone() {
        nextBegun = false;
    }

    /// The task of the one that [#beginNext] wrote down.
    Task begun(Permission permission) {
        if (!nextBegun) {
            throw new IllegalStateException("the attempt that is to begin was not written down");
        }
        nextBegun = false;
        Suspect first = remove();
        trying = first;
        return new Task.Retry(first.subject(), List.of(first.event()), permission);
    }

    /// The lane is done with a subject's task.
    ///
    /// @return the next task, if its attempt was written down already
    @Nullable
    Task returned(ParkedSubject subject, Turn turn) {
        if (!isTurnOf(subject)) {
            return null;
        }
        trying = null;
        if (turn != Turn.COMPLETED) {
            drop(subject);
        }
        return nextBegun ? begun(Permission.TO_ASK) : null;
    }

    /// Whether events of a subject are still to be tried here.
    boolean has(ParkedSubject subject) {
        return waitingOf.containsKey(subject) || isTurnOf(subject);
    }

    /// What takes back the attempt that was written down and not made: nobody makes it here now.
    List<ParkingChange> giveUpTurn() {
        Suspect tried = trying;
        if (tried == null || !dispatcher.isParked(tried.subject())) {
            return List.of();
        }
        ParkedEvent event = tried.event();
        Session session = tried.subject().session();
        return List.of(
                session.own(new ParkingChange.Begin(event.group(), event.sequence(), event.attempts())),
                session.own(new ParkingChange.Mark(event.group(), event.sequence(), Caution.SUSPECT)));
    }
}
