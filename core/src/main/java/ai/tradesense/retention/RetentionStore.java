package ai.tradesense.retention;

import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import java.time.Instant;
import java.util.List;

/// A log that events can be removed from. Of a removed event its position, its stream (domain and subject) and its
/// identity (source and id) stay: so positions and versions mean what they meant, and publishing it again is
/// still the same event.
///
/// Safe for use by several threads, and on PostgreSQL by several instances; all methods block for I/O and throw
/// `StoreException` if the outcome is a failure or not known, after which they may be called again.
public interface RetentionStore {
    /// Looks at everything that is old enough, and changes nothing.
    RetentionReport examine(Cutoffs cutoffs);

    /// Removes some events: those that are old enough, not held, not newer than the oldest snapshot of their stream
    /// if there is one, and passed by every reader, in the order of their positions. What was removed and the
    /// record of it become durable together. Whoever calls this goes on until it is done; that takes up where the
    /// last call with the same cutoffs ended.
    ///
    /// @param maxEvents how many at most
    Progress removeSome(Cutoffs cutoffs, int maxEvents, String actor);

    /// How far a removal has come.
    ///
    /// @param events how many were removed by this call
    /// @param isDone whether there is nothing left to be removed
    /// @param heldBackBy the readers because of which something is left; only if it is done
    record Progress(long events, boolean isDone, List<ReaderPosition> heldBackBy) {
        public Progress {
            heldBackBy = List.copyOf(heldBackBy);
        }
    }

    /// Has events kept until that is lifted. What is removed at the same moment may be gone; when this has
    /// returned, nothing of it is removed.
    LegalHold place(LegalHold.Scope scope, String reason, String actor, Instant at);

    /// Ends a hold.
    ///
    /// @throws java.util.NoSuchElementException if there is no such hold
    /// @throws RetentionConflictException if it was lifted already
    LegalHold lift(long number, String reason, String actor, Instant at);

    /// All holds, the oldest first, also those that were lifted.
    List<LegalHold> holds();

    /// Everybody whose position is waited for.
    List<ReaderPosition> readers();

    /// Waits for a reader no more, who has gone for good. A group that comes back all the same begins anew.
    ///
    /// @throws java.util.NoSuchElementException if nobody of that name is waited for
    /// @throws RetentionConflictException if it is a group that has members, or a replay, which is to be cancelled
    void forget(ReaderPosition.Kind kind, String name, String actor, Instant at);

    /// The newest records, the newest first.
    List<RetentionRecord> records(int limit);

    /// How many events were removed so far.
    long removed();
}
