package ai.tradesense.parking;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An event that waits for one consumer group. Source and id identify it within the group.
///
/// @param sequence given by the store, ascending in the order of parking; 0 before
/// @param group the consumer group that it waits for
/// @param worker the worker that could not process it
/// @param key its domain and subject; both empty where the raw bytes did not tell
/// @param source the event's source, or the place it came from where the raw bytes did not tell
/// @param id the event's id, or its place where the raw bytes did not tell
/// @param event the event; null in quarantine, where only `raw` is known to be true
/// @param raw the bytes as they arrived; null unless in quarantine
/// @param contentType the media type of `raw`
/// @param state why it is here
/// @param attempts how often a handler has tried
/// @param dueAt when it is tried again; null unless it is the head of its subject and waits for a retry
/// @param parkedAt when it came here
/// @param failures what went wrong, oldest first, the newest [#MAX_FAILURES]
@SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
public record ParkedEvent(
        long sequence,
        String group,
        String worker,
        OrderKey key,
        String source,
        String id,
        @Nullable DomainEvent event,
        byte @Nullable [] raw,
        @Nullable String contentType,
        State state,
        int attempts,
        @Nullable Instant dueAt,
        Instant parkedAt,
        List<Failure> failures) {
    /// How many failures are kept with an event.
    public static final int MAX_FAILURES = 20;

    /// Why an event is parked.
    public enum State {
        /// Waits for its retry, or behind an event of its subject that does.
        WAITING,
        /// Was given up: a dead letter.
        DEAD,
        /// Could not be read at all: a dead letter of which only the bytes are known.
        QUARANTINED
    }
}
