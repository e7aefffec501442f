package ai.tradesense.testkit;

import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.worker.ExecutionContext;
import ai.tradesense.worker.MissedTicks;
import ai.tradesense.worker.Schedule;
import ai.tradesense.worker.ScheduledTick;
import ai.tradesense.worker.ScheduledWorker;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// A scheduled worker that writes down its runs, and fails when it is told to.
class RecordingSchedule implements ScheduledWorker {
    /// A run that ended well.
    record Run(Instant scheduledAt, long missed, Instant at) {}

    private final String name;
    private final Schedule schedule;
    private final MissedTicks missedTicks;
    private final List<Run> runs = new ArrayList<>();
    private int attempts;
    private int failures;

    RecordingSchedule(String name, Schedule schedule, MissedTicks missedTicks) {
        this.name = name;
        this.schedule = schedule;
        this.missedTicks = missedTicks;
    }

    RecordingSchedule(String name, Schedule schedule) {
        this(name, schedule, MissedTicks.RUN_ONCE);
    }

    /// Lets the next attempts fail.
    void fail(int attempts) {
        failures = attempts;
    }

    @Override
    public String workerName() {
        return name;
    }

    @Override
    public Schedule schedule() {
        return schedule;
    }

    @Override
    public MissedTicks missedTicks() {
        return missedTicks;
    }

    @Override
    public BreakerPolicy circuitBreaker() {
        return BreakerPolicy.NEVER;
    }

    @Override
    public void run(ScheduledTick tick, ExecutionContext context) {
        attempts++;
        if (failures > 0) {
            failures--;
            throw new IllegalStateException("not now");
        }
        runs.add(new Run(tick.scheduledAt(), tick.missed(), context.now()));
    }

    int attempts() {
        return attempts;
    }

    List<Run> runs() {
        return List.copyOf(runs);
    }

    /// The ticks of the runs, in order.
    List<Instant> ticks() {
        return runs.stream().map(Run::scheduledAt).toList();
    }
}
