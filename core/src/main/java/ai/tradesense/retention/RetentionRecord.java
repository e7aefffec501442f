package ai.tradesense.retention;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was done, by whom and why. Records are chained by their hashes, and a check of the log checks them too.
///
/// @param number from 1, without gaps
/// @param reason the policy of a removal, the reason of a hold or of its lifting, or which reader was forgotten
/// where
/// @param firstPosition of the events that were removed; 0 unless it is a removal
/// @param events how many were removed
/// @param byDomain of which domains they were
/// @param hold the hold that was placed or lifted; null if it is about none
/// @param hash stands for this record and all before it, in hexadecimal digits
public record RetentionRecord(
        long number,
        Kind kind,
        Instant at,
        String actor,
        String reason,
        long firstPosition,
        long lastPosition,
        long events,
        Map<String, Long> byDomain,
        @Nullable Long hold,
        String hash) {
    /// What was done.
    public enum Kind {
        REMOVED,
        HOLD_PLACED,
        HOLD_LIFTED,
        READER_FORGOTTEN
    }
}
