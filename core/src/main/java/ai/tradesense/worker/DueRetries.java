package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.worker.DueSubjects.Due;
import ai.tradesense.worker.Task.Permission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Knows when each parked subject is due and brings the first events of its queue to its lane, one task at a time,
/// marked as suspect: who finds such marks after a crash takes these events one by one, see [CautiousTurns]. Touched by
/// the parking agent alone.
final class DueRetries {
    /// How many events of a subject are retried in one go.
    static final int HEAD_LIMIT = 16;

    /// When it asks again that the breaker refused.
    static final Duration UNTIL_PROBED = Duration.ofMillis(100);

    private static final int MAX_BROUGHT = 256;

    private final String group;
    private final ParkingStore store;
    private final Dispatcher dispatcher;
    private final OwnChanges own;
    private final DueSubjects due = new DueSubjects();
    private final Map<ParkedSubject, List<ParkedEvent>> brought = new HashMap<>();
    private final CautiousTurns cautious;
    private @Nullable Rest refused; // by the breaker

    DueRetries(String group, ParkingStore store, Dispatcher dispatcher, OwnChanges own) {
        this.group = group;
        this.store = store;
        this.dispatcher = dispatcher;
        this.own = own;
        this.cautious = new CautiousTurns(dispatcher);
    }

    /// A subject is due at a time, and no more at the one that was said before.
    void put(Instant at, ParkedSubject subject) {
        due.put(at, subject);
    }

    /// Nobody waits for what was brought of subjects that are somebody else's now.
    void forgetLost() {
        brought.keySet().removeIf(subject -> !dispatcher.isParked(subject));
    }

    /// When there may be something to bring, unless that is later than another time.
    Instant nextAtOr(Instant latest) {
        if (refused != null) {
            return refused.until();
        }
        Instant next = due.nextAt();
        return next == null || !dispatcher.maySend() || next.isAfter(latest) ? latest : next;
    }

    /// Brings what is due to its lanes, as far as the breaker lets it.
    ///
    /// @return how many subjects it was
    int bring(Instant now) {
        if (refused != null && (breaker().isClosed() || !refused.lasts(now))) {
            refused = null;
        }
        return bringDue(now) + takeTurn(now);
    }

    // What the end of a task changes, first in the store and then here.

    /// Nothing has been changed yet.
    void beginChanges() {
        cautious.beginNone();
    }

    /// What has to be changed because a lane is done with a subject's task.
    ///
    /// @param mayBegin whether another attempt may begin with that
    List<ParkingChange> changesBy(ParkingOrder.Returned returned, boolean mayBegin) {
        if (!cautious.isTurnOf(returned.subject())) {
            return List.of();
        }
        return switch (returned.turn()) {
            case COMPLETED -> mayBegin ? cautious.beginNext() : List.of(); // in one commit with the end of this one
            case REFUSED -> cautious.giveUpTurn();
            case STOPPED -> List.of();
        };
    }

    /// That is durable.
    void returned(ParkingOrder.Returned returned, Instant now) {
        ParkedSubject subject = returned.subject();
        brought.remove(subject);
        Task next = cautious.returned(subject, returned.turn());
        if (next != null) {
            dispatcher.route(next);
        }
        if (!cautious.has(subject)) {
            due.put(returned.dueAt() != null ? returned.dueAt() : now, subject);
        }
    }

    /// What takes back the marks of events that no handler has: the last that is asked of this.
    List<ParkingChange> takeBack() {
        List<ParkingChange> marks = new ArrayList<>(cautious.giveUpTurn());
        brought.forEach((subject, events) -> {
            if (dispatcher.isParked(subject)) {
                events.forEach(event -> marks.add(mark(subject, event, Caution.NONE)));
            }
        });
        return marks;
    }

    private Breaker breaker() {
        return dispatcher.breaker();
    }

    private int bringDue(Instant now) {
        int worked = 0;
        while (dispatcher.maySend() && due.isAny(now)) {
            Permission permission = permission(now);
            if (permission == null) {
                return worked;
            }
            List<Due> taken = due.take(now, permission == Permission.GIVEN ? 1 : MAX_BROUGHT, dispatcher::isParked);
            try {
                bring(taken, now, permission);
            } catch (RuntimeException failure) {
                giveBack(permission);
                for (Due each : taken) {
                    cautious.drop(each.subject());
                    due.put(each.at(), each.subject());
                }
                throw failure;
            }
            worked += taken.size();
        }
        return worked;
    }

