package ai.tradesense.worker;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import org.jspecify.annotations.Nullable;

/// Ticks of a cron expression by the clocks of a zone, see [Schedule#cron].
///
/// Local times that fit are found field by field, never by trying one after the other. How they become
/// instants is the whole of daylight saving:
///
/// - An expression of certain hours maps each local time to one instant: in a gap, to the instant at which
///   the clocks jump; in an overlap, to the first. This mapping never runs backwards, so the first local
///   time that is mapped behind an instant gives the next tick.
/// - An expression of every hour is looked up between two changes of the clocks, where local time and
///   instants differ by a fixed offset; then between the next two.
final class CronSchedule implements Schedule {
    /// The calendar repeats itself after as many years.
    private static final int YEARS_OF_THE_CALENDAR = 400;

    private static final LocalDate SOME_DAY = LocalDate.of(2000, 1, 1);

    private final String expression;
    private final ZoneId zone;
    private final long seconds;
    private final long minutes;
    private final long hours;
    private final long daysOfMonth;
    private final long months;
    private final long daysOfWeek;
    private final boolean eitherDay;
    private final boolean everyHour;

    private CronSchedule(String expression, ZoneId zone, String[] fields) {
        this.expression = expression;
        this.zone = zone;
        this.seconds = CronField.SECOND.parse(fields[0], expression);
        this.minutes = CronField.MINUTE.parse(fields[1], expression);
        this.hours = CronField.HOUR.parse(fields[2], expression);
        this.daysOfMonth = CronField.DAY_OF_MONTH.parse(fields[3], expression);
        this.months = CronField.MONTH.parse(fields[4], expression);
        this.daysOfWeek = CronField.DAY_OF_WEEK.parse(fields[5], expression);
        this.eitherDay = !CronField.isOpen(fields[3]) && !CronField.isOpen(fields[5]);
        this.everyHour = hours == CronField.HOUR.all();
    }

    static CronSchedule parse(String expression, ZoneId zone) {
        String[] found = expression.strip().split("\\s+");
        String[] fields = switch (found.length) {
            case 5 -> ("0 " + String.join(" ", found)).split(" ");
            case 6 -> found;
            default ->
                throw new IllegalArgumentException("'" + expression + "' has " + found.length
                        + " fields, expected 5 (minute, hour, day of the month, month, day of the week)"
                        + " or 6 with the second first");
        };
        CronSchedule schedule = new CronSchedule(String.join(" ", found), zone, fields);
        if (schedule.dayFrom(SOME_DAY, SOME_DAY.plusYears(YEARS_OF_THE_CALENDAR)) == null) {
            throw new IllegalArgumentException("the day of the month of '" + expression + "' is '" + fields[3]
                    + "', expected one that the month '" + fields[4] + "' has");
        }
        return schedule;
    }

    @Override
    public Instant next(Instant after) {
        return everyHour ? nextByClock(after) : nextOnce(after);
    }

    private Instant nextOnce(Instant after) {
        LocalDateTime local = from(after.atZone(zone).toLocalDateTime().truncatedTo(ChronoUnit.SECONDS));
        Instant tick = instantOf(local);
        while (!tick.isAfter(after)) {
            local = from(local.plusSeconds(1));
            tick = instantOf(local);
        }
        return tick;
    }

    private Instant instantOf(LocalDateTime local) {
        ZoneRules rules = zone.getRules();
        ZoneOffsetTransition change = rules.getTransition(local);
        if (change == null) {
            return local.toInstant(rules.getOffset(local));
        }
        return change.isGap() ? change.getInstant() : local.toInstant(change.getOffsetBefore());
    }

    private Instant nextByClock(Instant after) {
        Instant first = after.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
        while (true) {
            ZoneOffset offset = zone.getRules().getOffset(first);
            ZoneOffsetTransition change = zone.getRules().nextTransition(first);
            Instant tick = from(LocalDateTime.ofInstant(first, offset)).toInstant(offset);
            if (change == null || tick.isBefore(change.getInstant())) {
                return tick;
            }
            first = change.getInstant();
        }
    }

    /// The first local time that fits, not before another one of whole seconds.
    private LocalDateTime from(LocalDateTime start) {
        LocalDate day = dayFrom(start.toLocalDate());
        if (day.equals(start.toLocalDate())) {
            LocalTime time = timeFrom(start.getHour(), start.getMinute(), start.getSecond());
            if (time != null) {
                return day.atTime(time);
            }
            day = dayFrom(day.plusDays(1));
        }
        return day.atTime(first(hours), first(minutes), first(seconds));
    }

    private LocalDate dayFrom(LocalDate start) {
        LocalDate day = dayFrom(start, start.plusYears(YEARS_OF_THE_CALENDAR));
        if (day == null) {
            throw new IllegalStateException("'" + expression + "' has no day after " + start);
        }
        return day;
    }

    private @Nullable LocalDate dayFrom(LocalDate start, LocalDate end) {
        LocalDate day = start;
        while (day.isBefore(end)) {
            if (!has(months, day.getMonthValue())) {
                day = day.withDayOfMonth(1).plusMonths(1);
            } else if (isDay(day)) {
                return day;
            } else {
                day = day.plusDays(1);
            }
        }
        return null;
    }

    private boolean isDay(LocalDate day) {
        boolean ofMonth = has(daysOfMonth, day.getDayOfMonth());
        boolean ofWeek = has(daysOfWeek, day.getDayOfWeek().getValue() % 7);
        return eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
    }

    /// The first time of a day that fits, not before another one; null if there is none.
    private @Nullable LocalTime timeFrom(int hour, int minute, int second) {
        if (has(hours, hour)) {
            int nextSecond = has(minutes, minute) ? atLeast(seconds, second) : -1;
            if (nextSecond >= 0) {
                return LocalTime.of(hour, minute, nextSecond);
            }
            int nextMinute = atLeast(minutes, minute + 1);
            if (nextMinute >= 0) {
                return LocalTime.of(hour, nextMinute, first(seconds));
            }
        }
        int nextHour = atLeast(hours, hour + 1);
        return nextHour < 0 ? null : LocalTime.of(nextHour, first(minutes), first(seconds));
    }

    private static boolean has(long numbers, int number) {
        return (numbers >>> number & 1) != 0;
    }

    private static int first(long numbers) {
        return Long.numberOfTrailingZeros(numbers);
    }

    /// The first number that is not less than another one; -1 if there is none.
    private static int atLeast(long numbers, int number) {
        long rest = numbers >>> number;
        return rest == 0 ? -1 : number + Long.numberOfTrailingZeros(rest);
    }

    @Override
    public String expression() {
        return expression;
    }

    @Override
    public ZoneId zone() {
        return zone;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CronSchedule cron && cron.expression.equals(expression) && cron.zone.equals(zone);
    }

    @Override
    public int hashCode() {
        return 31 * expression.hashCode() + zone.hashCode();
    }

    @Override
    public String toString() {
        return expression + " " + zone;
    }
}
