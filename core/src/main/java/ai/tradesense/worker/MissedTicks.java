package ai.tradesense.worker;

/// What becomes of the ticks of a schedule that nobody saw in time, because no instance ran or the worker
/// was paused.
public enum MissedTicks {
    /// One run stands for all of them: that of the latest, or of the next tick if that is due already.
    RUN_ONCE,
    /// Each is run, oldest first; of more than [ScheduledWorker#MAX_MISSED_TICKS] the newest ones are.
    RUN_ALL,
    /// None is run; the schedule goes on with the next tick.
    SKIP
}
