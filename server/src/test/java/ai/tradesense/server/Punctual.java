package ai.tradesense.server;

import ai.tradesense.worker.ExecutionContext;
import ai.tradesense.worker.Schedule;
import ai.tradesense.worker.ScheduledTick;
import ai.tradesense.worker.ScheduledWorker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A scheduled worker that does nothing but to say when it ran.
final class Punctual implements ScheduledWorker {
    private final String name;
    private final Schedule schedule;
    private final List<ScheduledTick> ran = new CopyOnWriteArrayList<>();

    Punctual(String name, Schedule schedule) {
        this.name = name;
        this.schedule = schedule;
    }

    Punctual(String name) {
        this(name, Schedule.every(Duration.ofMinutes(1)));
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
    public void run(ScheduledTick tick, ExecutionContext context) {
        ran.add(tick);
    }

    List<ScheduledTick> ran() {
        return ran;
    }
}
