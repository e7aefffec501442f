package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingChange.InSession;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.runtime.Agent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.worker.DueSubjects.Due;
import ai.tradesense.worker.ParkedSubject.Standing;
import ai.tradesense.worker.ParkingOrder.Turn;
import ai.tradesense.worker.Task.Permission;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does a worker's durable parking, so that no lane waits for it: takes orders in order, makes them durable together,
/// then settles what the transport delivered; when the store fails, the orders are kept. Knows when each parked subject
/// is due and brings the first events of its queue to its lane, one task at a time, marked as suspect: who finds such
/// marks after a crash takes these events one by one, see [CautiousTurns]. What operators change in the store it finds
/// by the store's revision.
final class ParkingAgent implements Agent {
    /// How many events of a subject are retried in one go.
    static final int HEAD_LIMIT = 16;

    /// How often it looks for changes that somebody else made.
    static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /// When it asks again that the breaker refused.
    static final Duration UNTIL_PROBED = Duration.ofMillis(100);

    private static final int MAX_ORDERS = 1_024;
    private static final int MAX_BROUGHT = 256;
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ParkingAgent.class);

    private final WorkerSpec spec;
    private final ParkingStore store;
    private final InstantSource clock;
    private final Dispatcher dispatcher;
    private final ConcurrentLinkedQueue<ParkingOrder> orders = new ConcurrentLinkedQueue<>();
    private final AtomicInteger undone = new AtomicInteger(); // orders that were given and are not carried out
    private final ReentrantLock stepping = new ReentrantLock(); // a step that hangs must not hold up the end
    private volatile boolean lookSoon;

    // Touched by the agent's thread alone.
    private final List<ParkingOrder> begun = new ArrayList<>();
    private final DueSubjects due = new DueSubjects();
    private final Map<ParkedSubject, List<ParkedEvent>> brought = new HashMap<>();
    private final CautiousTurns cautious;
    private @Nullable Rest rest; // after a failure
    private @Nullable Rest refused; // by the breaker
    private Rest looked = Rest.NONE;
    private long seenRevision = -1;

    ParkingAgent(WorkerSpec spec, ParkingStore store, InstantSource clock, Dispatcher dispatcher) {
        this.spec = spec;
        this.store = store;
        this.clock = clock;
        this.dispatcher = dispatcher;
        this.cautious = new CautiousTurns(dispatcher);
    }

    @Override
    public String name() {
        return spec.name() + "-parking";
    }

    // What lanes and the dispatcher order; any thread.

    /// Parks an event and then settles its delivery; if `bringAt` is given, the subject is tried then.
    void park(ParkingChange change, Delivery delivery, @Nullable ParkedSubject subject, @Nullable Instant bringAt) {
        give(new ParkingOrder.Park(change, delivery, subject, bringAt));
    }

    /// Changes an event that is parked.
    void change(ParkingChange change) {
        give(new ParkingOrder.Change(change));
    }

    /// A subject's task has ended. What is next of it is brought at `dueAt`, or as soon as may be.
    void returned(ParkedSubject subject, Turn turn, @Nullable Instant dueAt) {
        give(new ParkingOrder.Returned(subject, turn, dueAt));
    }

    /// Brings what is next of a subject to its lane at a time.
    void schedule(ParkedSubject subject, Instant dueAt) {
        give(new ParkingOrder.Schedule(subject, dueAt));
    }

    void lookSoon() {
        lookSoon = true;
        dispatcher.wakeParking();
    }

    private void give(ParkingOrder order) {
        undone.incrementAndGet();
        orders.add(order);
        dispatcher.wakeParking();
    }

    /// Whether all that was ordered is durable and nothing is being brought to a lane.
    boolean isQuiet() {
        return undone.get() == 0 && !stepping.isLocked();
    }

    /// Carries out what has been ordered, whether the store failed just now or not, and takes back the marks of
    /// events that no handler has: the last thing to be done, when the agent is called no more.
    ///
    /// @return whether all of it is durable
    boolean finish() {
        if (!stepping.tryLock()) {
            return false; // the store has not answered the last step
        }
        try {
            while (!orders.isEmpty() || !begun.isEmpty()) {
                carryOut(false);
            }
            List<ParkingChange> marks = new ArrayList<>(cautious.giveUpTurn());
            brought.forEach((subject, events) -> {
                if (dispatcher.isParked(subject)) {
                    events.forEach(event -> marks.add(mark(subject, event, Caution.NONE)));
                }
            });
            store.apply(marks);
            return true; // whatever is another's now
        } catch (RuntimeException failure) {
            LOG.error("worker {} cannot park events", spec.name(), failure);
            return false;
        } finally {
            stepping.unlock();
        }
    }

    @Override
    public @Nullable Instant wakeAt() {
        if (rest != null) {
            return rest.until();
        }
        if (refused != null) {
            return refused.until();
        }
        Instant next = due.nextAt();
        return next == null || !dispatcher.maySend() || next.isAfter(looked.until()) ? looked.until() : next;
    }

    @Override
    public int doWork() {
        stepping.lock();
        try {
            return step();
        } finally {
            stepping.unlock();
        }
    }

    private int step() {
        Instant now = clock.instant();
        if (rest != null && rest.lasts(now)) {
            return 0;
        }
        try {
            if (refused != null && (breaker().isClosed() || !refused.lasts(now))) {
                refused = null;
            }
            int worked =
                    carryOut(dispatcher.maySend() && breaker().isClosed()) + look(now) + bringDue(now) + takeTurn(now);
            if (rest != null) {
                rest = null;
                dispatcher.storeAnswers();
            }
            return worked;
        } catch (RuntimeException failure) {
            if (rest == null) {
                LOG.error("worker {} cannot park events and tries again", spec.name(), failure);
            }
            rest = Rest.of(REST_AFTER_FAILURE, now);
            dispatcher.storeFails(failure);
            return 0;
        }
    }

    private Breaker breaker() {
        return dispatcher.breaker();
    }

    private int carryOut(boolean mayBegin) {
        while (begun.size() < MAX_ORDERS) {
            ParkingOrder order = orders.poll();
            if (order == null) {
                break;
            }
            begun.add(order);
        }
        if (begun.isEmpty()) {
            return 0;
        }
        List<ParkingChange> changes = new ArrayList<>(begun.size());
        cautious.beginNone();
        for (ParkingOrder order : begun) {
            switch (order) {
                case ParkingOrder.Park park -> changes.add(park.change());
                case ParkingOrder.Change change -> changes.add(change.change());
                case ParkingOrder.Returned(var subject, var _, var _) when !cautious.isTurnOf(subject) -> {}
                case ParkingOrder.Returned(var _, var turn, var _) -> {
                    switch (turn) {
                        case COMPLETED -> {
                            if (mayBegin) {
                                changes.addAll(cautious.beginNext()); // with the end of the one before, in one commit
                            }
                        }
                        case REFUSED -> changes.addAll(cautious.giveUpTurn());
                        case STOPPED -> {}
                    }
                }
                case ParkingOrder.Schedule _ -> {}
            }
        }
        Set<ParkingChange> others = apply(changes);
        List<ParkingOrder> done = List.copyOf(begun);
        begun.clear();
        follow(done, others);
        undone.addAndGet(-done.size());
        if (!changes.isEmpty()) {
            dispatcher.parked(store.counts(spec.group()).waiting());
        }
        return done.size();
    }

    /// Makes changes, and finds out if somebody else works on what was this instance's.
    ///
    /// @return the changes that had no effect because of that
    private Set<ParkingChange> apply(List<ParkingChange> changes) {
        if (store.apply(changes) == changes.size()) {
            return Set.of();
        }
        Map<Partition, String> current = store.sessions(spec.group());
        Set<ParkingChange> others = Collections.newSetFromMap(new IdentityHashMap<>());
        for (ParkingChange change : changes) {
            if (change instanceof InSession own && !own.session().equals(current.get(own.partition()))) {
                others.add(change);
                dispatcher.disown(own.partition(), own.session());
            }
        }
        return others;
    }

    private void follow(List<ParkingOrder> done, Set<ParkingChange> others) {
        Instant now = clock.instant();
        List<Delivery> toSettle = new ArrayList<>();
        for (ParkingOrder order : done) {
            switch (order) {
                case ParkingOrder.Park parked when others.contains(parked.change()) -> dispatcher.letGo(1);
                case ParkingOrder.Park parked -> {
                    toSettle.add(parked.delivery());
                    ParkedSubject subject = parked.subject();
                    if (subject != null) {
                        subject.countStored();
                        if (parked.bringAt() != null && subject.standing() == Standing.RESTS) {
                            due.put(parked.bringAt(), subject);
                        }
                    }
                }
                case ParkingOrder.Returned(var subject, var turn, var dueAt) -> {
                    brought.remove(subject);
                    Task next = cautious.returned(subject, turn);
                    if (next != null) {
                        dispatcher.route(next);
                    }
                    if (!cautious.has(subject)) {
                        due.put(dueAt != null ? dueAt : now, subject);
                    }
                }
                case ParkingOrder.Schedule(var subject, var dueAt) -> {
                    if (subject.standing() == Standing.RESTS) { // it may have been found by a look meanwhile
                        due.put(dueAt, subject);
                    }
                }
                case ParkingOrder.Change _ -> {}
            }
        }
        dispatcher.settle(toSettle);
    }

    /// Looks whether somebody else has changed what is parked, now and then.
    private int look(Instant now) {
        if (looked.lasts(now) && !lookSoon) {
            return 0;
        }
        lookSoon = false;
        if (dispatcher.isPreparing()) { // what came before, only the store knows: nothing of it is completed yet
            looked = Rest.of(LOOK_EVERY, now);
            return 0;
        }
        brought.keySet().removeIf(subject -> !dispatcher.isParked(subject));
        long revision = store.revision(spec.group());
        looked = Rest.of(LOOK_EVERY, now);
        if (revision == seenRevision) {
            if (dispatcher.isFull()) { // others may have made room
                dispatcher.parked(store.counts(spec.group()).waiting());
            }
            return 0;
        }
        Set<OrderKey> queued = new HashSet<>();
        for (WaitingSubject waiting : store.waiting(spec.group())) {
            queued.add(waiting.key());
            ParkedSubject subject = dispatcher.noticeChange(waiting.key());
            Instant dueAt = waiting.dueAt() != null ? waiting.dueAt() : now;
            if (subject != null
                    && !waiting.held()
                    && subject.standing() != Standing.OUT
                    && (subject.dueAt() == null || dueAt.isBefore(subject.dueAt()))) {
                due.put(dueAt, subject);
            }
        }
        for (ParkedSubject subject : dispatcher.parkedSubjects()) {
            if (subject.standing() == Standing.RESTS && !queued.contains(subject.key())) {
                due.put(now, subject); // what held it was taken out: it is to resume
            }
        }
        dispatcher.parked(store.counts(spec.group()).waiting());
        if (!dispatcher.isPreparing()) { // else some were passed over
            seenRevision = revision;
        }
        return 1;
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
            apply(marks);
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
        return keys.isEmpty() ? Map.of() : store.heads(spec.group(), keys, HEAD_LIMIT);
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
            apply(List.of(unfinished.subject().session().own(unfinished.change())));
            cautious.drop(unfinished.subject());
            due.put(unfinished.dueAt(), unfinished.subject());
            return 1;
        }
        Permission permission = permission(now);
        if (permission == null) {
            return 0;
        }
        try {
            apply(cautious.beginNext());
        } catch (RuntimeException failure) {
            giveBack(permission);
            throw failure;
        }
        dispatcher.route(cautious.begun(permission));
        return 1;
    }
}
