package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.parking.ParkingStore.EventIdentity;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.RecentEvents;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.Undecodable;
import ai.tradesense.worker.WorkerStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the events of one consumer group to its worker.
///
/// Its own step takes deliveries from the transport, leaves out what the worker did not ask for or has seen, and routes
/// the rest to [Lanes], where handlers run. What fails goes by way of the [ParkingAgent] to the parking store.
/// Deliveries
/// are settled when their work is completed or durably parked, never before.
final class Dispatcher implements Agent {
    /// How often a worker that has nothing to do shows that it is alive.
    static final Duration HEARTBEAT = Duration.ofSeconds(5);

    /// How many seen events are remembered.
    static final int SEEN_WINDOW = 1 << 15;

    private static final Duration HANDOVER_CHECK = Duration.ofNanos(Lanes.HANDOVER_NANOS);
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration RECENTLY = Duration.ofMinutes(1);
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final WorkerSpec spec;
    private final InstantSource clock;
    private final ParkingStore parkingStore;
    private final WorkerMeters meters;
    private final ParkingAgent parking;
    private final EventProcessor processor;
    private final Lanes lanes;
    private final Subscription subscription;
    private final Transport transport;
    private final boolean transportFilters;
    private final int maxInFlight;
    private final int pollEvents;
    private final AtomicInteger inFlight = new AtomicInteger();

    private volatile @Nullable AgentHandle parkingHandle;
    private volatile @Nullable AgentHandle ownHandle;
    private volatile boolean paused;
    private volatile boolean starved;
    private volatile Instant heartbeat;
    private volatile @Nullable String transportTrouble;
    private volatile @Nullable String storeTrouble;
    private volatile Set<Partition> owned = Set.of();
    private volatile Counts lastCounts = new Counts(0, 0);
    private volatile long lastLag;

    // Touched by the dispatcher's own thread alone.
    private final RecentEvents seen = new RecentEvents(SEEN_WINDOW);
    private final Map<EventType, Boolean> wanted = new HashMap<>();
    private boolean toPrepare;
    private List<Delivery> taken = List.of(); // kept while the store does not answer
    private @Nullable Instant restUntil;

    Dispatcher(WorkerSpec spec, Platform platform) {
        this.spec = spec;
        this.clock = platform.clock();
        this.parkingStore = platform.parking();
        this.transport = platform.transport();
        this.transportFilters = transport.filtersDuplicates();
        this.maxInFlight = platform.limits().maxInFlight();
        this.pollEvents = platform.limits().pollEvents();
        this.heartbeat = clock.instant();
        this.meters = new WorkerMeters(spec.name(), platform.meters());
        this.parking = new ParkingAgent(spec, parkingStore, clock, this);
        this.processor = new EventProcessor(spec, platform.upcasters(), platform.bus(), clock, meters, parking, this);
        AgentRuntime runtime = platform.runtime();
        this.lanes = new Lanes(spec.name(), spec.concurrency(), processor, runtime);
        try {
            this.subscription = transport.subscribe(
                    new GroupMembership(spec.group(), spec.filter().domains(), spec.startFrom(), maxInFlight),
                    this::wake);
        } catch (RuntimeException failure) {
            lanes.close();
            meters.remove();
            throw failure;
        }
        gauges();
        this.parkingHandle = runtime.start(parking, AgentRuntime.Kind.LOOP);
        this.ownHandle = runtime.start(this, AgentRuntime.Kind.LOOP);
        wake(); // for what was signalled before there was a handle
    }

    private void gauges() {
        meters.gauge("tradesense.worker.lag", "Events stored and not yet done with", subscription, Subscription::lag);
        meters.gauge(
                "tradesense.worker.in.flight", "Events delivered and not yet done with", inFlight, Number::intValue);
        meters.gauge(
                "tradesense.worker.parked",
                "Events that wait for a retry or behind one",
                this,
                dispatcher -> dispatcher.counts().waiting());
        meters.gauge(
                "tradesense.dead.letters",
                "Events given up or in quarantine",
                this,
                dispatcher -> dispatcher.counts().dead());
        meters.gauge(
                "tradesense.worker.up",
                "1 if the worker can take events, 0 if not",
                this,
                dispatcher -> dispatcher.trouble() == null ? 1 : 0);
    }

