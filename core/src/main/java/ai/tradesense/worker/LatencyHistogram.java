package ai.tradesense.worker;

import java.util.Arrays;

/// Counts durations in buckets that are an eighth of their power of two wide, so that a quantile is off by 12.5 % at
/// most. (The bucketing is that of Gil Tene's HdrHistogram, with 8 sub-buckets.) Recording costs a few instructions and
/// no memory; not for use by several threads at once.
final class LatencyHistogram {
    private static final int SUB_BITS = 3;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] buckets = new long[(64 - SUB_BITS + 1) * SUB];
    private long count;
    private long failures;
    private long totalNanos;
    private long maxNanos;

    void record(long nanos) {
        buckets[bucket(nanos)]++;
        count++;
        totalNanos += nanos;
        maxNanos = Math.max(maxNanos, nanos);
    }

    /// Several events that took this long together.
    void record(long nanos, int events) {
        for (int i = 0; i < events; i++) {
            record(nanos / events);
        }
    }

    void recordFailure(long nanos) {
        record(nanos);
        failures++;
    }

    private static int bucket(long nanos) {
        if (nanos < SUB) {
            return (int) Math.max(nanos, 0);
        }
        int shift = 63 - Long.numberOfLeadingZeros(nanos) - SUB_BITS;
        return (shift + 1) * SUB + (int) ((nanos >>> shift) - SUB);
    }

    private static long upperBound(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        return ((bucket % SUB + SUB + 1L) << shift) - 1;
    }

    void addAll(LatencyHistogram other) {
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] += other.buckets[i];
        }
        count += other.count;
        failures += other.failures;
        totalNanos += other.totalNanos;
        maxNanos = Math.max(maxNanos, other.maxNanos);
    }

    void clear() {
        Arrays.fill(buckets, 0);
        count = 0;
        failures = 0;
        totalNanos = 0;
        maxNanos = 0;
    }

    /// How many durations were recorded, failures among them.
    long count() {
        return count;
    }

    long failures() {
        return failures;
    }

    long totalNanos() {
        return totalNanos;
    }

    /// The duration that a share of all, from 0 to 1, does not exceed; 0 if there are none.
    long quantileNanos(double share) {
        long wanted = (long) Math.ceil(share * count);
        long passed = 0;
        for (int i = 0; i < buckets.length; i++) {
            passed += buckets[i];
            if (passed >= wanted && passed > 0) {
                return Math.min(upperBound(i), maxNanos);
            }
        }
        return 0;
    }
}
