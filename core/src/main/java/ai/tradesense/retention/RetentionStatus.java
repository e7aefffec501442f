package ai.tradesense.retention;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How retention is doing.
///
/// @param policy for how long events are kept
/// @param removed how many events were removed so far, whenever that was
/// @param running the run that is under way; null if none is
/// @param last the last run of this process; null if there was none
/// @param nextAt when the next one begins; null if none does by itself
/// @param readers everybody whose position is waited for
public record RetentionStatus(
        RetentionPolicy policy,
        long removed,
        @Nullable Run running,
        @Nullable Run last,
        @Nullable Instant nextAt,
        List<ReaderPosition> readers) {
    /// One pass over the log.
    ///
    /// @param actor who ordered it
    /// @param endedAt null while it is under way
    /// @param events how many it has removed
    /// @param heldBackBy the readers because of which something that is old enough was left
    /// @param problem why it ended before its end, or waits; empty if it does not
    public record Run(
            String actor,
            Instant startedAt,
            @Nullable Instant endedAt,
            long events,
            List<ReaderPosition> heldBackBy,
            String problem) {
        public Run {
            heldBackBy = List.copyOf(heldBackBy);
        }
    }
}
