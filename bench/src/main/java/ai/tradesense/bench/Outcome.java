package ai.tradesense.bench;

import org.HdrHistogram.Histogram;

/// What came of one round of one contender.
///
/// @param events how many were published
/// @param nanos from the first publish to the last acknowledgement
/// @param cpuNanos time that all threads of this process ran meanwhile
/// @param lost events that were never handled
/// @param duplicated times that an event was handled again
/// @param misordered events that overtook, or were overtaken by, one of their own subject
/// @param publish latency of publishing per event, in nanoseconds
/// @param endToEnd latency until handled per event, in nanoseconds
record Outcome(
        long events,
        long nanos,
        long cpuNanos,
        long lost,
        long duplicated,
        long misordered,
        Histogram publish,
        Histogram endToEnd) {
    double eventsPerSecond() {
        return (events - lost) * 1e9 / nanos;
    }

    double cpuNanosPerEvent() {
        return (double) cpuNanos / events;
    }

    /// Whether every event was handled once and in order.
    boolean isSound() {
        return lost == 0 && duplicated == 0 && misordered == 0;
    }
}
