package ai.tradesense.operations;

import ai.tradesense.parking.DeadLetterFilter.State;
import ai.tradesense.parking.Progress;
import org.jspecify.annotations.Nullable;

/// What an operation does to each of its events.
public enum OperationKind {
    /// Has them tried again, in their old places.
    RETRY,
    /// Takes them out; what waited behind them goes on.
    DISCARD,
    /// Puts back what was discarded.
    RESTORE,
    /// Has a corrected event tried in the place of the one that failed.
    EDIT,
    /// Gives stored events to one worker again.
    REPLAY;

    /// Whether what becomes of an event is known only when its worker has had it again.
    public boolean isTried() {
        return switch (this) {
            case RETRY, EDIT, REPLAY -> true;
            case DISCARD, RESTORE -> false;
        };
    }

    /// Why an event cannot be part of such an operation.
    ///
    /// @param progress how far it has come; null if it is not parked
    /// @return the reason, to be read after the event's id; null if it can
    public @Nullable String refusal(@Nullable Progress progress) {
        if (progress == null) {
            return this == REPLAY ? null : "is parked no more: it was processed, or never was";
        }
        State state = State.of(progress);
        if (state == null) {
            return this == REPLAY ? "waits for its worker already" : "waits for its retry already";
        }
        return switch (this) {
            case RETRY, EDIT -> state == State.DISCARDED ? "is discarded; restore it first" : null;
            case DISCARD -> state == State.DISCARDED ? "is discarded already" : null;
            case RESTORE -> state == State.DISCARDED ? null : "is not discarded";
            case REPLAY ->
                state == State.DISCARDED
                        ? "was discarded; restore and retry it instead"
                        : "is a dead letter; retry it instead";
        };
    }
}