    private Counts counts() {
        return parkingStore.counts(spec.group());
    }

    @Override
    public String name() {
        return spec.name() + "-dispatcher";
    }

    @Override
    public @Nullable Instant wakeAt() {
        Instant now = clock.instant();
        if (restUntil != null && restUntil.isAfter(now)) {
            return restUntil;
        }
        return now.plus(lanes.isIdle() ? HEARTBEAT : HANDOVER_CHECK);
    }

    @Override
    public int doWork() {
        Instant now = clock.instant();
        heartbeat = now;
        if (!lanes.isIdle()) {
            lanes.relieve(meters.nanoTime());
        }
        if (paused || (restUntil != null && now.isBefore(restUntil))) {
            return 0;
        }
        int room = room();
        if (room <= 0) {
            return 0;
        }
        try {
            int worked = take(room);
            restUntil = null;
            transportTrouble = null;
            return worked;
        } catch (RuntimeException failure) {
            if (restUntil == null) {
                LOG.error("worker {} cannot take events and tries again", spec.name(), failure);
            }
            restUntil = now.plus(REST_AFTER_FAILURE);
            transportTrouble = String.valueOf(failure.getMessage());
            return 0;
        }
    }

    /// How many more events may be in flight. When there is no room, whoever makes some wakes this dispatcher.
    private int room() {
        int room = maxInFlight - inFlight.get();
        if (room <= 0) {
            starved = true;
            room = maxInFlight - inFlight.get();
        }
        return room;
    }

    private int take(int room) {
        if (toPrepare) {
            prepare();
            routeTaken();
        }
        Poll poll = subscription.poll(Math.min(pollEvents, room));
        taken = poll.deliveries();
        if (!poll.lost().isEmpty() || !poll.assigned().isEmpty()) {
            reassign(poll);
            toPrepare = true;
            prepare();
        }
        routeTaken();
        return poll.deliveries().size() + poll.assigned().size() + poll.lost().size();
    }

    /// Works on other partitions from now on. What was delivered of lost ones and not begun is left to whoever has them
    /// now, and will not have been seen if it comes back here.
    private void reassign(Poll poll) {
        Set<Partition> now = new HashSet<>(owned);
        if (!poll.lost().isEmpty()) {
            poll.lost().forEach(now::remove);
            owned = Set.copyOf(now);
            seen.clear();
            processor.forgetOthers();
            inFlight.addAndGet(-lanes.discard(key -> !owns(key)));
        }
        now.addAll(poll.assigned());
        owned = Set.copyOf(now);
    }

    /// Whether the events of a key are for this instance to process.
    boolean owns(OrderKey key) {
        return owned.contains(transport.partitionOf(key.domain(), key.subject()));
    }

    /// Learns from the store which of its subjects are parked and what was parked last, before any of their events is
    /// looked at.
    private void prepare() {
        for (EventIdentity identity : parkingStore.recent(spec.group(), SEEN_WINDOW)) {
            seen.add(identity.source(), identity.id());
        }
        for (WaitingSubject waiting : parkingStore.waiting(spec.group())) {
            ParkedSubject subject = owns(waiting.key()) ? processor.adopt(waiting.key()) : null;
            if (subject != null) {
                parking.schedule(subject, waiting.dueAt() != null ? waiting.dueAt() : clock.instant());
            }
        }
        toPrepare = false;
    }

