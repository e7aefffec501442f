package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Random expressions tick exactly when somebody who looks at the clock every minute would ring a bell.
class CronAgainstClocksTest {
    private static final int EXPRESSIONS = 400;
    private static final List<ZoneId> ZONES = List.of(
            ZoneId.of("Europe/Berlin"),
            ZoneId.of("America/New_York"),
            ZoneId.of("Australia/Lord_Howe"),
            ZoneId.of("America/Sao_Paulo"),
            ZoneId.of("Asia/Kolkata"),
            ZoneOffset.UTC);

    /// A random field as text and as the numbers that are meant.
    private record Field(String text, BitSet numbers) {
        boolean has(int number) {
            return numbers.get(number);
        }

        boolean restricted() {
            return !text.startsWith("*");
        }

        static Field random(Random random, int min, int max, int openInTen) {
            BitSet numbers = new BitSet();
            if (random.nextInt(10) < openInTen) {
                numbers.set(min, max + 1);
                return new Field("*", numbers);
            }
            if (random.nextInt(4) == 0) {
                int step = 1 + random.nextInt(max / 2);
                for (int number = min; number <= max; number += step) {
                    numbers.set(number);
                }
                return new Field("*/" + step, numbers);
            }
            List<String> parts = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                int from = min + random.nextInt(max - min + 1);
                int to = Math.min(max, from + random.nextInt(6));
                int step = 1 + random.nextInt(3);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        parts.add(Integer.toString(from));
                        numbers.set(from);
                    }
                    case 1 -> {
                        parts.add(from + "-" + to);
                        numbers.set(from, to + 1);
                    }
                    default -> {
                        parts.add(from + "-" + to + "/" + step);
                        for (int number = from; number <= to; number += step) {
                            numbers.set(number);
                        }
                    }
                }
            }
            return new Field(String.join(",", parts), numbers);
        }
    }

    private record Expression(Field minute, Field hour, Field day, Field month, Field weekday) {
        static Expression random(Random random) {
            return new Expression(
                    Field.random(random, 0, 59, 1),
                    Field.random(random, 0, 23, 4),
                    Field.random(random, 1, 31, 6),
                    Field.random(random, 1, 12, 8),
                    Field.random(random, 0, 6, 6));
        }

        boolean shows(LocalDateTime clock) {
            boolean dayFits = day.has(clock.getDayOfMonth());
            boolean weekdayFits = weekday.has(clock.getDayOfWeek().getValue() % 7);
            boolean date = (day.restricted() && weekday.restricted()) ? dayFits || weekdayFits : dayFits && weekdayFits;
            return date
                    && month.has(clock.getMonthValue())
                    && hour.has(clock.getHour())
                    && minute.has(clock.getMinute());
        }

        boolean everyHour() {
            return hour.numbers().cardinality() == 24;
        }

        /// Whether the bell rings at an instant.
        boolean rings(Instant instant, ZoneId zone) {
            ZonedDateTime clock = instant.atZone(zone);
            boolean again = !zone.getRules()
                    .getValidOffsets(clock.toLocalDateTime())
                    .getFirst()
                    .equals(clock.getOffset());
            if (shows(clock.toLocalDateTime()) && (everyHour() || !again)) {
                return true;
            }
            ZoneOffsetTransition change = zone.getRules().previousTransition(instant.plusSeconds(1));
            return !everyHour()
                    && change != null
                    && change.isGap()
                    && change.getInstant().equals(instant)
                    && leftOut(change).stream().anyMatch(this::shows);
        }

        private static List<LocalDateTime> leftOut(ZoneOffsetTransition gap) {
            return java.util.stream.Stream.iterate(
                            gap.getDateTimeBefore(), gap.getDateTimeAfter()::isAfter, time -> time.plusMinutes(1))
                    .toList();
        }

        @Override
        public String toString() {
            return List.of(minute, hour, day, month, weekday).stream()
                    .map(Field::text)
                    .collect(Collectors.joining(" "));
        }
    }

    /// A few days, with a change of the clocks among them where there is one.
    private static Instant someTime(Random random, ZoneId zone) {
        Instant base = Instant.parse("2015-01-01T00:00:00Z").plus(Duration.ofHours(random.nextInt(24 * 365 * 4)));
        ZoneOffsetTransition change = zone.getRules().nextTransition(base);
        return change == null || random.nextInt(4) == 0
                ? base
                : change.getInstant().minus(Duration.ofHours(random.nextInt(40)));
    }

    @Test
    void ticks_are_the_minutes_at_which_the_clocks_show_what_the_expression_says() {
        for (long seed = 1; seed <= EXPRESSIONS; seed++) {
            Random random = new Random(seed);
            ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
            Instant start = someTime(random, zone);
            Instant end = start.plus(Duration.ofDays(2 + random.nextInt(4)));
            Expression expression = Expression.random(random);
            Schedule schedule;
            try {
                schedule = Schedule.cron(expression.toString(), zone);
            } catch (IllegalArgumentException never) {
                assertThat(never).hasMessageContaining("expected one that the month");
                continue;
            }

            List<Instant> expected = new ArrayList<>();
            for (Instant minute = start.plusSeconds(60); !minute.isAfter(end); minute = minute.plusSeconds(60)) {
                if (expression.rings(minute, zone)) {
                    expected.add(minute);
                }
            }
            List<Instant> ticks = new ArrayList<>();
            for (Instant tick = schedule.next(start); !tick.isAfter(end); tick = schedule.next(tick)) {
                ticks.add(tick);
            }
            assertThat(ticks)
                    .as("seed %d: %s in %s from %s", seed, expression, zone, start)
                    .isEqualTo(expected);
        }
    }

    @Test
    void from_whatever_instant_the_next_tick_is_later_and_none_is_between() {
        for (long seed = 1; seed <= EXPRESSIONS; seed++) {
            Random random = new Random(-seed);
            ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
            String second = random.nextBoolean() ? "*/" + (1 + random.nextInt(30)) : "" + random.nextInt(60);
            String expression = second + " " + Expression.random(random);
            Schedule schedule;
            try {
                schedule = Schedule.cron(expression, zone);
            } catch (IllegalArgumentException never) {
                assertThat(never).hasMessageContaining("expected one that the month");
                continue;
            }
            Instant after = someTime(random, zone).plusNanos(random.nextLong(7_200_000_000_000L));
            Instant next = schedule.next(after);
            String which = "seed " + seed + ": " + expression + " in " + zone + " after " + after;
            assertThat(next).as(which).isAfter(after);
            long between = Duration.between(after, next).toNanos();
            for (int i = 0; i < 5; i++) {
                assertThat(schedule.next(after.plusNanos(random.nextLong(between))))
                        .as(which)
                        .isEqualTo(next);
            }
            assertThat(schedule.next(next)).as(which).isAfter(next);
        }
    }
}
