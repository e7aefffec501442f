package ai.tradesense.worker;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/// When something is to be done again and again. Immutable; all instances that are given the same schedule
/// agree on its ticks.
public sealed interface Schedule permits IntervalSchedule, CronSchedule {
    /// A tick every so often, counted from the epoch (1970-01-01T00:00:00Z), so that it does not matter
    /// when somebody started: `every(Duration.ofMinutes(5))` ticks when a clock in UTC shows a multiple of
    /// five minutes.
    ///
    /// @param interval whole milliseconds, one second to 36,500 days
    /// @throws IllegalArgumentException saying what of it cannot be
    static Schedule every(Duration interval) {
        return new IntervalSchedule(interval);
    }

    /// A tick whenever the clocks of a time zone show what a cron expression says:
    ///
    /// ```
    /// ┌───────────── second, 0-59 (may be left out, is 0 then)
    /// │ ┌─────────── minute, 0-59
    /// │ │ ┌───────── hour, 0-23
    /// │ │ │ ┌─────── day of the month, 1-31
    /// │ │ │ │ ┌───── month, 1-12 or JAN-DEC
    /// │ │ │ │ │ ┌─── day of the week, 0-7 or SUN-SAT; 0 and 7 are Sunday
    /// 0 0 9 * * MON-FRI
    /// ```
    ///
    /// A field is `*`, a value, a range `a-b`, either with a step as in `*/15`, `10-40/5` or `10/5` (from
    /// 10 on), or a list of these with commas between. Either day may also be `?`, which is `*`.
    ///
    /// As in Vixie cron, if both days are restricted it is enough that one of them fits: `0 0 13 * FRI` is
    /// every 13th and every Friday. A field that begins with `*` is not restricted in this sense.
    ///
    /// **When clocks are changed**, an expression of certain hours has each of its times once: one that the
    /// clocks leave out comes at the first instant after the gap, one that they show twice at the first of
    /// the two. An expression of every hour (`*`) follows the clocks: what they leave out does not come,
    /// what they show twice comes twice.
    ///
    /// @throws IllegalArgumentException naming the field, what was found there and what was expected
    static Schedule cron(String expression, ZoneId zone) {
        return CronSchedule.parse(expression, zone);
    }

    /// The first tick after an instant, which itself is not meant.
    Instant next(Instant after);

    /// What it was made from, such as `0 9 * * MON-FRI` or `every PT5M`.
    String expression();

    /// The zone whose clocks it goes by; null if it goes by none.
    @Nullable
    ZoneId zone();
}
