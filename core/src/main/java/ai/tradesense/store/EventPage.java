package ai.tradesense.store;

import java.util.List;

/// What was found in a part of the log, in the order that was asked for.
///
/// @param entries the events that match, and what cannot be decoded and may be one of them
/// @param upTo up to and with which position everything was looked at; whoever reads on goes on behind it. At the end
///     that is the newest position there was, and 0 if the newest came first
/// @param isLast whether nothing was behind that
public record EventPage(List<Entry> entries, long upTo, boolean isLast) {
    /// Something that stands in the log.
    public sealed interface Entry permits StoredEvent, UnreadableEvent {
        /// Where it stands.
        long position();

        /// The last position for which it stands.
        default long lastPosition() {
            return position();
        }
    }

    public EventPage {
        entries = List.copyOf(entries);
    }

    /// The events that could be decoded.
    public List<StoredEvent> events() {
        return entries.stream()
                .filter(StoredEvent.class::isInstance)
                .map(StoredEvent.class::cast)
                .toList();
    }

    /// What could not.
    public List<UnreadableEvent> unreadable() {
        return entries.stream()
                .filter(UnreadableEvent.class::isInstance)
                .map(UnreadableEvent.class::cast)
                .toList();
    }
}
