package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.runtime.AgentRuntime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Predicate;

/// Brings each task to the lane of its subject. A subject's lane follows from its hash, so that nothing need be
/// remembered of it, with one exception: when a handler is slow, its subject keeps the lane for itself, and the
/// subjects that shared it go on in a new one. (Go's scheduler does the same with a thread that blocks in a
/// system call.)
final class Lanes {
    /// How long a handler may run while others wait behind it.
    static final long HANDOVER_NANOS = 10_000_000;

    private final String name;
    private final Function<String, Lane> makeLane;
    private final AgentRuntime runtime;

    // Guarded by this.
    private Lane[] lanes;
    private List<Task>[] batches;
    private final Map<OrderKey, Lane> slow = new HashMap<>();
    private int started;
    private boolean closed;

    /// As many lanes as the worker's concurrency. A slow handler adds one, up to as many again.
    ///
    /// @param makeLane makes a lane of a name
    Lanes(String name, int concurrency, Function<String, Lane> makeLane, AgentRuntime runtime) {
        this.name = name;
        this.makeLane = makeLane;
        this.runtime = runtime;
        this.lanes = new Lane[concurrency];
        this.batches = newBatches(concurrency);
        try {
            for (int i = 0; i < concurrency; i++) {
                lanes[i] = start();
            }
        } catch (RuntimeException | Error failure) {
            Arrays.stream(lanes).filter(Objects::nonNull).forEach(Lane::close);
            throw failure;
        }
    }

    @SuppressWarnings("unchecked") // there are no arrays of generic lists
    private static List<Task>[] newBatches(int count) {
        List<Task>[] batches = (List<Task>[]) new List<?>[count];
        Arrays.setAll(batches, _ -> new ArrayList<>());
        return batches;
    }

    private Lane start() {
        Lane lane = makeLane.apply(name + "-lane-" + started++);
        lane.runBy(runtime.start(lane, AgentRuntime.Kind.HANDLER));
        return lane;
    }

    private int slot(String domain, String subject) {
        int hash = domain.hashCode() * 31 + subject.hashCode();
        hash *= 0x9E3779B9;
        return Math.floorMod(hash ^ (hash >>> 16), lanes.length);
    }

    /// Brings live tasks to their lanes, a batch for each lane.
    synchronized void route(List<Task.Live> tasks) {
        try {
            for (Task.Live task : tasks) {
                Lane own = slow.isEmpty() ? null : slow.get(task.key());
                if (own != null) {
                    own.add(task);
                } else {
                    batches[slot(task.event().type().domain(), task.event().subject())].add(task);
                }
            }
            for (int i = 0; i < lanes.length; i++) {
                if (!batches[i].isEmpty()) {
                    lanes[i].add(batches[i]);
                }
            }
        } finally { // memory may be short, and all of them are routed again then
            for (List<Task> batch : batches) {
                batch.clear();
            }
        }
    }

    /// Brings one task to its lane.
    synchronized void route(Task task) {
        OrderKey key = task.key();
        Lane own = slow.get(key);
        (own != null ? own : lanes[slot(key.domain(), key.subject())]).add(task);
    }

    /// Gives the subjects behind slow handlers lanes of their own, and takes lanes back that have caught up.
    /// Cheap; to be called now and then while there is work.
    void relieve(long nowNanos) {
        List<Lane> caughtUp;
        synchronized (this) {
            if (closed) {
                return;
            }
            caughtUp = slow.isEmpty() ? List.of() : takeIdle();
            for (int i = 0; i < lanes.length && slow.size() < lanes.length; i++) {
                Lane.Handover handover = lanes[i].handOver(nowNanos, HANDOVER_NANOS);
                if (handover != null && !handover.others().isEmpty()) {
                    handOver(i, handover);
                }
            }
        }
        caughtUp.forEach(Lane::close);
    }

    /// Puts another lane in the place of one that a subject keeps.
    private void handOver(int place, Lane.Handover handover) {
        try {
            Lane next = start();
            slow.put(handover.slow(), lanes[place]);
            lanes[place] = next;
        } finally {
            lanes[place].add(handover.others()); // which is the same lane if there could be no other
        }
    }

    private List<Lane> takeIdle() {
        List<Lane> idle = new ArrayList<>();
        Iterator<Lane> each = slow.values().iterator();
        while (each.hasNext()) {
            Lane lane = each.next();
            if (lane.isIdle()) {
                each.remove();
                idle.add(lane);
            }
        }
        return idle;
    }

    /// Whether no lane has anything to do.
    synchronized boolean isIdle() {
        for (Lane lane : lanes) {
            if (!lane.isIdle()) {
                return false;
            }
        }
        for (Lane lane : slow.values()) {
            if (!lane.isIdle()) {
                return false;
            }
        }
        return true;
    }

    /// How many subjects are processed at the same time at most.
    synchronized int concurrency() {
        return lanes.length;
    }

    /// Changes the number of lanes, if none has anything to do: subjects get other lanes by it, but for those that are
    /// slow and keep theirs.
    ///
    /// @return whether it did
    boolean resize(int concurrency, long nowNanos) {
        List<Lane> surplus;
        synchronized (this) {
            if (closed || !areIdleOrSlow(nowNanos)) {
                return false;
            }
            List<Lane> now = new ArrayList<>(List.of(lanes));
            while (now.size() < concurrency) {
                now.add(start());
            }
            surplus = now.subList(concurrency, now.size());
            lanes = now.subList(0, concurrency).toArray(Lane[]::new);
            batches = newBatches(concurrency);
        }
        surplus.forEach(Lane::close);
        return true;
    }

    private boolean areIdleOrSlow(long nowNanos) {
        for (int i = 0; i < lanes.length; i++) {
            if (!lanes[i].isIdle() && slow.size() < lanes.length) {
                Lane.Handover handover = lanes[i].handOver(nowNanos, HANDOVER_NANOS);
                if (handover != null) {
                    handOver(i, handover);
                }
            }
            if (!lanes[i].isIdle()) {
                return false;
            }
        }
        return true;
    }

    /// Lanes that rest go on.
    void resume() {
        List<Lane> resting;
        synchronized (this) {
            resting = all();
        }
        resting.forEach(Lane::resume);
    }

    /// What handlers have been running for longer than a limit.
    List<StuckHandler> stuck(long nowNanos, long limitNanos, Instant now) {
        List<Lane> each;
        synchronized (this) {
            each = all();
        }
        return each.stream()
                .map(lane -> lane.stuck(nowNanos, limitNanos, now))
                .filter(Objects::nonNull)
                .toList();
    }

    /// Drops the tasks of some keys that have not begun.
    ///
    /// @return how many deliveries were among them
    synchronized int discard(Predicate<OrderKey> keys) {
        int deliveries = 0;
        for (Lane lane : all()) {
            deliveries += lane.discard(keys);
        }
        return deliveries;
    }

    /// Whether something still runs that was to be dropped after it had begun.
    synchronized boolean runsLost() {
        return all().stream().anyMatch(Lane::runsLost);
    }

    private List<Lane> all() {
        List<Lane> all = new ArrayList<>(List.of(lanes));
        all.addAll(slow.values());
        return all;
    }

    /// Ends every lane when its running handler has ended. Those that do not end in time are waited for together.
    void close() {
        List<Lane> toClose;
        synchronized (this) {
            closed = true;
            toClose = all();
        }
        toClose.forEach(Lane::stopTaking);
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Lane lane : toClose) {
                if (lane.isRunByCaller()) {
                    lane.close(); // a handler closes its own worker
                } else {
                    each.execute(lane::close);
                }
            }
        }
    }
}
