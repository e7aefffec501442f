package ai.tradesense.bench;

import java.util.List;
import java.util.SortedMap;
import org.HdrHistogram.Histogram;

/// What a contender achieved in all its rounds.
///
/// @param name the contender's
/// @param settings how it was set up
/// @param delivers whether it brings events to a handler
/// @param eventsPerSecond of the measured rounds, sorted
/// @param cpuNanosPerEvent the median of the measured rounds
/// @param publish latency of publishing, of all measured rounds together
/// @param endToEnd latency until handled, likewise
/// @param lost events never handled, in any round, warm-up included
/// @param duplicated events handled again, likewise
/// @param misordered events out of order within their subject, likewise
record Standing(
        String name,
        SortedMap<String, String> settings,
        boolean delivers,
        List<Double> eventsPerSecond,
        double cpuNanosPerEvent,
        Histogram publish,
        Histogram endToEnd,
        long lost,
        long duplicated,
        long misordered) {
    /// @param outcomes of all rounds, those to warm up first
    static Standing of(Contender contender, List<Outcome> outcomes, int warmup) {
        List<Outcome> measured = outcomes.subList(warmup, outcomes.size());
        Histogram publish = new Histogram(measured.getFirst().publish());
        Histogram endToEnd = new Histogram(measured.getFirst().endToEnd());
        for (Outcome outcome : measured) {
            publish.add(outcome.publish());
            endToEnd.add(outcome.endToEnd());
        }
        return new Standing(
                contender.name(),
                contender.settings(),
                contender.delivers(),
                measured.stream().map(Outcome::eventsPerSecond).sorted().toList(),
                middle(measured.stream().map(Outcome::cpuNanosPerEvent).sorted().toList()),
                publish,
                endToEnd,
                outcomes.stream().mapToLong(Outcome::lost).sum(),
                outcomes.stream().mapToLong(Outcome::duplicated).sum(),
                outcomes.stream().mapToLong(Outcome::misordered).sum());
    }

    double median() {
        return middle(eventsPerSecond);
    }

    /// The middle one of sorted numbers, or the mean of the two in the middle.
    private static double middle(List<Double> sorted) {
        int count = sorted.size();
        return (sorted.get((count - 1) / 2) + sorted.get(count / 2)) / 2;
    }

    double min() {
        return eventsPerSecond.getFirst();
    }

    double max() {
        return eventsPerSecond.getLast();
    }

    boolean isSound() {
        return lost == 0 && duplicated == 0 && misordered == 0;
    }
}
