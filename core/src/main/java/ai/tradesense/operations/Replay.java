package ai.tradesense.operations;

import ai.tradesense.operations.Selection.Stored;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Which stored events are replayed to whom, and up to where that has come. A log is only added to, so a filter
/// and a last position are a frozen selection: of what is published later, nothing is part of it.
///
/// @param worker who gets them
/// @param group its consumer group
/// @param type which types of those that the worker wants; null means all
/// @param from only events that happened then or later
/// @param to only events that happened before then
/// @param after only events behind this position
/// @param upTo only events up to and with this position, which is that of the last event selected
/// @param cursor up to and with which position events have been handed to the worker
public record Replay(
        String worker,
        String group,
        @Nullable String type,
        @Nullable String subject,
        @Nullable Instant from,
        @Nullable Instant to,
        long after,
        long upTo,
        long cursor) {
    /// Whether nothing is left to be handed over.
    public boolean isAtEnd() {
        return cursor >= upTo;
    }

    /// The same, further on.
    public Replay at(long position) {
        return new Replay(worker, group, type, subject, from, to, after, upTo, position);
    }

    /// The same, known to end at an earlier position.
    Replay endingAt(long position) {
        return new Replay(worker, group, type, subject, from, to, after, position, cursor);
    }

    /// Whether this is what was asked for, whenever it was.
    boolean isOf(Stored asked) {
        return worker.equals(asked.worker())
                && Objects.equals(type, asked.type())
                && Objects.equals(subject, asked.subject())
                && Objects.equals(from, asked.from())
                && Objects.equals(to, asked.to())
                && after == asked.afterOrStart()
                && (asked.upTo() == null || upTo <= asked.upTo());
    }
}
