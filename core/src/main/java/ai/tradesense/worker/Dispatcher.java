package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.TransactionalTransport;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the events of one consumer group to its worker.
///
/// Its own step takes deliveries from the transport, leaves out what the worker did not ask for or has seen,
/// and routes the rest to [Lanes], where handlers run. What fails goes by way of the [ParkingAgent] to the
/// parking store. Deliveries are settled when their work is completed or durably parked, never before.
final class Dispatcher implements Agent {
    /// How often a worker that has nothing to do shows that it is alive.
    static final Duration HEARTBEAT = Duration.ofSeconds(5);

    private static final Duration HANDOVER_CHECK = Duration.ofNanos(Lanes.HANDOVER_NANOS);
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final WorkerSpec spec;
    private final InstantSource clock;
    private final ParkingStore parkingStore;
    private final WorkerMeters meters;
    private final ParkingAgent parking;
    private final Breaker breaker;
    private final EventProcessor processor;
    private final Lanes lanes;
    private final Assignment assignment;
    private final Subscription subscription;
    private final Intake intake;
    private final Limits limits;
    private final Room room;
    private final Takeover takeover;
    private final Troubles troubles;
    private final StatusReport report;

    private volatile @Nullable AgentHandle parkingHandle;
    private volatile @Nullable AgentHandle ownHandle;
    private volatile Admission admission = Admission.OPEN;
    private volatile boolean taking; // its step may take something
    private volatile Instant heartbeat;
    private volatile int wantedConcurrency;

    // Touched by the dispatcher's own thread alone.
    private List<Delivery> taken = List.of(); // kept while the store does not answer
    private @Nullable Rest rest; // after a failure
    private ParkingOrder.@Nullable Mark lastOfLost; // behind what was ordered of lost partitions

    /// @param silence shared by the workers of a process
    Dispatcher(WorkerSpec spec, Platform platform, Silence silence) {
        this.spec = spec;
        this.clock = platform.clock();
        this.parkingStore = platform.parking();
        Transport transport = platform.transport();
        this.limits = platform.limits();
        this.heartbeat = clock.instant();
        this.wantedConcurrency = spec.concurrency();
        this.assignment =
                new Assignment(spec.group(), platform.instance(), transport, parkingStore, clock, limits.maxInFlight());
        this.troubles = new Troubles(assignment);
        this.meters = new WorkerMeters(spec.name(), platform.meters());
        this.parking = new ParkingAgent(spec, parkingStore, clock, this);
        this.breaker = new Breaker(spec.name(), spec.breakerPolicy(), clock, this::breakerChanged);
        this.processor = new EventProcessor(spec, platform, meters, parking, this, breaker);
        this.room = new Room(limits, spec.breakerPolicy().probes(), breaker);
        this.intake = new Intake(processor, meters, transport.filtersDuplicates());
        this.takeover = new Takeover(
                spec.group(), assignment, parkingStore, intake, processor.parkedSubjects(), parking, clock);
        AgentRuntime runtime = platform.runtime();
        try {
            this.lanes = new Lanes(spec.name(), spec.concurrency(), laneMaker(platform.bus()), runtime);
        } catch (RuntimeException | Error failure) {
            meters.remove();
            throw failure;
        }
        try {
            this.subscription = spec.join(transport, limits.maxInFlight(), this::wake, meters);
        } catch (RuntimeException | Error failure) {
            lanes.close();
            meters.remove();
            throw failure;
        }
        this.report = new StatusReport(this, subscription, lanes, meters, silence, clock);
    }

    /// Begins to take events. To be closed also if that fails.
    void start(AgentRuntime runtime) {
        report.gauges();
        this.parkingHandle = runtime.start(parking, AgentRuntime.Kind.LOOP);
        this.ownHandle = runtime.start(this, AgentRuntime.Kind.LOOP);
        wake(); // for what was signalled before there was a handle
    }

    private Function<String, Lane> laneMaker(EventBus bus) {
        if (spec.worker() instanceof BatchWorker batchWorker) {
            BatchProcessor batches = new BatchProcessor(batchWorker, spec, processor, bus, clock, meters, breaker);
            return name -> new BatchLane(name, processor, batches, batchWorker, clock);
        }
        return name -> new Lane(name, processor);
    }

    Counts counts() {
        return parkingStore.counts(spec.group());
    }

    @Override
    public String name() {
        return spec.name() + "-dispatcher";
    }

    @Override
    public @Nullable Instant wakeAt() {
        Instant now = clock.instant();
        if (rest != null && rest.lasts(now)) {
            return rest.until();
        }
        Instant nextLook = assignment.nextLook(now);
        if (nextLook != null) {
            return nextLook;
        }
        Instant wakeAt = now.plus(lanes.isIdle() || !breaker.isClosed() ? HEARTBEAT : HANDOVER_CHECK);
        Instant retryAt = breaker.retryAt();
        return retryAt != null && retryAt.isAfter(now) && retryAt.isBefore(wakeAt) ? retryAt : wakeAt;
    }

