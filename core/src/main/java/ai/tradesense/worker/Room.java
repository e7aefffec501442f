package ai.tradesense.worker;

import ai.tradesense.bus.Limits;
import java.util.concurrent.atomic.AtomicInteger;

/// How many more events a worker may take: what is in flight has a limit, and so has what is parked. Says whether
/// somebody waits for the room that is made. Safe for use by several threads.
final class Room {
    private final Limits limits;
    private final int probes;
    private final Breaker breaker;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean starved;
    private volatile boolean full; // of parked events

    /// @param probes how many events may be in flight while the breaker is not closed
    Room(Limits limits, int probes, Breaker breaker) {
        this.limits = limits;
        this.probes = probes;
        this.breaker = breaker;
    }

    /// How many more events may be in flight. If none may, the dispatcher is taken to wait for room from now on.
    int left() {
        if (full) {
            return 0;
        }
        int most = breaker.isClosed() ? limits.maxInFlight() : probes;
        int left = most - inFlight.get();
        if (left <= 0) {
            starved = true;
            left = most - inFlight.get();
        }
        return left;
    }

    void take(int deliveries) {
        inFlight.addAndGet(deliveries);
    }

    /// These are in flight no more.
    ///
    /// @return whether the dispatcher waits for that
    boolean free(int deliveries) {
        inFlight.addAndGet(-deliveries);
        boolean waits = starved;
        if (waits) {
            starved = false;
        }
        return waits;
    }

    int inFlight() {
        return inFlight.get();
    }

    /// So many events are parked now. Whoever has too many takes no more.
    ///
    /// @return whether there were too many before, and are no more
    boolean park(long events) {
        boolean before = full;
        full = events >= limits.maxParked();
        return before && !full;
    }

    boolean isFull() {
        return full;
    }
}
