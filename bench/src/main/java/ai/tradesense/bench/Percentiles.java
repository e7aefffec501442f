package ai.tradesense.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.HdrHistogram.Histogram;

/// Latencies in microseconds.
record Percentiles(
        @JsonProperty("p50Micros") double p50,
        @JsonProperty("p99Micros") double p99,
        @JsonProperty("p999Micros") double p999,
        @JsonProperty("maxMicros") double max) {
    static Percentiles of(Histogram nanos) {
        return new Percentiles(
                micros(nanos.getValueAtPercentile(50)),
                micros(nanos.getValueAtPercentile(99)),
                micros(nanos.getValueAtPercentile(99.9)),
                micros(nanos.getMaxValue()));
    }

    /// To a tenth of a microsecond; a histogram knows no more.
    private static double micros(long nanos) {
        return Math.round(nanos / 100.0) / 10.0;
    }
}
