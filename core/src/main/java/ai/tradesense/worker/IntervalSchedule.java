package ai.tradesense.worker;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/// A tick at every multiple of an interval since the epoch.
record IntervalSchedule(Duration interval) implements Schedule {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(36_500);

    IntervalSchedule {
        if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "the interval of a schedule is " + interval + ", expected " + SHORTEST + " to " + LONGEST);
        }
        if (interval.toNanosPart() % 1_000_000 != 0) {
            throw new IllegalArgumentException(
                    "the interval of a schedule is " + interval + ", expected whole milliseconds");
        }
    }

    @Override
    public Instant next(Instant after) {
        long millis = interval.toMillis();
        return Instant.ofEpochMilli((Math.floorDiv(after.toEpochMilli(), millis) + 1) * millis);
    }

    @Override
    public String expression() {
        return "every " + interval;
    }

    @Override
    public @Nullable ZoneId zone() {
        return null;
    }

    @Override
    public String toString() {
        return expression();
    }
}
