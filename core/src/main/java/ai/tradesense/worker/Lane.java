package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.transport.Delivery;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs tasks one after the other. All tasks of a subject go through one lane at a time: that is what keeps them in
/// order, through failures, waiting and retries, with no lock held while a handler runs.
class Lane implements Agent {
    /// Completed deliveries are settled together, this many at most, and soon.
    private static final int SETTLE_AT = 256;

    private static final long SETTLE_AFTER_NANOS = 50_000_000;

    private final String name;
    private final TaskProcessor processor;
    private final LatencyHistogram latencies = new LatencyHistogram(); // touched by the lane's thread alone
    private long lookedNanos; // likewise: when the lane last looked at the clock, 0 if that is not now
    private @Nullable AgentHandle handle;
    private volatile @Nullable Thread runner;

    // Guarded by this.
    private final ArrayDeque<Task> queue = new ArrayDeque<>();
    private final ArrayDeque<Task> urgent = new ArrayDeque<>(); // comes before the queue
    private List<Delivery> completed = new ArrayList<>();
    private @Nullable Task running;
    private List<Task> runningTogether = List.of(); // it and others, if they are a batch
    private long runningSinceNanos;
    private @Nullable Predicate<OrderKey> lostMeanwhile; // while it is running
    private long settledAtNanos;
    private boolean resting; // the breaker is open; until it says otherwise
    private boolean closing;

    Lane(String name, TaskProcessor processor) {
        this.name = name;
        this.processor = processor;
    }

    void runBy(AgentHandle handle) {
        this.handle = handle;
    }

    @Override
    public String name() {
        return name;
    }

    void add(List<? extends Task> tasks) {
        synchronized (this) {
            for (Task task : tasks) {
                enqueue(task);
            }
        }
        wake();
    }

    void add(Task task) {
        synchronized (this) {
            enqueue(task);
        }
        wake();
    }

    /// A critical event goes before those of other subjects, and what is here of its own subject goes before it.
    private void enqueue(Task task) {
        if (!(task instanceof Task.Live live) || !live.event().critical()) {
            queue.add(task);
            return;
        }
        OrderKey key = live.key();
        for (Iterator<Task> each = queue.iterator(); each.hasNext(); ) {
            Task waiting = each.next();
            if (waiting.isOf(key)) {
                each.remove();
                urgent.add(waiting);
            }
        }
        urgent.add(task);
    }

    /// Keeps tasks, which came first, for when the breaker lets them through; until then the lane rests. What was lost
    /// since they began goes.
    ///
    /// @param isOver whether the breaker has closed meanwhile: who closed it may have looked for lanes before
    void rest(List<Task.Live> tasks, BooleanSupplier isOver) {
        int lost;
        synchronized (this) {
            resting = true;
            lost = putBack(tasks);
        }
        letGo(lost);
        if (isOver.getAsBoolean()) {
            resume();
        }
    }

    /// Puts tasks that have begun before all others, but for those that were lost since.
    ///
    /// @return how many deliveries are among the lost
    private int putBack(List<? extends Task> tasks) {
        int lost = 0;
        for (Task task : tasks.reversed()) {
            if (!hasLost(task.key())) {
                urgent.addFirst(task);
            } else if (task instanceof Task.Live) {
                lost++;
            }
        }
        return lost;
    }

    private void letGo(int lost) {
        if (lost > 0) {
            processor.letGo(lost);
        }
    }

    /// Goes on after a rest.
    void resume() {
        synchronized (this) {
            if (!resting) {
                return;
            }
            resting = false;
        }
        wake();
    }

    private void wake() {
        AgentHandle runs = handle;
        if (runs != null) {
            runs.wake();
        }
    }

    @Override
    public final int doWork() {
        runner = Thread.currentThread();
        try {
            return run();
        } catch (Throwable unexpected) { // memory may be short: nobody knows how far it came, so it begins again
            beginAgain();
            throw unexpected;
        } finally {
            runner = null;
            lookedNanos = 0;
            processor.flush(latencies);
        }
    }

    private void beginAgain() {
        int lost;
        synchronized (this) {
            Task begun = running;
            lost = putBack(!runningTogether.isEmpty() ? runningTogether : begun != null ? List.of(begun) : List.of());
            running = null;
            runningTogether = List.of();
        }
        letGo(lost);
    }

    /// Runs what there is.
    ///
    /// @return how many tasks it was
    int run() {
        int ran = 0;
        Task task = next(null);
        while (task != null) {
            ran++;
            task = next(processor.process(task, this));
        }
        return ran;
    }

    /// Whether the caller is in a handler that this lane runs.
    boolean isRunByCaller() {
        return runner == Thread.currentThread();
    }

    /// The time, by a look at the clock that is shared by the end of one task and the beginning of the next.
    long startNanos() {
        if (lookedNanos == 0) {
            lookedNanos = processor.nanoTime();
        }
        return lookedNanos;
    }

    /// The time now.
    long endNanos() {
        lookedNanos = processor.nanoTime();
        return lookedNanos;
    }

    /// Where the processor notes how long handlers took.
    LatencyHistogram latencies() {
        return latencies;
    }

    private @Nullable Task next(@Nullable Delivery done) {
        long nanos = startNanos();
        Task task;
        List<Delivery> toSettle;
        synchronized (this) {
            if (done != null) {
                completed.add(done);
            }
            task = closing ? null : resting ? pollAllowed() : poll();
            toSettle = begin(task, nanos);
        }
        settle(toSettle);
        return task;
    }

