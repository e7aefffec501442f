package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import java.time.Duration;
import java.util.Set;

/// Runs by the clock. Register it like any worker; however many instances do, each tick is run once.
///
/// A tick is an event ([ScheduledTick#TYPE]): every instance publishes it when it is due, its id makes that
/// one event, and the consumer group makes it one run. So what holds for events holds for ticks: they run
/// one after the other in order, one that fails is retried and given up as [#failurePolicy] says, and one
/// that was published survives a crash. A run that takes longer than the time between two ticks delays
/// those that follow.
///
/// A schedule begins when its worker is registered for the first time; nothing is run for the time before.
/// While the worker is paused, its ticks are missed.
///
/// ```java
/// final class DailyReport implements ScheduledWorker {
///     public String workerName() { return "daily-report"; }
///     public Schedule schedule() { return Schedule.cron("30 17 * * MON-FRI", ZoneId.of("America/New_York")); }
///     public void run(ScheduledTick tick, ExecutionContext context) { … }
/// }
/// ```
public interface ScheduledWorker extends EventWorker {
    /// How many missed ticks are looked at; if more are missed, the older ones are as if they had not been.
    int MAX_MISSED_TICKS = 1_000;

    /// How late a tick may be seen without being a missed one.
    Duration GRACE = Duration.ofSeconds(10);

    /// When it runs. Asked once, when the worker is registered.
    Schedule schedule();

    /// What becomes of ticks that were missed. Asked once, when the worker is registered.
    default MissedTicks missedTicks() {
        return MissedTicks.RUN_ONCE;
    }

    /// Does what is to be done at a tick; see [EventWorker#processEvent].
    void run(ScheduledTick tick, ExecutionContext context) throws Exception;

    @Override
    default Set<String> subscribesTo() {
        return Set.of(ScheduledTick.TYPE);
    }

    @Override
    default boolean canHandle(DomainEvent event) {
        return event.subject().equals(workerName());
    }

    @Override
    default void processEvent(DomainEvent event, ExecutionContext context) throws Exception {
        run(event.dataAs(ScheduledTick.class), context);
    }

    @Override
    default int concurrency() {
        return 1;
    }
}