    @Override
    public int doWork() {
        taking = true;
        try {
            return step();
        } finally {
            taking = false;
        }
    }

    private int step() {
        Instant now = clock.instant();
        heartbeat = now;
        if (!lanes.isIdle()) {
            lanes.relieve(meters.nanoTime());
        }
        if (!breaker.isClosed() && !breaker.isOpen()) {
            lanes.resume(); // for the few that may be tried, also if nothing more is taken
            wakeParking();
        }
        if (wantedConcurrency != lanes.concurrency() && !lanes.resize(wantedConcurrency, meters.nanoTime())) {
            return 0; // until what has been taken is done with, or has a lane of its own
        }
        if (isPaused()
                || breaker.isOpen()
                || (rest != null && rest.lasts(now))
                || (takeover.isPending() && assignment.nextLook(now) != null)) {
            return 0;
        }
        try {
            int left = room.left();
            if (left <= 0 && !room.isFull()) {
                return 0;
            }
            int worked = take(Math.max(0, left)); // who is full learns what is its own, as that is what makes room
            rest = null;
            troubles.transportAnswers();
            return worked;
        } catch (RuntimeException failure) {
            if (rest == null) {
                LOG.error("worker {} cannot take events and tries again", spec.name(), failure);
            }
            rest = Rest.of(REST_AFTER_FAILURE, now);
            troubles.transportFails(failure);
            return 0;
        }
    }

    private int take(int atMost) {
        boolean prepares = takeover.isPending();
        if (prepares) {
            if (isEnding() && assignment.waitsForEnd()) {
                return 0;
            }
            assignment.look();
        }
        Poll poll = subscription.poll(prepares ? 0 : Math.min(limits.pollEvents(), atMost));
        if (!poll.lost().isEmpty() || !poll.assigned().isEmpty()) {
            takeover.begin();
            reassign(poll);
        } else if (prepares && assignment.begin()) { // all of it is still assigned, now that others were looked at
            takeover.finish();
        }
        if (!poll.deliveries().isEmpty()) {
            taken = poll.deliveries();
        }
        if (!takeover.isPending()) {
            routeTaken();
        }
        return poll.deliveries().size() + poll.assigned().size() + poll.lost().size() + (prepares ? 1 : 0);
    }

    /// Whether something of lost partitions still runs, or what it has ordered of the parking store is not durable.
    private boolean isEnding() {
        if (lanes.runsLost()) {
            return true;
        }
        if (lastOfLost == null) {
            if (parking.isQuiet()) {
                return false;
            }
            lastOfLost = parking.mark();
        }
        return !lastOfLost.isPassed();
    }

    /// Works on other partitions from now on. What was delivered of lost ones and not begun is left to whoever has
    /// them now, and will not have been seen if it comes back here.
    private void reassign(Poll poll) {
        assignment.change(poll.lost(), poll.assigned());
        lastOfLost = null;
        if (!poll.lost().isEmpty()) {
            Set<Partition> moved = new HashSet<>(poll.lost());
            Predicate<OrderKey> isGone = key -> moved.contains(assignment.partitionOf(key));
            intake.forget();
            taken = taken.stream()
                    .filter(delivery -> delivery.event() == null
                            || !isGone.test(delivery.event().orderKey()))
                    .toList();
            processor.parkedSubjects().forget(isGone);
            room.free(lanes.discard(isGone));
        }
    }

    /// The session in which the events of a key are for this instance to process; null if they are not.
    @Nullable
    Session session(OrderKey key) {
        return assignment.session(key);
    }

    private void routeTaken() {
        List<Delivery> deliveries = taken;
        if (deliveries.isEmpty()) {
            return;
        }
        List<Delivery> leftOut;
        try {
            leftOut = route(deliveries);
        } catch (Throwable unexpected) { // memory may be short: they are routed again, and none of them was seen
            intake.forget();
            throw unexpected;
        }
        taken = List.of();
        if (!leftOut.isEmpty()) {
            subscription.settle(leftOut);
        }
    }

    /// Brings deliveries to their lanes.
    ///
    /// @return those that are not for the worker
    private List<Delivery> route(List<Delivery> deliveries) {
        List<Task.Live> tasks = new ArrayList<>(deliveries.size());
        List<Delivery> leftOut = new ArrayList<>();
        boolean someDisowned = !assignment.disowned().isEmpty();
        for (Delivery delivery : deliveries) {
            DomainEvent event = delivery.event();
            if (event == null) {
                ParkingChange change = ParkedEvents.quarantined(spec, delivery, clock.instant());
                room.take(1);
                parking.park(change, delivery, null, null);
            } else if (someDisowned && session(event.orderKey()) == null) {
                LOG.warn("worker {} leaves {} to another instance", spec.name(), delivery.receipt());
            } else if (!intake.admits(event)) {
                leftOut.add(delivery);
            } else {
                boolean suspect = assignment.hasSuspects() && assignment.nextIsSuspect(event.orderKey());
                tasks.add(new Task.Live(delivery, event, suspect));
            }
        }
        if (!tasks.isEmpty()) {
            room.take(tasks.size());
            try {
                lanes.route(tasks);
            } catch (Throwable unexpected) {
                room.free(tasks.size());
                throw unexpected;
            }
        }
        return leftOut;
    }

