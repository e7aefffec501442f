package ai.tradesense.worker;

import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.ScheduleStore.Progress;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes the ticks of one scheduled worker when they are due.
///
/// A tick is published first and noted then. Whoever stops in between, or does not know of the others that
/// publish ticks of the same schedule, publishes what is there already.
final class Ticker implements Agent, AutoCloseable {
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

    private final String worker;
    private final Schedule schedule;
    private final MissedTicks missedTicks;
    private final Transport transport;
    private final ScheduleStore store;
    private final InstantSource clock;

    private volatile BooleanSupplier paused = () -> false;
    private volatile @Nullable AgentHandle handle;
    private volatile @Nullable Instant last;
    private volatile Instant next;

    // Touched by the agent's own thread alone.
    private @Nullable Rest rest; // after a failure

    Ticker(ScheduledWorker scheduled, WorkerSpec spec, Platform platform) {
        this.worker = spec.name();
        this.schedule = scheduled.schedule();
        this.missedTicks = scheduled.missedTicks();
        this.transport = platform.transport();
        this.store = platform.schedules();
        this.clock = platform.clock();
        this.next = schedule.next(clock.instant());
    }

    /// Starts publishing.
    ///
    /// @param paused whether ticks are missed now
    void start(AgentRuntime runtime, BooleanSupplier paused) {
        this.paused = paused;
        handle = runtime.start(this, AgentRuntime.Kind.LOOP);
    }

    /// Looks again whether something is due.
    void wake() {
        AgentHandle started = handle;
        if (started != null) {
            started.wake();
        }
    }

    @Override
    public String name() {
        return worker + "-ticker";
    }

    @Override
    public Instant wakeAt() {
        return rest != null ? rest.until() : next;
    }

    @Override
    public int doWork() {
        Instant now = clock.instant();
        if (rest != null && rest.lasts(now)) {
            return 0;
        }
        try {
            publishDue(now);
            rest = null;
        } catch (RuntimeException failure) {
            if (rest == null) {
                LOG.error("the ticks of worker {} cannot be published and are tried again", worker, failure);
            }
            rest = Rest.of(REST_AFTER_FAILURE, now);
        }
        next = schedule.next(now);
        return 0;
    }

    private void publishDue(Instant now) {
        Progress progress = store.find(worker).orElse(null);
        if (progress == null) {
            progress = store.begin(worker, now);
        }
        last = progress.lastTick();
        if (paused.getAsBoolean()) {
            return;
        }
        List<ScheduledTick> due = DueTicks.of(schedule, missedTicks, progress.until(), now);
        if (!due.isEmpty()) {
            transport.send(due.stream().map(tick -> tick.event(worker)).toList());
            Instant newest = due.getLast().scheduledAt();
            store.note(worker, newest);
            last = newest;
        }
    }

    ScheduleStatus status() {
        return new ScheduleStatus(worker, schedule, missedTicks, last, next);
    }

    /// Publishes no more. Idempotent.
    @Override
    public void close() {
        AgentHandle started = handle;
        if (started != null) {
            started.close();
        }
    }
}
