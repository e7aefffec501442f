package ai.tradesense.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// A clock that goes on by a step whenever it is looked at.
final class SteppingClock implements LongSupplier {
    private final AtomicLong nanos = new AtomicLong(-5_000_000_000L); // like the JVM's, it may begin anywhere
    private final long step;

    SteppingClock(long stepNanos) {
        this.step = stepNanos;
    }

    void advance(long byNanos) {
        nanos.addAndGet(byNanos);
    }

    @Override
    public long getAsLong() {
        return nanos.addAndGet(step);
    }
}
