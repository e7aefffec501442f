package ai.tradesense.server.api;

import ai.tradesense.store.UnreadableEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something stored that cannot be decoded, as the API shows it.
///
/// @param position where it stands
/// @param lastPosition the last position for which it stands
/// @param id of the event, if it is known
/// @param reason why it cannot be decoded
/// @param bytes as they are stored
@SuppressWarnings("ArrayRecordComponent") // written, never compared
record UnreadableEntry(
        long position, long lastPosition, @Nullable String id, String reason, byte[] bytes) {
    static List<UnreadableEntry> of(List<UnreadableEvent> unreadable) {
        return unreadable.stream()
                .map(each -> new UnreadableEntry(
                        each.position(), each.lastPosition(), each.id(), each.reason(), each.bytes()))
                .toList();
    }
}
