package ai.tradesense.operations;

import ai.tradesense.parking.DeadLetterFilter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What an operator ordered, and how far it has come.
///
/// @param number given by the store, ascending in the order of creation; 0 before
/// @param requestId what identifies the order for whoever gave it; null if nothing does
/// @param filter what was selected by; null if events were listed, or are replayed
/// @param replay what is replayed; null if it is about dead letters
/// @param actor who ordered it
/// @param reason why
/// @param note why it is in its state, in words; empty if it simply runs
/// @param endedAt when it completed, stopped or was cancelled; null while it runs
public record Operation(
        long number,
        String id,
        @Nullable String requestId,
        OperationKind kind,
        @Nullable DeadLetterFilter filter,
        @Nullable Replay replay,
        Pace pace,
        String actor,
        String reason,
        Instant createdAt,
        State state,
        String note,
        @Nullable Instant endedAt,
        Counts counts) {
    /// What an operation does.
    public enum State {
        /// Goes on.
        RUNNING,
        /// Has come to the end of its events.
        COMPLETED,
        /// Ended by itself, because events failed again. What it had begun goes on.
        STOPPED,
        /// Was ended by an operator. What it had begun goes on.
        CANCELLED
    }

    /// How many of its events are how far.
    ///
    /// @param pending not begun
    /// @param inProgress handed to their worker, which has not come to an end with them
    /// @param succeeded done
    /// @param failed tried again and dead again
    /// @param skipped left as they are, each with a reason
    public record Counts(int pending, int inProgress, int succeeded, int failed, int skipped) {
        public int total() {
            return pending + inProgress + succeeded + failed + skipped;
        }

        /// How many have been tried, to the end or not.
        int tried() {
            return inProgress + ended();
        }

        /// How many have been tried to the end.
        int ended() {
            return succeeded + failed;
        }

        /// How many have been looked at.
        public int begun() {
            return tried() + skipped;
        }

        /// The counts of a replay after its next events, of which some were parked for their worker and others
        /// left. What was counted and is there no more at its end counts as skipped.
        public Counts handedOver(int parked, int left, ReplayPage page) {
            int rest = pending - parked - left;
            return page.isLast()
                    ? new Counts(0, inProgress + parked, succeeded, failed, skipped + left + Math.max(0, rest))
                    : new Counts(Math.max(0, rest), inProgress + parked, succeeded, failed, skipped + left);
        }

        /// The counts after an event that was with its worker has come to an end.
        Counts settled(OperationItem.Status end) {
            return end == OperationItem.Status.SUCCEEDED
                    ? new Counts(pending, inProgress - 1, succeeded + 1, failed, skipped)
                    : new Counts(pending, inProgress - 1, succeeded, failed + 1, skipped);
        }
    }

    /// Whether somebody has to look after it: it goes on, or what it began has not come to an end.
    public boolean isActive() {
        return state == State.RUNNING || counts.inProgress() > 0;
    }

    /// How many events may be handed to their workers now, at most.
    ///
    /// @param window how many may be with workers at a time
    int mayBegin(int window) {
        if (state != State.RUNNING) {
            return 0;
        }
        int inBatch = pace.batch(counts.ended()).end() - counts.tried();
        int left = isAtEnd() ? counts.pending() : Math.max(1, counts.pending());
        return Math.max(0, Math.min(Math.min(left, inBatch), window - counts.inProgress()));
    }

    /// Whether so many of its events have failed again that it stops.
    boolean hasFailed() {
        return counts.failed() >= pace.stopOnFailures();
    }

    /// Whether all its events have come to an end.
    boolean isDone() {
        return isAtEnd() && counts.pending() == 0 && counts.inProgress() == 0;
    }

    /// Whether there is nothing more than what was counted: of a replay, the log knows.
    private boolean isAtEnd() {
        return replay == null || replay.isAtEnd();
    }

    /// The same under a request id.
    Operation requestedAs(String key) {
        return new Operation(
                number, id, key, kind, filter, replay, pace, actor, reason, createdAt, state, note, endedAt, counts);
    }

    /// The same where a store put it.
    public Operation numbered(long place) {
        return new Operation(
                place, id, requestId, kind, filter, replay, pace, actor, reason, createdAt, state, note, endedAt,
                counts);
    }

    /// The same with other counts.
    public Operation counted(Counts now) {
        return new Operation(
                number, id, requestId, kind, filter, replay, pace, actor, reason, createdAt, state, note, endedAt, now);
    }

    /// The same with a replay further on.
    public Operation replayed(Replay further) {
        return new Operation(
                number, id, requestId, kind, filter, further, pace, actor, reason, createdAt, state, note, endedAt,
                counts);
    }

    /// The same at its end.
    public Operation ended(State end, String why, Instant at) {
        return new Operation(
                number, id, requestId, kind, filter, replay, pace, actor, reason, createdAt, end, why, at, counts);
    }
}
