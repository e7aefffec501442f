package ai.tradesense.operations;

import org.jspecify.annotations.Nullable;

/// What an operator orders.
///
/// @param pace null means what suits the kind: 1, 10, 100, all for what is tried again, all at once
///     otherwise
/// @param actor who orders it
/// @param reason why, in words; may be empty
/// @param requestId given by the caller, so that ordering again is the same operation and not another one;
///     null if the caller does not repeat itself
public record OperationRequest(
        OperationKind kind,
        Selection selection,
        @Nullable Pace pace,
        String actor,
        String reason,
        @Nullable String requestId) {
    /// The longest reason, in characters.
    public static final int MAX_REASON = 1_000;

    /// The longest actor and request id, in characters.
    public static final int MAX_NAME = 200;

    public OperationRequest {
        if ((kind == OperationKind.REPLAY) != (selection instanceof Selection.Stored)) {
            throw new InvalidOperationException(
                    "/selection",
                    kind == OperationKind.REPLAY
                            ? "selects dead letters, expected stored events"
                            : "selects stored events, expected dead letters");
        }
        requireLength("/actor", actor, MAX_NAME);
        requireLength("/reason", reason, MAX_REASON);
        if (requestId != null) {
            requireLength("/requestId", requestId, MAX_NAME);
        }
    }

    /// Orders a replay that begins with 1, 10 and 100 events and stops when one fails.
    public static OperationRequest replay(Selection.Stored selection, String actor, String reason) {
        return new OperationRequest(OperationKind.REPLAY, selection, Pace.CAREFUL, actor, reason, null);
    }

    private static void requireLength(String pointer, String text, int max) {
        if (text.length() > max) {
            throw new InvalidOperationException(
                    pointer, "is " + text.length() + " characters long, at most " + max + " are allowed");
        }
    }

    Pace paceOrDefault() {
        if (pace != null) {
            return pace;
        }
        return kind.isTried() ? Pace.CAREFUL : Pace.UNLIMITED;
    }
}
