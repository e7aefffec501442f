package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.runtime.Agent;
import ai.tradesense.transport.Delivery;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does a worker's durable parking, so that no lane waits for it: takes orders in order, makes them durable together,
/// then
/// settles what the transport delivered. Knows when each parked subject is due and brings its head to its lane.
///
/// Nothing is settled before it is durable here; when the store fails, the orders are kept and tried again.
final class ParkingAgent implements Agent {
    /// How many events of a subject are retried in one go.
    static final int HEAD_LIMIT = 16;

    private static final int MAX_ORDERS = 1_024;
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ParkingAgent.class);

    private sealed interface Order {
        /// Make a change durable, then settle the delivery and remember when the subject is due.
        record Store(
                ParkingChange change,
                @Nullable Delivery delivery,
                @Nullable ParkedSubject sent,
                @Nullable ParkedSubject timed,
                @Nullable Instant dueAt)
                implements Order {}

        /// Bring the next events of a subject to its lane.
        record Advance(ParkedSubject subject) implements Order {}

        /// Do so at a time.
        record Schedule(ParkedSubject subject, Instant dueAt) implements Order {}
    }

    private record Due(Instant at, ParkedSubject subject) {}

    private final WorkerSpec spec;
    private final ParkingStore store;
    private final InstantSource clock;
    private final Dispatcher dispatcher;
    private final ConcurrentLinkedQueue<Order> orders = new ConcurrentLinkedQueue<>();
    private final ReentrantLock stepping = new ReentrantLock(); // a step that hangs must not hold up the end

    // Touched by the agent's thread alone.
    private final List<Order> begun = new ArrayList<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparing(Due::at));
    private @Nullable Instant restUntil;

    ParkingAgent(WorkerSpec spec, ParkingStore store, InstantSource clock, Dispatcher dispatcher) {
        this.spec = spec;
        this.store = store;
        this.clock = clock;
        this.dispatcher = dispatcher;
    }

    @Override
    public String name() {
        return spec.name() + "-parking";
    }

    /// Parks an event and then settles its delivery; if `dueAt` is given, the subject is tried again then.
    void store(ParkingChange change, Delivery delivery, @Nullable ParkedSubject subject, @Nullable Instant dueAt) {
        give(new Order.Store(change, delivery, subject, dueAt == null ? null : subject, dueAt));
    }

    /// Changes an event that is parked; the subject is tried again at `dueAt`.
    void store(ParkingChange change, ParkedSubject subject, Instant dueAt) {
        give(new Order.Store(change, null, null, subject, dueAt));
    }

    /// Changes an event that is parked.
    void store(ParkingChange change) {
        give(new Order.Store(change, null, null, null, null));
    }

    /// Brings what is next of a subject to its lane, after everything ordered before.
    void advance(ParkedSubject subject) {
        give(new Order.Advance(subject));
    }

    /// Brings what is next of a subject to its lane at a time.
    void schedule(ParkedSubject subject, Instant dueAt) {
        give(new Order.Schedule(subject, dueAt));
    }

    private void give(Order order) {
        orders.add(order);
        dispatcher.wakeParking();
    }

    /// Carries out what has been ordered, whether the store failed just now or not: the last thing to be done, when the
    /// agent is called no more.
    ///
    /// @return whether all of it is durable
    boolean finish() {
        if (!stepping.tryLock()) {
            return false; // the store has not answered the last step
        }
        try {
            while (!orders.isEmpty() || !begun.isEmpty()) {
                carryOut();
            }
            return true;
        } catch (RuntimeException failure) {
            LOG.error("worker {} cannot park events", spec.name(), failure);
            return false;
        } finally {
            stepping.unlock();
        }
    }

    @Override
    public @Nullable Instant wakeAt() {
        if (restUntil != null) {
            return restUntil;
        }
        Due next = due.peek();
        return next == null || dispatcher.isPaused() ? null : next.at();
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
        if (restUntil != null && now.isBefore(restUntil)) {
            return 0;
        }
        try {
            int worked = carryOut() + bringDue(now);
            if (restUntil != null) {
                restUntil = null;
                dispatcher.storeAnswers();
            }
            return worked;
        } catch (RuntimeException failure) {
            if (restUntil == null) {
                LOG.error("worker {} cannot park events and tries again", spec.name(), failure);
            }
            restUntil = now.plus(REST_AFTER_FAILURE);
            dispatcher.storeFails(failure);
            return 0;
        }
    }

    private int carryOut() {
        while (begun.size() < MAX_ORDERS) {
            Order order = orders.poll();
            if (order == null) {
                break;
            }
            begun.add(order);
        }
        if (begun.isEmpty()) {
            return 0;
        }
        List<ParkingChange> changes = new ArrayList<>(begun.size());
        for (Order order : begun) {
            if (order instanceof Order.Store change) {
                changes.add(change.change());
            }
        }
        if (!changes.isEmpty()) {
            store.apply(changes);
        }
        List<Order> done = List.copyOf(begun);
        begun.clear();
        follow(done);
        return done.size();
    }

    private void follow(List<Order> done) {
        Instant now = clock.instant();
        List<Delivery> toSettle = new ArrayList<>();
        for (Order order : done) {
            switch (order) {
                case Order.Store stored -> {
                    if (stored.delivery() != null) {
                        toSettle.add(stored.delivery());
                    }
                    if (stored.sent() != null) {
                        stored.sent().countStored();
                    }
                    if (stored.timed() != null && stored.dueAt() != null) {
                        due.add(new Due(stored.dueAt(), stored.timed()));
                    }
                }
                case Order.Advance next -> due.add(new Due(now, next.subject()));
                case Order.Schedule later -> due.add(new Due(later.dueAt(), later.subject()));
            }
        }
        dispatcher.settle(toSettle);
    }

    private int bringDue(Instant now) {
        int brought = 0;
        while (!dispatcher.isPaused() && !due.isEmpty() && !due.peek().at().isAfter(now)) {
            Due next = due.remove();
            try {
                bringHead(next.subject(), now);
            } catch (RuntimeException failure) {
                due.add(next);
                throw failure;
            }
            brought++;
        }
        return brought;
    }

    private void bringHead(ParkedSubject subject, Instant now) {
        if (!dispatcher.isParked(subject)) {
            return;
        }
        OrderKey key = subject.key();
        List<ParkedEvent> head = store.head(spec.group(), key, HEAD_LIMIT);
        if (head.isEmpty()) {
            dispatcher.route(new Task.Drained(subject, subject.stored()));
            return;
        }
        Instant dueAt = head.getFirst().dueAt();
        if (dueAt != null && dueAt.isAfter(now)) {
            due.add(new Due(dueAt, subject));
        } else {
            dispatcher.route(new Task.Retry(subject, head));
        }
    }
}
