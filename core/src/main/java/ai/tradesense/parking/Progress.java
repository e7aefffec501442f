package ai.tradesense.parking;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How far a parked event has come. The methods are what [ParkingChange]s do to it, the same in every store.
///
/// @param state why it is parked
/// @param attempts how often a handler has tried
/// @param dueAt when it is tried again; null unless it failed and waits for a retry
/// @param failingSince when an attempt failed for the first time; null while none has
/// @param caution what is known of attempts that may have ended with their process
/// @param holds whether later events of its subject wait behind it although it is a dead letter
/// @param discardedAt when an operator took it out of the dead letters; null if none has
public record Progress(
        State state,
        int attempts,
        @Nullable Instant dueAt,
        @Nullable Instant failingSince,
        Caution caution,
        boolean holds,
        @Nullable Instant discardedAt) {
    /// Why an event is parked.
    public enum State {
        /// Waits for its retry, or behind an event of its subject.
        WAITING,
        /// Was given up: a dead letter.
        DEAD,
        /// Could not be read at all: a dead letter of which only the bytes are known.
        QUARANTINED
    }

    /// What is known of attempts that no outcome was heard of.
    public enum Caution {
        /// Nothing speaks against it.
        NONE,
        /// It was brought to its lane. If its process has stopped, it may have been why: to be tried alone, with the
        /// attempt written down.
        SUSPECT,
        /// An attempt of its own was written down and has begun. If its process stops, that was the attempt.
        BEGUN
    }

    /// Waits behind another event of its subject.
    public static final Progress FOLLOWER = new Progress(State.WAITING, 0, null, null, Caution.NONE, false, null);

    /// Failed and is tried again at a time.
    public static Progress failing(int attempts, Instant failedAt, Instant dueAt) {
        return new Progress(State.WAITING, attempts, dueAt, failedAt, Caution.NONE, false, null);
    }

    /// A dead letter from the start.
    ///
    /// @param state `DEAD` or `QUARANTINED`
    public static Progress given(State state, int attempts, Instant failedAt, Followers followers) {
        return new Progress(state, attempts, null, failedAt, Caution.NONE, followers == Followers.HOLD, null);
    }

    boolean isWaiting() {
        return state == State.WAITING;
    }

    /// Whether it is among the dead letters.
    public boolean isDeadLetter() {
        return state != State.WAITING && discardedAt == null;
    }

    /// Whether later events of its subject wait behind it.
    public boolean isQueued() {
        return state == State.WAITING || holds;
    }

    Progress rescheduled(int tried, Instant failedAt, Instant retryAt, Caution next) {
        return new Progress(
                State.WAITING, tried, retryAt, failingSince == null ? failedAt : failingSince, next, false, null);
    }

    Progress givenUp(State as, int tried, Instant failedAt, Followers followers) {
        return new Progress(
                as,
                tried,
                null,
                failingSince == null ? failedAt : failingSince,
                Caution.NONE,
                followers == Followers.HOLD,
                null);
    }

    Progress marked(Caution next) {
        return new Progress(state, attempts, dueAt, failingSince, next, holds, discardedAt);
    }

    Progress begun(int attempt) {
        return new Progress(state, attempt, dueAt, failingSince, Caution.BEGUN, holds, discardedAt);
    }

    /// All its attempts are before it again.
    Progress requeued(Instant retryAt) {
        return new Progress(State.WAITING, 0, retryAt, null, Caution.NONE, false, null);
    }

    Progress discarded(Instant at) {
        return new Progress(state, attempts, null, failingSince, Caution.NONE, false, at);
    }

    /// The sequence has moved on since: what is restored holds nothing up.
    Progress restored() {
        return new Progress(state, attempts, null, failingSince, Caution.NONE, false, null);
    }
}
