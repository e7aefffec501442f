package ai.tradesense.store;

import org.jspecify.annotations.Nullable;

/// Something that stands in the log and cannot be decoded: it was damaged, or a newer program wrote it.
///
/// @param position where it stands
/// @param lastPosition the same, or behind it if it cannot be told where the next event begins: then this stands for
///     all up to there
/// @param id of the event, if the store knows it from elsewhere
/// @param reason why it cannot be decoded
/// @param bytes as they are stored; handed over, not copied
@SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
public record UnreadableEvent(
        long position, long lastPosition, @Nullable String id, String reason, byte[] bytes) implements EventPage.Entry {
    @Override
    public String toString() {
        return (lastPosition == position ? "position " + position : "positions " + position + " to " + lastPosition)
                + (id == null ? "" : " (id " + id + ")") + ": " + reason;
    }
}
