package ai.tradesense.operations;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Spreads events over time: one every so often, and what was missed for up to a [#BURST] at once. Not for
/// use by several threads.
final class Pacer {
    /// How much is caught up at most, and how seldom whoever asks has to ask.
    static final Duration BURST = Duration.ofMillis(100);

    private final @Nullable Double perSecond;
    private Instant next;

    Pacer(@Nullable Double perSecond, Instant now) {
        this.perSecond = perSecond;
        this.next = now;
    }

    /// How many events may begin now.
    int permits(Instant now) {
        if (perSecond == null) {
            return Integer.MAX_VALUE;
        }
        if (next.isAfter(now)) {
            return 0;
        }
        Instant earliest = now.minus(BURST);
        if (next.isBefore(earliest)) {
            next = earliest;
        }
        return 1 + (int) (Duration.between(next, now).toNanos() / 1e9 * perSecond);
    }

    /// So many have begun.
    void take(int events) {
        if (perSecond != null) {
            next = next.plusNanos((long) (events / perSecond * 1e9));
        }
    }

    /// When the next may begin; of a high rate, when a few may.
    Instant next() {
        return perSecond != null && perSecond * BURST.toMillis() > 1_000 ? next.plus(BURST.dividedBy(2)) : next;
    }
}
