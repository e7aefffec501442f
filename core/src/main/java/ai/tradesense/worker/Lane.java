package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.transport.Delivery;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Runs tasks one after the other. All tasks of a subject go through one lane at a time: that is what keeps them in
/// order, through failures, waiting and retries, with no lock held while a handler runs.
final class Lane implements Agent {
    /// Completed deliveries are settled together, this many at most, and soon.
    private static final int SETTLE_AT = 256;

    private static final long SETTLE_AFTER_NANOS = 50_000_000;

    private final String name;
    private final EventProcessor processor;
    private final LatencyHistogram latencies = new LatencyHistogram(); // touched by the lane's thread alone
    private @Nullable AgentHandle handle;
    private volatile @Nullable Thread runner;

    // Guarded by this.
    private final ArrayDeque<Task> queue = new ArrayDeque<>();
    private List<Delivery> completed = new ArrayList<>();
    private @Nullable Task running;
    private long runningSinceNanos;
    private long settledAtNanos;
    private boolean closing;

    Lane(String name, EventProcessor processor) {
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
            queue.addAll(tasks);
        }
        wake();
    }

    void add(Task task) {
        synchronized (this) {
            queue.add(task);
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
    public int doWork() {
        int worked = 0;
        runner = Thread.currentThread();
        try {
            Task task = next(null);
            while (task != null) {
                worked++;
                task = next(processor.process(task, this));
            }
        } finally {
            runner = null;
        }
        processor.flush(latencies);
        return worked;
    }

    /// Whether the caller is in a handler that this lane runs.
    boolean isRunByCaller() {
        return runner == Thread.currentThread();
    }

    /// Where the processor notes how long handlers took.
    LatencyHistogram latencies() {
        return latencies;
    }

    private @Nullable Task next(@Nullable Delivery done) {
        long nanos = processor.nanoTime();
        Task task;
        List<Delivery> toSettle = List.of();
        synchronized (this) {
            if (done != null) {
                completed.add(done);
            }
            task = closing ? null : queue.poll();
            running = task;
            runningSinceNanos = nanos;
            boolean due = completed.size() >= SETTLE_AT || nanos - settledAtNanos > SETTLE_AFTER_NANOS;
            if (task == null || due) {
                toSettle = takeCompleted();
                settledAtNanos = nanos;
            }
        }
        if (!toSettle.isEmpty()) {
            processor.settle(toSettle);
            processor.flush(latencies);
        }
        return task;
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
        return running == null && queue.isEmpty();
    }

    /// If one task has run for longer than `limitNanos` and others wait behind it: gives those away that are not of its
    /// subject, and settles what it had completed before.
    @Nullable
    Handover handOver(long nowNanos, long limitNanos) {
        List<Delivery> toSettle;
        Handover handover;
        synchronized (this) {
            Task slow = running;
            if (slow == null || queue.isEmpty() || nowNanos - runningSinceNanos < limitNanos) {
                return null;
            }
            OrderKey key = slow.key();
            List<Task> others = new ArrayList<>();
            for (Task waiting : queue) {
                if (!waiting.isOf(key)) {
                    others.add(waiting);
                }
            }
            if (others.isEmpty()) {
                return null;
            }
            queue.removeIf(waiting -> !waiting.isOf(key));
            toSettle = takeCompleted();
            handover = new Handover(key, others);
        }
        processor.settle(toSettle);
        return handover;
    }

    /// What a lane gives away.
    ///
    /// @param slow the subject that it keeps
    /// @param others tasks of other subjects, in order
    record Handover(OrderKey slow, List<Task> others) {}

    /// Drops the tasks of some keys that have not begun.
    ///
    /// @return how many deliveries were among them
    synchronized int discard(Predicate<OrderKey> keys) {
        int deliveries = 0;
        for (Iterator<Task> each = queue.iterator(); each.hasNext(); ) {
            Task task = each.next();
            if (keys.test(task.key())) {
                each.remove();
                deliveries += task instanceof Task.Live ? 1 : 0;
            }
        }
        return deliveries;
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
