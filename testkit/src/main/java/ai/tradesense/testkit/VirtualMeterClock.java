package ai.tradesense.testkit;

import io.micrometer.core.instrument.Clock;
import java.time.Duration;

/// Measures in virtual time, so that what a test reads from meters is the same in every run.
public final class VirtualMeterClock implements Clock {
    private final VirtualClock clock;

    public VirtualMeterClock(VirtualClock clock) {
        this.clock = clock;
    }

    @Override
    public long wallTime() {
        return clock.millis();
    }

    @Override
    public long monotonicTime() {
        return Duration.between(VirtualClock.START, clock.instant()).toNanos();
    }
}
