package ai.tradesense.worker;

import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.runtime.Agent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.worker.ParkedSubject.Standing;
import ai.tradesense.worker.ParkingOrder.Turn;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does a worker's durable parking, so that no lane waits for it: takes orders in order, makes them durable together,
/// then settles what the transport delivered; when the store fails, the orders are kept. [DueRetries] brings what is
/// parked back when its time comes, and [OthersChanges] finds what operators change in the store.
final class ParkingAgent implements Agent {
    /// How often it looks for changes that somebody else made.
    static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private static final int MAX_ORDERS = 1_024;
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ParkingAgent.class);

    private final WorkerSpec spec;
    private final ParkingStore store;
    private final InstantSource clock;
    private final Dispatcher dispatcher;
    private final OwnChanges own;
    private final DueRetries retries;
    private final OthersChanges others;
    private final ConcurrentLinkedQueue<ParkingOrder> orders = new ConcurrentLinkedQueue<>();
    private final AtomicInteger undone = new AtomicInteger(); // orders that were given and are not carried out
    private final ReentrantLock stepping = new ReentrantLock(); // a step that hangs must not hold up the end

    // Touched by the agent's thread alone.
    private final ArrayDeque<ParkingOrder> begun = new ArrayDeque<>(MAX_ORDERS);
    private @Nullable Set<ParkingChange> lost; // among what has begun, if that is durable; null if it is not
    private final List<Delivery> toSettle = new ArrayList<>();
    private @Nullable Rest rest; // after a failure

    ParkingAgent(WorkerSpec spec, ParkingStore store, InstantSource clock, Dispatcher dispatcher) {
        this.spec = spec;
        this.store = store;
        this.clock = clock;
        this.dispatcher = dispatcher;
        this.own = new OwnChanges(spec.group(), store, dispatcher);
        this.retries = new DueRetries(spec.group(), store, dispatcher, own);
        this.others = new OthersChanges(spec.group(), store, dispatcher, retries, LOOK_EVERY);
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

    /// A mark behind all that was ordered until now.
    ParkingOrder.Mark mark() {
        ParkingOrder.Mark mark = new ParkingOrder.Mark();
        give(mark);
        return mark;
    }

    void lookSoon() {
        others.lookSoon();
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
            store.apply(retries.takeBack());
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
        return retries.nextAtOr(others.nextLookAt());
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
            boolean mayBegin = dispatcher.maySend() && dispatcher.breaker().isClosed();
            int worked = carryOut(mayBegin) + others.look(now) + retries.bring(now);
            if (rest != null) {
                rest = null;
                dispatcher.troubles().storeAnswers();
            }
            return worked;
        } catch (RuntimeException failure) {
            if (rest == null) {
                LOG.error("worker {} cannot park events and tries again", spec.name(), failure);
            }
            rest = Rest.of(REST_AFTER_FAILURE, now);
            dispatcher.troubles().storeFails(failure);
            return 0;
        }
    }

    private int carryOut(boolean mayBegin) {
        boolean changed = lost == null ? makeDurable(mayBegin) : true; // else memory was short when it was followed
        int done = follow();
        if (changed) {
            dispatcher.parked(store.counts(spec.group()).waiting());
        }
        return done;
    }

    /// Has the next orders' changes made, all or none.
    ///
    /// @return whether there were any
    private boolean makeDurable(boolean mayBegin) {
        while (begun.size() < MAX_ORDERS) {
            ParkingOrder order = orders.poll();
            if (order == null) {
                break;
            }
            begun.add(order);
        }
        if (begun.isEmpty()) {
            return false;
        }
        List<ParkingChange> changes = new ArrayList<>(begun.size());
        retries.beginChanges();
        for (ParkingOrder order : begun) {
            switch (order) {
                case ParkingOrder.Park park -> changes.add(park.change());
                case ParkingOrder.Change change -> changes.add(change.change());
                case ParkingOrder.Returned returned -> changes.addAll(retries.changesBy(returned, mayBegin));
                case ParkingOrder.Schedule _, ParkingOrder.Mark _ -> {}
            }
        }
        lost = own.apply(changes);
        return !changes.isEmpty();
    }

    /// Does what comes after the changes, order by order, so that none is passed over should memory be short.
    ///
    /// @return how many orders are done with
    private int follow() {
        Set<ParkingChange> withoutEffect = lost;
        if (withoutEffect == null) {
            return 0;
        }
        Instant now = clock.instant();
        int done = 0;
        for (ParkingOrder order = begun.peek(); order != null; order = begun.peek()) {
            follow(order, withoutEffect, now);
            begun.remove();
            undone.decrementAndGet();
            done++;
        }
        lost = null;
        List<Delivery> durable = List.copyOf(toSettle);
        toSettle.clear();
        dispatcher.settle(durable);
        return done;
    }

    private void follow(ParkingOrder order, Set<ParkingChange> withoutEffect, Instant now) {
        switch (order) {
            case ParkingOrder.Park parked when withoutEffect.contains(parked.change()) -> dispatcher.letGo(1);
            case ParkingOrder.Park parked -> {
                ParkedSubject subject = parked.subject();
                if (subject != null && parked.bringAt() != null && subject.standing() == Standing.RESTS) {
                    retries.put(parked.bringAt(), subject);
                }
                toSettle.add(parked.delivery());
                if (subject != null) {
                    subject.countStored(); // last: it must not count twice
                }
            }
            case ParkingOrder.Returned returned -> retries.returned(returned, now);
            case ParkingOrder.Schedule(var subject, var dueAt) -> {
                if (subject.standing() == Standing.RESTS) { // it may have been found by a look meanwhile
                    retries.put(dueAt, subject);
                }
            }
            case ParkingOrder.Mark mark -> mark.pass();
            case ParkingOrder.Change _ -> {}
        }
    }
}
