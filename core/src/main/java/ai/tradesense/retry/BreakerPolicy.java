package ai.tradesense.retry;

import java.time.Duration;

/// When a worker's circuit breaker opens and how it closes again. While it is open the worker takes no events, so that
/// an outage of what it depends on costs no attempts and fills no parking; the transport holds the backlog.
///
/// A subject counts once while it fails: one that fails for ever opens nothing.
///
/// @param failingSubjects opens when this many subjects failed one after the other with no success between
/// @param failureRate opens when this share of the last `window` events failed, 0.000001 to 1
/// @param window how many events the rate is taken of
/// @param minimumEvents how many there must be before the rate counts
/// @param openFor how long it stays open before a few events are tried, a millisecond to a year
/// @param probes how many events are tried then; if fewer than `failureRate` of them fail, it closes
public record BreakerPolicy(
        int failingSubjects, double failureRate, int window, int minimumEvents, Duration openFor, int probes) {
    private static final double MIN_FAILURE_RATE = 0.000_001;
    private static final Duration MIN_OPEN = Duration.ofMillis(1);
    private static final Duration MAX_OPEN = Duration.ofDays(365);

    /// What a worker has unless it says otherwise.
    public static final BreakerPolicy DEFAULT = new BreakerPolicy(20, 0.5, 100, 50, Duration.ofSeconds(30), 5);

    /// Opens only when an operator says so.
    public static final BreakerPolicy NEVER = new BreakerPolicy(Integer.MAX_VALUE, 1, 1, 1, Duration.ofSeconds(30), 5);

    public BreakerPolicy {
        requirePositive("failingSubjects", failingSubjects);
        requirePositive("window", window);
        requirePositive("minimumEvents", minimumEvents);
        requirePositive("probes", probes);
        if (!(failureRate >= MIN_FAILURE_RATE && failureRate <= 1)) {
            throw new IllegalArgumentException(
                    "failureRate is " + failureRate + ", expected " + MIN_FAILURE_RATE + " to 1");
        }
        if (minimumEvents > window) {
            throw new IllegalArgumentException(
                    "minimumEvents is " + minimumEvents + ", more than the window of " + window);
        }
        if (openFor.compareTo(MIN_OPEN) < 0 || openFor.compareTo(MAX_OPEN) > 0) {
            throw new IllegalArgumentException("openFor is " + openFor + ", expected " + MIN_OPEN + " to " + MAX_OPEN);
        }
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
        }
    }

    /// The same, open for another time.
    public BreakerPolicy openFor(Duration duration) {
        return new BreakerPolicy(failingSubjects, failureRate, window, minimumEvents, duration, probes);
    }
}
