package ai.tradesense.testkit.simulation;

import ai.tradesense.runtime.Agent;
import ai.tradesense.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// What is to happen later, in the order of time.
final class Timers implements Agent {
    private final VirtualClock clock;
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparing(Timer::at).thenComparingLong(Timer::number));
    private long set;

    private record Timer(Instant at, long number, Runnable action) {}

    Timers(VirtualClock clock) {
        this.clock = clock;
    }

    /// Has something happen after a delay.
    void after(Duration delay, Runnable action) {
        timers.add(new Timer(clock.instant().plus(delay), set++, action));
    }

    @Override
    public String name() {
        return "timers";
    }

    @Override
    public int doWork() {
        Timer next = timers.peek();
        if (next == null || next.at().isAfter(clock.instant())) {
            return 0;
        }
        timers.remove().action().run();
        return 1;
    }

    @Override
    public @Nullable Instant wakeAt() {
        Timer next = timers.peek();
        return next == null ? null : next.at();
    }
}
