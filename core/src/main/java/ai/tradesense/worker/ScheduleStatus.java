package ai.tradesense.worker;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What is known of the schedule of a worker now.
///
/// @param worker the name of the worker, which is that of the schedule
/// @param schedule when it runs
/// @param missedTicks what becomes of ticks that were missed
/// @param last the newest tick that was published; null if there was none yet
/// @param next the next tick
public record ScheduleStatus(
        String worker,
        Schedule schedule,
        MissedTicks missedTicks,
        @Nullable Instant last,
        Instant next) {}
