package ai.tradesense.operations;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How fast an operation goes, and when it stops by itself.
///
/// @param canary how many events each of the first batches has; a batch begins when what the one before it
///     tried has come to an end, and after these come all the others
/// @param perSecond how many events at most; null means as many as go
/// @param stopOnFailures how many of its events may have failed again when it stops, from 1
public record Pace(List<Integer> canary, @Nullable Double perSecond, int stopOnFailures) {
    /// The batches unless an operator says otherwise: 1, 10, 100, all.
    public static final List<Integer> DEFAULT_CANARY = List.of(1, 10, 100);

    public static final int DEFAULT_STOP_ON_FAILURES = 1;

    /// How many batches there may be before the one with all the others.
    public static final int MAX_CANARY = 10;

    /// The highest rate, in events a second.
    public static final double MAX_PER_SECOND = 100_000;

    /// The lowest rate: one event in about a quarter of an hour.
    public static final double MIN_PER_SECOND = 0.001;

    /// Everything at once, as suits what needs no trying.
    public static final Pace UNLIMITED = new Pace(List.of(), null, DEFAULT_STOP_ON_FAILURES);

    /// 1, 10, 100, all; the first event that fails again stops it.
    public static final Pace CAREFUL = new Pace(DEFAULT_CANARY, null, DEFAULT_STOP_ON_FAILURES);

    public Pace {
        canary = List.copyOf(canary);
        if (canary.size() > MAX_CANARY) {
            throw new InvalidOperationException(
                    "/canary", "has " + canary.size() + " batches, at most " + MAX_CANARY + " are allowed");
        }
        for (int i = 0; i < canary.size(); i++) {
            if (canary.get(i) < 1 || canary.get(i) > Operations.MAX_ITEMS) {
                throw new InvalidOperationException(
                        "/canary/" + i,
                        "is " + canary.get(i) + ", expected the size of a batch, 1 to " + Operations.MAX_ITEMS);
            }
        }
        if (perSecond != null && !(perSecond >= MIN_PER_SECOND && perSecond <= MAX_PER_SECOND)) {
            throw new InvalidOperationException(
                    "/rate",
                    "is " + perSecond + ", expected events a second, " + MIN_PER_SECOND + " to " + MAX_PER_SECOND);
        }
        if (stopOnFailures < 1) {
            throw new InvalidOperationException(
                    "/stopOnFailures", "is " + stopOnFailures + ", expected a number of events from 1");
        }
    }

    /// A batch.
    ///
    /// @param number which, from 1
    /// @param start how many events were tried before it
    /// @param end how many will have been tried after it
    record Batch(int number, int start, int end) {}

    /// The batch that is under way when so many of the events that were tried have come to an end.
    Batch batch(int ended) {
        int start = 0;
        for (int i = 0; i < canary.size(); i++) {
            int end = start + canary.get(i);
            if (ended < end) {
                return new Batch(i + 1, start, end);
            }
            start = end;
        }
        return new Batch(canary.size() + 1, start, Integer.MAX_VALUE);
    }
}
