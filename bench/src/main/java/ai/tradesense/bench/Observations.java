package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Notes when each event was to be sent, when its publish returned and when it was handled; what is lost, what
/// came twice and what came out of order follows from that once the round is over, event by event and not from
/// totals.
///
/// The cost per event is a look at the clock and one write to a place that no other thread writes at that time.
final class Observations {
    private static final long HIGHEST_NANOS = 3_600_000_000_000L;

    private final Load load;
    private final LongSupplier nanoClock;
    private final long originNanos;

    // In nanoseconds since the origin, which is before every event, so that 0 means: not yet.
    private final long[] started; // by index, written by the publisher that owns it
    private final long[] published; // likewise
    private final AtomicLongArray handled; // by place
    private final LongAdder again = new LongAdder();
    private final int ignoredFrom; // places
    private final int ignoredTo;
    private long countedFrom; // in nanoseconds since the origin

    Observations(Load load, LongSupplier nanoClock) {
        this(load, nanoClock, null);
    }

    /// @param ignored the subject of which nothing counts; null if everything does
    Observations(Load load, LongSupplier nanoClock, @Nullable Integer ignored) {
        this.load = load;
        this.nanoClock = nanoClock;
        this.originNanos = nanoClock.getAsLong() - 1;
        this.started = new long[load.events()];
        this.published = new long[load.events()];
        this.handled = new AtomicLongArray(load.events());
        this.ignoredFrom = ignored == null ? 0 : load.firstPlaceOf(ignored);
        this.ignoredTo = ignored == null ? 0 : load.firstPlaceOf(ignored + 1);
        for (int place = ignoredFrom; place < ignoredTo; place++) {
            handled.set(place, 1);
        }
    }

    /// The time by the round's clock.
    long now() {
        return nanoClock.getAsLong() - originNanos;
    }

    /// Latencies count of events that were to be sent at this time or later. To be called before the first.
    void countFrom(long atNanos) {
        countedFrom = atNanos;
    }

    /// An event was to be sent at a time.
    void started(int index, long atNanos) {
        started[index] = atNanos;
    }

    /// The events of a range were to be sent at a time.
    void started(int from, int to, long atNanos) {
        Arrays.fill(started, from, to, atNanos);
    }

    /// The publish of a range has returned.
    void published(int from, int to) {
        Arrays.fill(published, from, to, now());
    }

    /// An event was handled; any thread.
    void handled(OrderPlaced order) {
        if (!handled.compareAndSet(load.placeOf(load.indexOf(order)), 0, now())) {
            again.increment();
        }
    }

    /// An event was stored where nobody handles it.
    void stored(int index) {
        if (!handled.compareAndSet(load.placeOf(index), 0, now())) {
            again.increment();
        }
    }

    /// The first place at or after `from` whose event has not been handled; the number of events if there is
    /// none.
    int firstMissing(int from) {
        int place = from;
        while (place < load.events() && handled.getAcquire(place) != 0) {
            place++;
        }
        return place;
    }

    /// How many events were handled so far, each counted once.
    int handledSoFar() {
        int count = 0;
        for (int place = 0; place < load.events(); place++) {
            if (handled.getAcquire(place) != 0) {
                count++;
            }
        }
        return count;
    }

    /// What came of a round that took `nanos`, and `cpuNanos` of all processors together. To be called when it is over.
    Outcome outcome(long nanos, long cpuNanos) {
        Histogram publish = new Histogram(HIGHEST_NANOS, 3);
        Histogram endToEnd = new Histogram(HIGHEST_NANOS, 3);
        long lost = 0;
        for (int index = 0; index < load.events(); index++) {
            if (isIgnored(load.placeOf(index))) {
                continue;
            }
            boolean counts = started[index] >= countedFrom;
            if (counts && published[index] != 0) {
                publish.recordValue(between(started[index], published[index]));
            }
            long at = handled.get(load.placeOf(index));
            if (at == 0) {
                lost++;
            } else if (counts) {
                endToEnd.recordValue(between(started[index], at));
            }
        }
        int counted = load.events() - (ignoredTo - ignoredFrom);
        return new Outcome(counted, nanos, cpuNanos, lost, again.sum(), misordered(), publish, endToEnd);
    }

    private boolean isIgnored(int place) {
        return place >= ignoredFrom && place < ignoredTo;
    }

    private static long between(long from, long to) {
        return Math.clamp(to - from, 0, HIGHEST_NANOS);
    }

    /// Events that were handled before one of their subject that had been published before them.
    private long misordered() {
        long count = 0;
        for (int subject = 0; subject < load.subjects(); subject++) {
            long latest = 0;
            for (int place = load.firstPlaceOf(subject); place < load.firstPlaceOf(subject + 1); place++) {
                long at = handled.get(place);
                if (at != 0 && at < latest) {
                    count++;
                }
                latest = Math.max(latest, at);
            }
        }
        return count;
    }
}
