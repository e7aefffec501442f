package ai.tradesense.jdbc;

import org.jspecify.annotations.Nullable;

/// What a check of a log found, see [JdbcLog#verify(Progress)].
///
/// @param events how many events were checked
/// @param unrecorded how many of them were stored by a version that kept no record of hashes; of these it is only
///     known that they can be read and that none is missing
/// @param removed how many of them are not there any more because they were old enough; of these it is known that
/// the
///     record of removals says so
/// @param lastPosition the position of the last event that was checked
/// @param hash the hash that stands for all of them in their order, in hexadecimal digits; what was noted
///     elsewhere can be compared with it, also after events were removed
/// @param retentionRecords how many removals and legal holds are recorded
/// @param retentionHash the hash that stands for all these records
/// @param fault the first thing that is not as it was stored; null if everything is
public record Verification(
        long events,
        long unrecorded,
        long removed,
        long lastPosition,
        String hash,
        long retentionRecords,
        String retentionHash,
        @Nullable Fault fault) {
    /// Something that is not as it was stored.
    ///
    /// @param position of the first event that it is about; 0 if it is about none
    /// @param lastPosition of the last of them
    /// @param problem what is wrong, in words
    public record Fault(long position, long lastPosition, String problem) {}

    /// Is told how far a check has come.
    @FunctionalInterface
    public interface Progress {
        /// So many of the events are checked. What this throws ends the check.
        void checked(long events, long of);
    }
}
