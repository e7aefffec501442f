package ai.tradesense.parking;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.transport.Partition;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A change to what is parked. Values only: the dispatcher and operators decide them, a [ParkingStore] makes them
/// durable. A change of an event that is not there, not of that group, or not in a state to be changed so, has no
/// effect: what is ordered twice happens once.
public sealed interface ParkingChange {
    String group();

    /// Puts an event at the end of its subject's queue, or straight among the dead. No effect if the group has
    /// an event of this source and id parked already, in whatever state. What was delivered and what is replayed
    /// are two in this respect, so that neither is taken for the other.
    record Park(ParkedEvent event) implements ParkingChange {
        @Override
        public String group() {
            return event.group();
        }
    }

    /// A change that is made by whoever works on a partition, see [ParkingStore#begin]. No effect once that session
    /// has ended or another has begun there: what a former owner orders late is not for it to decide any more.
    ///
    /// @param change not one of a session itself
    record InSession(String session, Partition partition, ParkingChange change) implements ParkingChange {
        public InSession {
            if (change instanceof InSession) {
                throw new IllegalArgumentException("a change of a session in a session: " + change);
            }
        }

        @Override
        public String group() {
            return change.group();
        }
    }

    /// A change of an event that is parked.
    sealed interface OfParked extends ParkingChange {
        long sequence();

        /// What became of it; null if the change has no effect on an event that has come so far.
        @Nullable
        Progress apply(Progress progress);

        /// What went wrong, to be kept with the event; null if nothing did.
        default @Nullable Failure failure() {
            return null;
        }
    }

    /// An event was processed and waits no longer.
    record Complete(String group, long sequence) implements ParkingChange {}

    /// An attempt failed: the event keeps its place in its subject's queue and is tried again at `dueAt`.
    record Reschedule(String group, long sequence, int attempts, Instant dueAt, Failure failure, Caution caution)
            implements OfParked {
        @Override
        public @Nullable Progress apply(Progress progress) {
            return progress.isWaiting() ? progress.rescheduled(attempts, failure.at(), dueAt, caution) : null;
        }
    }

    /// An event was given up and is a dead letter from now on.
    record Bury(String group, long sequence, int attempts, Failure failure, Followers followers) implements OfParked {
        @Override
        public @Nullable Progress apply(Progress progress) {
            return progress.isWaiting() ? progress.givenUp(State.DEAD, attempts, failure.at(), followers) : null;
        }
    }

    /// An event turned out to be unreadable and is in quarantine from now on.
    ///
    /// @param raw its bytes; null if even those are gone
    /// @param contentType the media type of `raw`
    @SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
    record Quarantine(
            String group,
            long sequence,
            int attempts,
            Failure failure,
            Followers followers,
            byte @Nullable [] raw,
            @Nullable String contentType)
            implements OfParked {
        @Override
        public @Nullable Progress apply(Progress progress) {
            return progress.isWaiting() ? progress.givenUp(State.QUARANTINED, attempts, failure.at(), followers) : null;
        }
    }

    /// A handler is about to have the event, or no longer.
    record Mark(String group, long sequence, Caution caution) implements OfParked {
        @Override
        public @Nullable Progress apply(Progress progress) {
            return progress.isWaiting() ? progress.marked(caution) : null;
        }
    }

    /// An attempt begins, alone, that might end with its process.
    record Begin(String group, long sequence, int attempt) implements OfParked {
        @Override
        public @Nullable Progress apply(Progress progress) {
            return progress.isWaiting() ? progress.begun(attempt) : null;
        }
    }

    /// An operator has a dead letter tried again, from the first attempt on and in its old place.
    ///
    /// @param corrected what is processed instead of the event; null if it is the event itself
    record Requeue(
            String group,
            long sequence,
            Instant dueAt,
            @Nullable DomainEvent corrected) implements OfParked {
        @Override
        public @Nullable Progress apply(Progress progress) {
            return progress.isDeadLetter() ? progress.requeued(dueAt) : null;
        }
    }

    /// An operator takes a dead letter out; it is kept, and what waited behind it goes on.
    record Discard(String group, long sequence, Instant at) implements OfParked {
        @Override
        public @Nullable Progress apply(Progress progress) {
            return progress.isDeadLetter() ? progress.discarded(at) : null;
        }
    }

    /// An operator puts what was discarded back among the dead letters.
    record Restore(String group, long sequence) implements OfParked {
        @Override
        public @Nullable Progress apply(Progress progress) {
            return progress.discardedAt() != null ? progress.restored() : null;
        }
    }
}