    /// Ends some tasks and takes the next ones, as many as `take` finds.
    List<Task> next(List<Delivery> done, Supplier<List<Task>> take) {
        long nanos = startNanos();
        List<Task> tasks;
        List<Delivery> toSettle;
        synchronized (this) {
            completed.addAll(done);
            tasks = closing
                    ? List.of()
                    : resting ? Stream.ofNullable(pollAllowed()).toList() : take.get();
            toSettle = begin(tasks.isEmpty() ? null : tasks.getFirst(), nanos);
            runningTogether = tasks;
        }
        settle(toSettle);
        return tasks;
    }

    private List<Delivery> begin(@Nullable Task task, long nanos) {
        running = task;
        runningSinceNanos = nanos;
        lostMeanwhile = null;
        if (task != null && completed.size() < SETTLE_AT && nanos - settledAtNanos <= SETTLE_AFTER_NANOS) {
            return List.of();
        }
        settledAtNanos = nanos;
        return takeCompleted();
    }

    private void settle(List<Delivery> toSettle) {
        if (!toSettle.isEmpty()) {
            processor.settle(toSettle);
            processor.flush(latencies);
        }
    }

    /// The next task, taken; null if there is none. For the holder of the lock.
    @Nullable
    Task poll() {
        Task first = urgent.poll();
        return first != null ? first : queue.poll();
    }

    /// What the breaker has allowed goes on while the others wait for its outcome.
    private @Nullable Task pollAllowed() {
        for (ArrayDeque<Task> waiting : List.of(urgent, queue)) {
            for (Iterator<Task> each = waiting.iterator(); each.hasNext(); ) {
                if (each.next() instanceof Task.Retry retry && retry.isAllowed()) {
                    each.remove();
                    return retry;
                }
            }
        }
        return null;
    }

    /// Every task that waits, in order. For the holder of the lock.
    Collection<Task> waiting() {
        return urgent.isEmpty()
                ? queue
                : Stream.concat(urgent.stream(), queue.stream()).toList();
    }

    private List<Delivery> takeCompleted() {
        if (completed.isEmpty()) {
            return List.of();
        }
        List<Delivery> taken = completed;
        completed = new ArrayList<>(taken.size());
        return taken;
    }

    /// Whether the lane has nothing to do and does nothing.
    synchronized boolean isIdle() {
        return running == null && queue.isEmpty() && urgent.isEmpty();
    }

    /// What it runs, if that takes longer than a limit: since when, and where its thread is.
    @Nullable
    StuckHandler stuck(long nowNanos, long limitNanos, Instant now) {
        Task task;
        Thread thread;
        long nanos;
        synchronized (this) {
            task = running;
            thread = runner;
            nanos = nowNanos - runningSinceNanos;
        }
        if (task == null || thread == null || nanos < limitNanos) {
            return null;
        }
        return new StuckHandler(
                task.toString(), task.key().toString(), now.minusNanos(nanos), List.of(thread.getStackTrace()));
    }

    /// If one task has run for longer than `limitNanos`: gives those away that wait behind it and are not of its
    /// subject, and settles what it had completed before. Null if none has.
    @Nullable
    Handover handOver(long nowNanos, long limitNanos) {
        List<Delivery> toSettle;
        Handover handover;
        synchronized (this) {
            Task slow = running;
            if (slow == null || nowNanos - runningSinceNanos < limitNanos) {
                return null;
            }
            OrderKey key = slow.key();
            List<Task> others = new ArrayList<>();
            takeOthers(urgent, key, others);
            takeOthers(queue, key, others);
            toSettle = takeCompleted();
            handover = new Handover(key, others);
        }
        processor.settle(toSettle);
        return handover;
    }

    private static void takeOthers(ArrayDeque<Task> from, OrderKey key, List<Task> others) {
        from.removeIf(waiting -> {
            boolean other = !waiting.isOf(key);
            if (other) {
                others.add(waiting);
            }
            return other;
        });
    }

    /// What a lane gives away.
    ///
    /// @param slow the subject that it keeps
    /// @param others tasks of other subjects, in order; there may be none
    record Handover(OrderKey slow, List<Task> others) {}

    /// Drops the tasks of some keys that have not begun.
    ///
    /// @return how many deliveries were among them
    synchronized int discard(Predicate<OrderKey> keys) {
        if (running != null) {
            lostMeanwhile = lostMeanwhile == null ? keys : lostMeanwhile.or(keys);
        }
        return discard(urgent, keys) + discard(queue, keys);
    }

    private int discard(ArrayDeque<Task> from, Predicate<OrderKey> keys) {
        int deliveries = 0;
        for (Iterator<Task> each = from.iterator(); each.hasNext(); ) {
            Task task = each.next();
            if (keys.test(task.key())) {
                each.remove();
                switch (task) {
                    case Task.Live _ -> deliveries++;
                    case Task.Retry retry when retry.isAllowed() -> processor.notAttempted();
                    case Task.Retry _, Task.Drained _ -> {}
                }
            }
        }
        return deliveries;
    }

    /// Whether a key was among those to be dropped since the task began that is running.
    synchronized boolean hasLost(OrderKey key) {
        return lostMeanwhile != null && lostMeanwhile.test(key);
    }

    /// Whether the running task was among those to be dropped since it began.
    synchronized boolean runsLost() {
        Task task = running;
        return task != null && hasLost(task.key());
    }

    synchronized boolean isClosing() {
        return closing;
    }

    /// Begins nothing more.
    synchronized void stopTaking() {
        closing = true;
    }

    /// Ends the lane once its running task has ended; tasks that it has not begun are left alone.
    void close() {
        stopTaking();
        AgentHandle runs = handle;
        if (runs != null) {
            runs.close();
        }
        List<Delivery> leftBehind; // by a handler that does not end
        synchronized (this) {
            leftBehind = takeCompleted();
        }
        processor.settle(leftBehind);
    }
}
