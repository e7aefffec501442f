package ai.tradesense.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What is reported, in the shape of its JSON.
///
/// @param events in one round
/// @param eventsPerSecond the median of the rounds
/// @param cpuNanosPerEvent time of all processors together, the median of the rounds
/// @param publish latency of publishing per event
/// @param endToEnd latency until handled per event
/// @param failures what failures cost; null unless that was asked for
/// @param store how fast the event store is by itself; null unless that was asked for
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
        @Nullable Failures failures,
        @Nullable Store store,
        Settings settings,
        Machine machine) {
    /// How fast the event store is by itself, with nobody who processes its events.
    ///
    /// @param appendShare events a second that were appended, as a share of bare inserts
    /// @param read all of a log, from its beginning
    /// @param loads of aggregates in that log
    record Store(double appendShare, Read read, List<Loaded> loads) {}

    /// All events of a log, handed to a follower one by one.
    ///
    /// @param eventsPerSecond the median of the rounds
    record Read(long events, long eventsPerSecond, long eventsPerSecondMin, long eventsPerSecondMax) {}

    /// An aggregate without a snapshot, loaded again and again.
    ///
    /// @param where its events stand in the log: together, or spread over all of it
    /// @param events how many it has
    /// @param among how many others there are
    record Loaded(String where, int events, int among, Percentiles took) {}

    /// The same with what was found of the store; the first contender is the bare inserts.
    Result withStore(StoreReading.Outcome reading) {
        Store found = new Store(
                share(eventsPerSecond, contenders.getFirst().eventsPerSecond()), reading.read(), reading.loads());
        return with(failures, found);
    }

    /// What failures cost, each as a share of ours when nothing fails.
    ///
    /// @param guardedThroughput events a second with all there is to meet failures, of those without
    /// @param failingOnceThroughput events a second while 1 % of them fail the first time
    /// @param othersP99 end to end latency of all other subjects while one fails for ever, at the 99th percentile
    record Failures(double guardedThroughput, double failingOnceThroughput, double othersP99) {}

    /// The same with what failures cost, of contenders in the order of [Suite#runFailures].
    Result withFailures() {
        Compared unguarded = contenders.get(0);
        Compared failingOnce = contenders.get(1);
        Percentiles others = Objects.requireNonNull(contenders.get(2).endToEnd());
        Failures found = new Failures(
                share(eventsPerSecond, unguarded.eventsPerSecond()),
                share(failingOnce.eventsPerSecond(), eventsPerSecond),
                share(others.p99(), endToEnd.p99()));
        return with(found, store);
    }

    private Result with(@Nullable Failures failures, @Nullable Store store) {
        return new Result(
                transport,
                events,
                eventsPerSecond,
                eventsPerSecondMin,
                eventsPerSecondMax,
                cpuNanosPerEvent,
                publish,
                endToEnd,
                lost,
                duplicated,
                misordered,
                contenders,
                failures,
                store,
                settings,
                machine);
    }

    private static double share(long of, long whole) {
        return share((double) of, (double) whole);
    }

    private static double share(double of, double whole) {
        return Math.round(of / whole * 1_000) / 1_000.0;
    }

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
        boolean isSound() {
            return lost == 0 && duplicated == 0 && misordered == 0;
        }

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
                null,
                null,
                settings,
                machine);
    }

    /// Whether every event of ours was handled once and in order.
    boolean isSound() {
        return lost == 0
                && duplicated == 0
                && misordered == 0
                && ((failures == null && store == null) || contenders.stream().allMatch(Compared::isSound));
    }
}