    /// Leave to bring something to its lane; null if the breaker gives none now. It is asked before anything is
    /// written down of an attempt, so that what it refuses costs nothing.
    private @Nullable Permission permission(Instant now) {
        if (breaker().isClosed()) {
            return Permission.TO_ASK;
        }
        if (refused != null || !breaker().mayAttempt()) {
            refused = refused != null ? refused : Rest.of(UNTIL_PROBED, now);
            return null;
        }
        return Permission.GIVEN;
    }

    private void giveBack(Permission permission) {
        if (permission == Permission.GIVEN) {
            breaker().notAttempted();
        }
    }

    /// Brings what is next of some subjects, with one look at the store for all of them and one commit for their
    /// marks.
    private void bring(List<Due> taken, Instant now, Permission permission) {
        Map<ParkedSubject, Integer> changes = new LinkedHashMap<>(); // as they were before the look
        taken.forEach(each -> changes.put(each.subject(), each.subject().changes()));
        Map<OrderKey, List<ParkedEvent>> heads = heads(changes.keySet());
        List<Task> tasks = new ArrayList<>();
        List<ParkingChange> marks = new ArrayList<>();
        changes.forEach((subject, seen) -> {
            Task task = next(subject, heads.getOrDefault(subject.key(), List.of()), seen, now, permission);
            if (task != null) {
                tasks.add(task);
            }
            if (task instanceof Task.Retry retry) {
                for (ParkedEvent event : retry.events()) {
                    if (event.progress().caution() == Caution.NONE) {
                        marks.add(mark(subject, event, Caution.SUSPECT));
                    }
                }
            }
        });
        if (!marks.isEmpty()) {
            own.apply(marks);
        }
        if (tasks.stream().noneMatch(task -> task instanceof Task.Retry)) {
            giveBack(permission);
        }
        for (Task task : tasks) {
            if (task instanceof Task.Retry retry) {
                retry.subject().trust(retry.events().getLast().sequence());
                brought.put(retry.subject(), retry.events());
            }
            dispatcher.route(task);
        }
    }

    private Map<OrderKey, List<ParkedEvent>> heads(Set<ParkedSubject> subjects) {
        List<OrderKey> keys = subjects.stream().map(ParkedSubject::key).toList();
        return keys.isEmpty() ? Map.of() : store.heads(group, keys, HEAD_LIMIT);
    }

    private static ParkingChange mark(ParkedSubject subject, ParkedEvent event, Caution caution) {
        return subject.session().own(new ParkingChange.Mark(event.group(), event.sequence(), caution));
    }

    /// What is next of a subject that was taken; null if nothing is now.
    ///
    /// @param queue the first of its events in the store
    /// @param changes how often others had changed it before that look
    private @Nullable Task next(
            ParkedSubject subject, List<ParkedEvent> queue, int changes, Instant now, Permission permission) {
        if (queue.isEmpty()) {
            return new Task.Drained(subject, subject.stored(), changes);
        }
        ParkedEvent first = queue.getFirst();
        if (first.state() != State.WAITING) {
            subject.rest(); // held by a dead letter, until an operator decides
            return null;
        }
        Instant firstDue = first.dueAt();
        if (firstDue != null && firstDue.isAfter(now)) {
            due.put(firstDue, subject);
            return null;
        }
        boolean suspect = subject.suspects(first);
        List<ParkedEvent> ready = queue.stream()
                .takeWhile(event ->
                        event.state() == State.WAITING && !isLater(event, now) && subject.suspects(event) == suspect)
                .toList();
        if (suspect) {
            cautious.add(subject, ready);
            return null;
        }
        return new Task.Retry(subject, permission == Permission.GIVEN ? ready.subList(0, 1) : ready, permission);
    }

    private static boolean isLater(ParkedEvent event, Instant now) {
        Instant dueAt = event.dueAt();
        return dueAt != null && dueAt.isAfter(now);
    }

    /// Has the next suspect tried, if none is just now.
    private int takeTurn(Instant now) {
        if (!dispatcher.maySend() || !cautious.isNextFree()) {
            return 0;
        }
        CautiousTurns.Unfinished unfinished = cautious.unfinished(now);
        if (unfinished != null) {
            own.apply(List.of(unfinished.subject().session().own(unfinished.change())));
            cautious.drop(unfinished.subject());
            due.put(unfinished.dueAt(), unfinished.subject());
            return 1;
        }
        Permission permission = permission(now);
        if (permission == null) {
            return 0;
        }
        List<ParkingChange> begin = cautious.beginNext();
        if (begin.isEmpty()) { // it has become somebody else's this very moment
            giveBack(permission);
            return 0;
        }
        try {
            own.apply(begin);
        } catch (RuntimeException failure) {
            giveBack(permission);
            throw failure;
        }
        dispatcher.route(cautious.begun(permission));
        return 1;
    }
}
