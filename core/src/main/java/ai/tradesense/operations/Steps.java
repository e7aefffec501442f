package ai.tradesense.operations;

import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.parking.Progress;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What every store writes down alike.
public final class Steps {
    private Steps() {}

    /// The first line of an operation's log.
    public static String created(Operation operation) {
        Replay replay = operation.replay();
        return "ordered: " + operation.kind().name().toLowerCase(Locale.ROOT) + " of "
                + operation.counts().total() + " events"
                + (replay == null ? "" : " up to position " + replay.upTo() + " to " + replay.worker())
                + (operation.reason().isEmpty() ? "" : ", because: " + operation.reason());
    }

    /// The last line of an operation's log.
    public static String ended(State end, String why) {
        return end.name().toLowerCase(Locale.ROOT) + (why.isEmpty() ? "" : ": " + why);
    }

    /// Where an event is that was changed.
    public static Status begun(OperationKind kind) {
        return kind.isTried() ? Status.IN_PROGRESS : Status.SUCCEEDED;
    }

    /// Why changing an event had no effect.
    ///
    /// @param found how far it had come; null if it is not parked
    public static String withoutEffect(OperationKind kind, @Nullable Progress found) {
        return Objects.requireNonNullElse(kind.refusal(found), "was changed by somebody else at the same time");
    }

    /// What is noted when a replay has come to its end and found fewer events than were counted.
    public static String missing(int events) {
        return events + (events == 1 ? " event is" : " events are") + " in the store no more";
    }

    /// What is noted with an event that failed again.
    public static String failed(String exception, String message) {
        return exception + (message.isEmpty() ? "" : ": " + message);
    }
}
