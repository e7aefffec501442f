package ai.tradesense.worker;

import ai.tradesense.parking.ParkingChange;
import ai.tradesense.transport.Delivery;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What lanes and the dispatcher have a [ParkingAgent] do.
sealed interface ParkingOrder {
    /// Make it durable, then settle the delivery; if `bringAt` is given, the subject is to be tried then.
    record Park(
            ParkingChange change,
            Delivery delivery,
            @Nullable ParkedSubject subject,
            @Nullable Instant bringAt) implements ParkingOrder {}

    /// Make it durable.
    record Change(ParkingChange change) implements ParkingOrder {}

    /// Its lane is done with the task of a subject.
    record Returned(
            ParkedSubject subject, Turn turn, @Nullable Instant dueAt) implements ParkingOrder {}

    /// A subject has parked events that were there before.
    record Schedule(ParkedSubject subject, Instant dueAt) implements ParkingOrder {}

    /// Says when everything is durable that was ordered before it, and nothing that was brought to a lane by then is on
    /// its way any more.
    final class Mark implements ParkingOrder {
        private volatile boolean passed;

        void pass() {
            passed = true;
        }

        boolean isPassed() {
            return passed;
        }
    }

    /// How a task of a parked subject ended.
    enum Turn {
        /// All its events are done with.
        COMPLETED,
        /// One of them is not.
        STOPPED,
        /// The breaker did not let the next one of them be tried.
        REFUSED
    }
}
