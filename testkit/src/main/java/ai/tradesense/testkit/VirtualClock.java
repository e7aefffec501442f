package ai.tradesense.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A clock that stands still until it is told to move, and moves forward only. Safe for use by several threads.
public final class VirtualClock implements InstantSource {
    /// Where a clock starts unless told otherwise: a Monday morning.
    public static final Instant START = Instant.parse("2026-01-05T09:00:00Z");

    private Instant now; // guarded by this

    /// A clock at [#START].
    public VirtualClock() {
        this(START);
    }

    public VirtualClock(Instant start) {
        this.now = start;
    }

    @Override
    public synchronized Instant instant() {
        return now;
    }

    /// Moves the clock on. Agents of a [SteppedRuntime] notice in its next round; to have them called at
    /// every time on the way, use [SteppedRuntime#advance].
    ///
    /// @throws IllegalArgumentException if the duration is negative
    public synchronized void advance(Duration duration) {
        moveTo(now.plus(duration));
    }

    /// Moves the clock to a time.
    ///
    /// @throws IllegalArgumentException if it is past already
    public synchronized void moveTo(Instant time) {
        if (time.isBefore(now)) {
            throw new IllegalArgumentException(
                    "the clock stands at " + now + " and moves forward only, not to " + time);
        }
        now = time;
    }

    @Override
    public String toString() {
        return "a virtual clock at " + instant();
    }
}