    // What lanes and the parking agent ask of their dispatcher.

    /// Keeps what a transactional worker published until its event is settled.
    void caused(Delivery delivery, List<DomainEvent> results) {
        ((TransactionalTransport.Results) subscription).caused(delivery, results);
    }

    void settle(List<Delivery> done) {
        if (done.isEmpty()) {
            return;
        }
        subscription.settle(done);
        if (room.free(done.size())) {
            wake();
        }
    }

    /// Leaves an event to whoever works on it now, and with it what is here and comes after it; they are not
    /// settled.
    void leave(OrderKey key) {
        letGo(1 + lanes.discard(each -> each.equals(key) && session(each) == null));
    }

    /// Forgets deliveries that are not to be settled here.
    void letGo(int deliveries) {
        room.free(deliveries);
        wake();
    }

    /// Another has begun on a partition since a session did there.
    void disown(Partition partition, String session) {
        assignment.disown(partition, session);
    }

    /// Brings what the parking agent found due to its lane. There may be nothing else to do, and still a slow
    /// handler in its way, so the dispatcher is to look.
    void route(Task task) {
        lanes.route(task);
        wake();
    }

    Collection<ParkedSubject> parkedSubjects() {
        return processor.parkedSubjects().all();
    }

    boolean isParked(ParkedSubject subject) {
        return processor.isParked(subject);
    }

    /// Whether parked events may be brought to their lanes now.
    boolean maySend() {
        return !isPaused() && !breaker.isOpen();
    }

    Takeover takeover() {
        return takeover;
    }

    Troubles troubles() {
        return troubles;
    }

    CautiousTurns.Unfinished unfinished(ParkedSubject subject, ParkedEvent row, int attempt, Failure failure) {
        return processor.unfinished(subject, row, attempt, failure);
    }

    void wakeParking() {
        wake(parkingHandle);
    }

    /// Somebody in this process has changed what is parked.
    void lookAtParked() {
        parking.lookSoon();
    }

    /// So many events are parked now.
    void parked(long events) {
        if (room.park(events)) {
            wake();
        }
    }

    private void wake() {
        wake(ownHandle);
    }

    private static void wake(@Nullable AgentHandle handle) {
        if (handle != null) {
            handle.wake();
        }
    }

    // What the registry asks of a dispatcher.

    WorkerSpec spec() {
        return spec;
    }

    void admit(Admission now) {
        admission = now;
        wake();
        wakeParking();
    }

    void changeConcurrency(int subjects) {
        wantedConcurrency = subjects;
        wake();
    }

    Breaker breaker() {
        return breaker;
    }

    private void breakerChanged() {
        if (breaker.isClosed()) {
            lanes.resume();
            wakeParking();
        }
        wake();
    }

    Admission admission() {
        return admission;
    }

    boolean isPaused() {
        return admission != Admission.OPEN;
    }

    /// Whether no event is being taken, is with a lane or its handler, or has an outcome that is not durable yet.
    /// Stays so while it takes none: a parking agent that is quiet gives lanes nothing, and has what idle ones gave
    /// it.
    boolean hasNothingAtHand() {
        return !taking && parking.isQuiet() && lanes.isIdle() && parking.isQuiet() && room.inFlight() == 0;
    }

    Room room() {
        return room;
    }

    Instant heartbeat() {
        return heartbeat;
    }

    WorkerStatus status() {
        return report.status();
    }

    /// Takes no more, lets running handlers end, makes what they ordered durable, and leaves the group. What was
    /// delivered and not begun comes again to whoever works for the group next.
    void close() {
        stop(ownHandle);
        lanes.close();
        stop(parkingHandle);
        if (!parking.finish()) {
            LOG.error("worker {} closes while it cannot park; what it could not park comes again", spec.name());
        }
        try {
            subscription.close();
            assignment.end();
        } catch (RuntimeException failure) {
            LOG.warn("worker {} cannot note that it ended; the next one will be cautious", spec.name(), failure);
        }
    }

    /// Whoever takes its place has meters of the same names: they go when it leaves the registry, not when it ends.
    void removeMeters() {
        meters.remove();
    }

    private static void stop(@Nullable AgentHandle handle) {
        if (handle != null) {
            handle.close();
        }
    }
}
