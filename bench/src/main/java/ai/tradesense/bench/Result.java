package ai.tradesense.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What is reported, in the shape of its JSON.
///
/// @param events in one round
/// @param eventsPerSecond the median of the rounds
/// @param cpuNanosPerEvent time of all processors together, the median of the rounds
/// @param publish latency of publishing per event
/// @param endToEnd latency until handled per event
@JsonInclude(JsonInclude.Include.NON_NULL)
record Result(
        String transport,
        int events,
        long eventsPerSecond,
        long eventsPerSecondMin,
        long eventsPerSecondMax,
        long cpuNanosPerEvent,
        Percentiles publish,
        Percentiles endToEnd,
        long lost,
        long duplicated,
        long misordered,
        List<Compared> contenders,
        Settings settings,
        Machine machine) {
    /// Another contender.
    ///
    /// @param endToEnd null if it delivers to nobody
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Compared(
            String name,
            long eventsPerSecond,
            long eventsPerSecondMin,
            long eventsPerSecondMax,
            long cpuNanosPerEvent,
            Percentiles publish,
            @Nullable Percentiles endToEnd,
            long lost,
            long duplicated,
            long misordered,
            SortedMap<String, String> settings) {
        static Compared of(Standing standing) {
            return new Compared(
                    standing.name(),
                    Math.round(standing.median()),
                    Math.round(standing.min()),
                    Math.round(standing.max()),
                    Math.round(standing.cpuNanosPerEvent()),
                    Percentiles.of(standing.publish()),
                    standing.delivers() ? Percentiles.of(standing.endToEnd()) : null,
                    standing.lost(),
                    standing.duplicated(),
                    standing.misordered(),
                    standing.settings());
        }
    }

    static Result of(Plan plan, Standing ours, List<Standing> others, Settings settings, Machine machine) {
        return new Result(
                plan.transport().toString(),
                plan.events(),
                Math.round(ours.median()),
                Math.round(ours.min()),
                Math.round(ours.max()),
                Math.round(ours.cpuNanosPerEvent()),
                Percentiles.of(ours.publish()),
                Percentiles.of(ours.endToEnd()),
                ours.lost(),
                ours.duplicated(),
                ours.misordered(),
                others.stream().map(Compared::of).toList(),
                settings,
                machine);
    }

    /// Whether every event of ours was handled once and in order.
    boolean isSound() {
        return lost == 0 && duplicated == 0 && misordered == 0;
    }
}