    private void routeTaken() {
        List<Delivery> deliveries = taken;
        taken = List.of();
        if (deliveries.isEmpty()) {
            return;
        }
        List<Task.Live> tasks = new ArrayList<>(deliveries.size());
        List<Delivery> leftOut = new ArrayList<>();
        for (Delivery delivery : deliveries) {
            DomainEvent event = delivery.event();
            if (event == null) {
                inFlight.incrementAndGet();
                quarantine(delivery);
            } else if (!wanted.computeIfAbsent(event.type(), processor::wants)) {
                leftOut.add(delivery);
            } else if (wasSeen(event)) {
                meters.duplicate();
                leftOut.add(delivery);
            } else {
                tasks.add(new Task.Live(delivery, event));
            }
        }
        if (!tasks.isEmpty()) {
            inFlight.addAndGet(tasks.size());
            lanes.route(tasks);
        }
        if (!leftOut.isEmpty()) {
            subscription.settle(leftOut);
        }
    }

    /// Where the transport filters duplicates, only what was parked before this assignment can come a second time.
    private boolean wasSeen(DomainEvent event) {
        if (transportFilters) {
            return !seen.isEmpty() && seen.contains(event.source().toString(), event.id());
        }
        return !seen.add(event);
    }

    private void quarantine(Delivery delivery) {
        Undecodable undecodable = delivery.undecodable();
        if (undecodable == null) {
            throw new IllegalStateException("a delivery with neither event nor bytes: " + delivery);
        }
        parking.store(
                new ParkingChange.Park(ParkedEvents.of(spec, delivery.receipt(), undecodable, clock.instant())),
                delivery,
                null,
                null);
    }

    // What lanes and the parking agent ask of their dispatcher.

    void settle(List<Delivery> done) {
        if (done.isEmpty()) {
            return;
        }
        subscription.settle(done);
        inFlight.addAndGet(-done.size());
        if (starved) {
            starved = false;
            wake();
        }
    }

    /// Brings what the parking agent found due to its lane. There may be nothing else to do, and still a slow handler
    /// in its way, so the dispatcher is to look.
    void route(Task task) {
        lanes.route(task);
        wake();
    }

    boolean isParked(ParkedSubject subject) {
        return processor.isParked(subject);
    }

    boolean isPaused() {
        return paused;
    }

    void wakeParking() {
        AgentHandle handle = parkingHandle;
        if (handle != null) {
            handle.wake();
        }
    }

    void storeFails(RuntimeException failure) {
        storeTrouble = String.valueOf(failure.getMessage());
    }

    void storeAnswers() {
        storeTrouble = null;
    }

    private void wake() {
        AgentHandle handle = ownHandle;
        if (handle != null) {
            handle.wake();
        }
    }

    // What the registry asks of a dispatcher.

    WorkerSpec spec() {
        return spec;
    }

    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        wake();
        wakeParking();
    }

    private @Nullable String trouble() {
        String transport = transportTrouble;
        return transport != null ? transport : storeTrouble;
    }

    WorkerStatus status() {
        String trouble = trouble();
        try {
            lastCounts = counts();
            lastLag = subscription.lag();
        } catch (RuntimeException failure) { // what was known last is better than nothing, above all now
            trouble = String.valueOf(failure.getMessage());
        }
        Counts counts = lastCounts;
        WorkerMeters.LastError lastError = meters.lastError();
        State state = State.RUNNING;
        String reason = "";
        if (trouble != null) {
            state = State.DOWN;
            reason = trouble;
        } else if (paused) {
            state = State.PAUSED;
            reason = "paused by an operator";
        } else if (counts.waiting() > 0) {
            state = State.DEGRADED;
            reason = counts.waiting() + " events wait for a retry or behind one";
        } else if (lastError != null && lastError.at().plus(RECENTLY).isAfter(clock.instant())) {
            state = State.DEGRADED;
            reason = "failed within the last minute: " + lastError.text();
        }
        return new WorkerStatus(
                spec.name(),
                spec.group(),
                spec.filter().patterns(),
                state,
                reason,
                lastLag,
                inFlight.get(),
                counts.waiting(),
                counts.dead(),
                meters.processed(),
                meters.failed(),
                meters.meanProcessing(),
                meters.quantile(0.99),
                lastError == null ? null : lastError.text(),
                lastError == null ? null : lastError.at(),
                heartbeat);
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
        subscription.close();
        meters.remove();
    }

    private static void stop(@Nullable AgentHandle handle) {
        if (handle != null) {
            handle.close();
        }
    }
}
