package ai.tradesense.worker;

import static ai.tradesense.worker.ScheduledWorker.MAX_MISSED_TICKS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Which ticks are run after a while in which nobody looked.
class DueTicksTest {
    private static final Instant NINE = Instant.parse("2026-01-05T09:00:00Z");
    private static final Schedule HOURLY = Schedule.every(Duration.ofHours(1));

    private static List<ScheduledTick> due(Schedule schedule, MissedTicks policy, Instant after, Instant now) {
        return DueTicks.of(schedule, policy, after, now);
    }

    private static ScheduledTick tick(String at, long missed) {
        return new ScheduledTick(Instant.parse(at), missed);
    }

    @ParameterizedTest
    @EnumSource
    void a_tick_that_is_seen_in_time_is_run_whatever_the_policy(MissedTicks policy) {
        assertThat(due(HOURLY, policy, NINE, NINE.plusSeconds(3_599))).isEmpty();
        assertThat(due(HOURLY, policy, NINE, NINE.plusSeconds(3_600))).containsExactly(tick("2026-01-05T10:00:00Z", 0));
        assertThat(due(HOURLY, policy, NINE, NINE.plusSeconds(3_600).plus(ScheduledWorker.GRACE)))
                .containsExactly(tick("2026-01-05T10:00:00Z", 0));
    }

    @Test
    void of_missed_ticks_one_run_all_run_or_none_as_the_policy_says() {
        Instant later = Instant.parse("2026-01-05T12:30:00Z");
        assertThat(due(HOURLY, MissedTicks.RUN_ONCE, NINE, later)).containsExactly(tick("2026-01-05T12:00:00Z", 2));
        assertThat(due(HOURLY, MissedTicks.RUN_ALL, NINE, later))
                .containsExactly(
                        tick("2026-01-05T10:00:00Z", 0),
                        tick("2026-01-05T11:00:00Z", 0),
                        tick("2026-01-05T12:00:00Z", 0));
        assertThat(due(HOURLY, MissedTicks.SKIP, NINE, later)).isEmpty();
    }

    @Test
    void the_tick_that_is_due_in_time_stands_for_those_missed_before_it() {
        Instant later = Instant.parse("2026-01-05T12:00:05Z");
        assertThat(due(HOURLY, MissedTicks.RUN_ONCE, NINE, later)).containsExactly(tick("2026-01-05T12:00:00Z", 2));
        assertThat(due(HOURLY, MissedTicks.SKIP, NINE, later)).containsExactly(tick("2026-01-05T12:00:00Z", 2));
    }

    @Test
    void years_of_missed_seconds_are_neither_all_run_nor_counted_one_by_one() {
        Schedule everySecond = Schedule.cron("* * * * * *", ZoneOffset.UTC);
        Instant later = NINE.plus(Duration.ofDays(10 * 365));

        List<ScheduledTick> all = due(everySecond, MissedTicks.RUN_ALL, NINE, later);
        assertThat(all).hasSize(MAX_MISSED_TICKS);
        assertThat(all.getFirst())
                .isEqualTo(new ScheduledTick(later.minusSeconds(MAX_MISSED_TICKS - 1), MAX_MISSED_TICKS));
        assertThat(all.getLast()).isEqualTo(new ScheduledTick(later, 0));
        assertThat(due(everySecond, MissedTicks.RUN_ONCE, NINE, later.plusMillis(1))
                        .getFirst()
                        .missed())
                .isEqualTo(MAX_MISSED_TICKS);
    }

    @Test
    void the_newest_of_too_many_are_found_also_when_they_are_long_ago() {
        Schedule newYear = Schedule.cron("* * 0 1 1 *", ZoneOffset.UTC); // 3,600 ticks, then none for a year
        Instant summer = Instant.parse("2026-07-01T00:00:00Z");

        List<ScheduledTick> all = due(newYear, MissedTicks.RUN_ALL, Instant.parse("2025-12-31T00:00:00Z"), summer);

        assertThat(all).hasSize(MAX_MISSED_TICKS);
        assertThat(all.getLast().scheduledAt()).isEqualTo("2026-01-01T00:59:59Z");
        assertThat(due(newYear, MissedTicks.RUN_ONCE, Instant.parse("2025-12-31T00:00:00Z"), summer))
                .containsExactly(tick("2026-01-01T00:59:59Z", MAX_MISSED_TICKS));
    }

    @Test
    void as_many_as_there_may_be_are_all_run() {
        Schedule everySecond = Schedule.every(Duration.ofSeconds(1));
        assertThat(due(everySecond, MissedTicks.RUN_ALL, NINE, NINE.plusSeconds(MAX_MISSED_TICKS)))
                .hasSize(MAX_MISSED_TICKS)
                .allSatisfy(tick -> assertThat(tick.missed()).isZero());
    }
}
