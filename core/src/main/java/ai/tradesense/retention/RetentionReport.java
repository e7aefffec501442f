package ai.tradesense.retention;

import java.time.Instant;
import java.util.List;

/// What would be removed now, and what would not although it is old enough.
///
/// @param at the moment for which this is so
/// @param removable what would go, by domain
/// @param held what legal holds keep; an event that several hold is counted for each
/// @param needed how many events stay because the newest snapshot of their stream is older than they are
/// @param blocked what readers keep that have not passed it; an event that several keep is counted for each
public record RetentionReport(
        Instant at, List<DomainShare> removable, List<HeldShare> held, long needed, List<BlockedShare> blocked) {
    /// Of one domain.
    ///
    /// @param oldest when the first of them was recorded
    /// @param newest when the last of them was recorded
    public record DomainShare(String domain, long events, Instant oldest, Instant newest) {}

    /// Of one hold.
    public record HeldShare(long hold, long events) {}

    /// Of one reader.
    public record BlockedShare(ReaderPosition reader, long events) {}

    /// How many events would go.
    public long events() {
        return removable.stream().mapToLong(DomainShare::events).sum();
    }
}
