package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// When schedules tick, on calendars and clocks with a history.
class CronTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");
    private static final ZoneId LORD_HOWE = ZoneId.of("Australia/Lord_Howe");

    /// The ticks of a local day and the hours around it, as the clocks of the zone show them, with the
    /// offset.
    private static List<String> ticks(String expression, ZoneId zone, String from, String to) {
        Schedule schedule = Schedule.cron(expression, zone);
        Instant end = LocalDateTime.parse(to).atZone(zone).toInstant();
        List<String> ticks = new ArrayList<>();
        Instant tick = schedule.next(LocalDateTime.parse(from).atZone(zone).toInstant());
        while (!tick.isAfter(end)) {
            ticks.add(tick.atZone(zone).toLocalDateTime()
                    + tick.atZone(zone).getOffset().toString());
            tick = schedule.next(tick);
        }
        return ticks;
    }

    private static List<String> days(String expression, String from, int ticks) {
        Schedule schedule = Schedule.cron(expression, ZoneOffset.UTC);
        Instant tick =
                LocalDate.parse(from).atStartOfDay(ZoneOffset.UTC).toInstant().minusNanos(1);
        List<String> days = new ArrayList<>();
        for (int i = 0; i < ticks; i++) {
            tick = schedule.next(tick);
            days.add(tick.atZone(ZoneOffset.UTC).toLocalDate().toString());
        }
        return days;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            * * * * *            | 2026-01-05T09:00:00Z    | 2026-01-05T09:01:00Z
            * * * * *            | 2026-01-05T08:59:59.999999999Z | 2026-01-05T09:00:00Z
            * * * * * *          | 2026-01-05T09:00:00.5Z  | 2026-01-05T09:00:01Z
            */20 * * * * *       | 2026-01-05T09:00:40Z    | 2026-01-05T09:01:00Z
            59 59 23 31 12 *     | 2026-01-05T09:00:00Z    | 2026-12-31T23:59:59Z
            0 9 * * MON-FRI      | 2026-01-02T09:00:00Z    | 2026-01-05T09:00:00Z
            0 9 * * mon-fri      | 2026-01-02T09:00:00Z    | 2026-01-05T09:00:00Z
            0 9 * * SAT-SUN      | 2026-01-03T09:00:00Z    | 2026-01-04T09:00:00Z
            0 9 * * 7            | 2026-01-05T09:00:00Z    | 2026-01-11T09:00:00Z
            0 9 * * 0            | 2026-01-05T09:00:00Z    | 2026-01-11T09:00:00Z
            0 9 ? * 5-7          | 2026-01-10T09:00:00Z    | 2026-01-11T09:00:00Z
            0 9 1 ? *            | 2026-01-05T09:00:00Z    |
            10/20 * * * *        | 2026-01-05T09:30:00Z    | 2026-01-05T09:50:00Z
            10-40/20 * * * *     | 2026-01-05T09:30:00Z    | 2026-01-05T10:10:00Z
            5,50-52,*/30 * * * * | 2026-01-05T09:51:00Z    | 2026-01-05T09:52:00Z
            0 0 1 JAN *          | 2026-01-01T00:00:00Z    | 2027-01-01T00:00:00Z
            0 0 31 DEC *         | 1969-12-30T00:00:00Z    | 1969-12-31T00:00:00Z
            """)
    void the_next_tick_is_the_first_that_fits_behind_an_instant(String expression, Instant after, Instant next) {
        if (next == null) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Schedule.cron(expression, ZoneOffset.UTC)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the month of");
        } else {
            assertThat(Schedule.cron(expression, ZoneOffset.UTC).next(after)).isEqualTo(next);
        }
    }

    @Test
    void months_without_a_31st_are_passed_over() {
        assertThat(days("0 0 31 * *", "2026-01-31", 8))
                .containsExactly(
                        "2026-01-31",
                        "2026-03-31",
                        "2026-05-31",
                        "2026-07-31",
                        "2026-08-31",
                        "2026-10-31",
                        "2026-12-31",
                        "2027-01-31");
    }

    @Test
    void the_29th_of_february_comes_in_leap_years_only() {
        assertThat(days("0 0 29 2 *", "2092-01-01", 4))
                .containsExactly("2092-02-29", "2096-02-29", "2104-02-29", "2108-02-29");
        assertThat(days("0 0 29 FEB */7", "2026-01-01", 3)) // a Sunday as well
                .containsExactly("2032-02-29", "2060-02-29", "2088-02-29");
    }

    @Test
    void of_two_restricted_days_either_is_enough() {
        assertThat(days("0 0 13 * FRI", "2026-02-01", 6))
                .containsExactly("2026-02-06", "2026-02-13", "2026-02-20", "2026-02-27", "2026-03-06", "2026-03-13");
        assertThat(days("0 0 13 2 FRI", "2026-02-01", 6)) // in February alone
                .containsExactly("2026-02-06", "2026-02-13", "2026-02-20", "2026-02-27", "2027-02-05", "2027-02-12");
        assertThat(days("0 0 */2 * FRI", "2026-02-01", 3)) // begins with *
                .containsExactly("2026-02-13", "2026-02-27", "2026-03-13");
    }

    @Test
    void certain_hours_that_the_clocks_leave_out_come_at_the_first_instant_after_the_gap() {
        assertThat(ticks("30 2 * * *", BERLIN, "2026-03-28T00:00", "2026-03-31T00:00"))
                .containsExactly("2026-03-28T02:30+01:00", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00");
        assertThat(ticks("*/20 2 8 3 *", NEW_YORK, "2026-03-01T00:00", "2026-04-01T00:00"))
                .containsExactly("2026-03-08T03:00-04:00");
        assertThat(ticks("15 2 * 10 *", LORD_HOWE, "2026-10-03T00:00", "2026-10-06T00:00")) // half an hour
                .containsExactly("2026-10-03T02:15+10:30", "2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00");
        assertThat(ticks("30 2,3 * * *", BERLIN, "2026-03-29T00:00", "2026-03-30T00:00"))
                .containsExactly("2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00");
        assertThat(ticks("0 2,3 * * *", BERLIN, "2026-03-29T00:00", "2026-03-30T00:00"))
                .as("two times, one instant")
                .containsExactly("2026-03-29T03:00+02:00");
    }

    @Test
    void certain_hours_that_the_clocks_show_twice_come_once() {
        assertThat(ticks("30 2 * * *", BERLIN, "2026-10-24T00:00", "2026-10-27T00:00"))
                .containsExactly("2026-10-24T02:30+02:00", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00");
        assertThat(ticks("*/30 1,2 * * *", NEW_YORK, "2026-11-01T00:00", "2026-11-02T00:00"))
                .containsExactly(
                        "2026-11-01T01:00-04:00",
                        "2026-11-01T01:30-04:00",
                        "2026-11-01T02:00-05:00",
                        "2026-11-01T02:30-05:00");
        assertThat(ticks("45 1 * 4 *", LORD_HOWE, "2026-04-04T12:00", "2026-04-06T00:00"))
                .containsExactly("2026-04-05T01:45+11:00");
        assertThat(ticks("0 */2 * * *", BERLIN, "2026-10-25T00:00", "2026-10-25T05:00"))
                .containsExactly("2026-10-25T02:00+02:00", "2026-10-25T04:00+01:00");
    }

    @Test
    void in_the_second_of_two_equal_hours_a_certain_hour_does_not_come_again() {
        Instant second = Instant.parse("2026-10-25T01:10:00Z"); // 02:10 in Berlin for the second time
        assertThat(Schedule.cron("30 2 * * *", BERLIN).next(second)).isEqualTo("2026-10-26T01:30:00Z");
        assertThat(Schedule.cron("30 2,3 * * *", BERLIN).next(second)).isEqualTo("2026-10-25T02:30:00Z");
        assertThat(Schedule.cron("30 * * * *", BERLIN).next(second)).isEqualTo("2026-10-25T01:30:00Z");
    }

    @Test
    void every_hour_follows_the_clocks() {
        assertThat(ticks("30 * * * *", BERLIN, "2026-03-29T01:00", "2026-03-29T04:00"))
                .containsExactly("2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00");
        assertThat(ticks("30 * * * *", BERLIN, "2026-10-25T01:00", "2026-10-25T04:00"))
                .containsExactly(
                        "2026-10-25T01:30+02:00",
                        "2026-10-25T02:30+02:00",
                        "2026-10-25T02:30+01:00",
                        "2026-10-25T03:30+01:00");
        assertThat(ticks("0 0-23 * * *", NEW_YORK, "2026-11-01T00:30", "2026-11-01T02:00"))
                .containsExactly("2026-11-01T01:00-04:00", "2026-11-01T01:00-05:00", "2026-11-01T02:00-05:00");
        assertThat(ticks("45 * * * *", LORD_HOWE, "2026-04-05T00:50", "2026-04-05T03:00"))
                .containsExactly("2026-04-05T01:45+11:00", "2026-04-05T01:45+10:30", "2026-04-05T02:45+10:30");
    }

    @Test
    void a_day_without_midnight_has_its_midnight_later() {
        assertThat(ticks("0 0 * * *", ZoneId.of("America/Sao_Paulo"), "2018-11-03T12:00", "2018-11-05T12:00"))
                .containsExactly("2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00");
        assertThat(ticks("0 12 * * *", ZoneId.of("Pacific/Apia"), "2011-12-28T13:00", "2011-12-31T13:00"))
                .as("the 30th was left out")
                .containsExactly("2011-12-29T12:00-10:00", "2011-12-31T00:00+14:00", "2011-12-31T12:00+14:00");
    }

    @Test
    void intervals_are_counted_from_the_epoch() {
        Schedule schedule = Schedule.every(Duration.ofMinutes(7));
        Instant tick = schedule.next(Instant.parse("2026-01-05T09:00:00.001Z"));
        assertThat(tick.getEpochSecond() % (7 * 60)).isZero();
        assertThat(schedule.next(tick)).isEqualTo(tick.plusSeconds(7 * 60));
        assertThat(schedule.next(tick.minusNanos(1))).isEqualTo(tick);
        assertThat(schedule.next(Instant.EPOCH.minusNanos(1))).isEqualTo(Instant.EPOCH);
        assertThat(Schedule.every(Duration.ofMillis(1_500)).next(Instant.EPOCH)).isEqualTo(Instant.ofEpochMilli(1_500));
    }
}
