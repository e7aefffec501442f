package ai.tradesense.worker;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Which ticks are to be run now.
final class DueTicks {
    private DueTicks() {}

    /// The ticks to run of those after one instant and up to another, oldest first.
    static List<ScheduledTick> of(Schedule schedule, MissedTicks policy, Instant after, Instant now) {
        List<Instant> due = upTo(schedule, after, now);
        boolean tooMany = due.size() > ScheduledWorker.MAX_MISSED_TICKS;
        if (tooMany) {
            due = newest(schedule, after, now);
        }
        if (due.isEmpty()) {
            return List.of();
        }
        int first = switch (policy) {
            case RUN_ALL -> 0;
            case RUN_ONCE -> Math.min(late(due, now), due.size() - 1);
            case SKIP -> late(due, now);
        };
        List<ScheduledTick> toRun = new ArrayList<>(due.size() - first);
        long missed = tooMany ? ScheduledWorker.MAX_MISSED_TICKS : first;
        for (Instant tick : due.subList(first, due.size())) {
            toRun.add(new ScheduledTick(tick, missed));
            missed = 0;
        }
        return toRun;
    }

    private static int late(List<Instant> due, Instant now) {
        Instant inTime = now.minus(ScheduledWorker.GRACE);
        int late = 0;
        while (late < due.size() && due.get(late).isBefore(inTime)) {
            late++;
        }
        return late;
    }

    /// The ticks after one instant and up to another; one more than there may be, if there are more.
    private static List<Instant> upTo(Schedule schedule, Instant after, Instant end) {
        List<Instant> ticks = new ArrayList<>();
        Instant tick = schedule.next(after);
        while (!tick.isAfter(end) && ticks.size() <= ScheduledWorker.MAX_MISSED_TICKS) {
            ticks.add(tick);
            tick = schedule.next(tick);
        }
        return ticks;
    }

    /// As many ticks as there may be, the last of more. Where they begin is found by halving the time that
    /// is in question, so years of seconds take no longer than days of minutes.
    private static List<Instant> newest(Schedule schedule, Instant after, Instant end) {
        Instant early = after; // behind which there are too many
        Instant late = end; // behind which there are too few
        while (true) {
            Instant middle = early.plus(Duration.between(early, late).dividedBy(2));
            List<Instant> ticks = upTo(schedule, middle, end);
            if (ticks.size() == ScheduledWorker.MAX_MISSED_TICKS) {
                return ticks;
            }
            if (ticks.size() > ScheduledWorker.MAX_MISSED_TICKS) {
                early = middle;
            } else {
                late = middle;
            }
        }
    }
}
