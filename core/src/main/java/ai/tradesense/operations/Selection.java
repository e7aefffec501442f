package ai.tradesense.operations;

import ai.tradesense.parking.DeadLetterFilter;
import java.util.List;

/// Which dead letters an operation is about. What matches when the operation is created is written down;
/// what comes later is not part of it.
public sealed interface Selection {
    /// All that match a filter.
    record Matching(DeadLetterFilter filter) implements Selection {}

    /// These, by their sequence.
    record Listed(List<Long> sequences) implements Selection {
        public Listed {
            sequences = List.copyOf(sequences);
        }
    }
}
