package ai.tradesense.operations;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore.DeadLetterSummary;
import org.jspecify.annotations.Nullable;

/// One event of an operation.
///
/// @param number its place in the operation, from 1, in the order of parking; of a replay, in the order of the log
/// @param sequence which parked event it is
/// @param type the event's type; null where it cannot be read
/// @param cause the fingerprint of what had gone wrong with it
/// @param status how far it is
/// @param note why, in words; empty unless it was skipped or failed again
/// @param corrected what is tried in its place; null unless the operation is an edit
public record OperationItem(
        int number,
        long sequence,
        String group,
        String worker,
        @Nullable String type,
        OrderKey key,
        String cause,
        Status status,
        String note,
        @Nullable DomainEvent corrected) {
    /// How far an event is.
    public enum Status {
        /// Not begun.
        PENDING,
        /// Handed to its worker, which has not come to an end with it.
        IN_PROGRESS,
        /// Done.
        SUCCEEDED,
        /// Tried again and dead again.
        FAILED,
        /// Left as it is.
        SKIPPED
    }

    static OperationItem of(int number, DeadLetterSummary letter, @Nullable DomainEvent corrected) {
        return new OperationItem(
                number,
                letter.sequence(),
                letter.group(),
                letter.worker(),
                letter.type(),
                letter.key(),
                letter.cause(),
                Status.PENDING,
                "",
                corrected);
    }

    /// A listed event that cannot be part of the operation.
    static OperationItem skipped(int number, long sequence, @Nullable ParkedEvent parked, String why) {
        DomainEvent event = parked == null ? null : parked.event();
        return new OperationItem(
                number,
                sequence,
                parked == null ? "" : parked.group(),
                parked == null ? "" : parked.worker(),
                event == null ? null : event.type().name(),
                parked == null ? ParkedEvent.UNKNOWN : parked.key(),
                parked == null ? "" : parked.cause(),
                Status.SKIPPED,
                why,
                null);
    }

    /// An event of a replay that was parked for its worker.
    ///
    /// @param sequence where
    public static OperationItem replayed(int number, long sequence, ParkedEvent copy) {
        DomainEvent event = copy.event();
        return new OperationItem(
                number,
                sequence,
                copy.group(),
                copy.worker(),
                event == null ? null : event.type().name(),
                copy.key(),
                "",
                Status.IN_PROGRESS,
                "",
                null);
    }

    /// The same, further on.
    public OperationItem now(Status next, String why) {
        return new OperationItem(number, sequence, group, worker, type, key, cause, next, why, corrected);
    }
}
