package ai.tradesense.parking;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.Progress.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An event that waits for one consumer group. Source and id identify it within the group, apart from a copy of
/// it that is replayed.
///
/// @param sequence given by the store, ascending in the order of parking; 0 before
/// @param group the consumer group that it waits for
/// @param worker the worker that could not process it
/// @param key its domain and subject; both empty where the raw bytes did not tell
/// @param source the source of the event that was delivered, or the place it came from where the raw bytes did not
/// tell
/// @param id the id of the event that was delivered, or its place where the raw bytes did not tell
/// @param event the event to be processed, with an id of its own if an operator corrected it; null where only `raw`
///     is known to be true
/// @param raw the bytes as they arrived; null unless in quarantine
/// @param contentType the media type of `raw`
/// @param progress how far it has come
/// @param parkedAt when it came here
/// @param failures what went wrong, oldest first, the newest [#MAX_FAILURES]
/// @param replayedBy the operation that replays it; null if it was delivered
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
        Progress progress,
        Instant parkedAt,
        List<Failure> failures,
        @Nullable String replayedBy) {
    /// Domain and subject of what could not be read.
    public static final OrderKey UNKNOWN = new OrderKey("", "");

    /// How many failures are kept with an event.
    public static final int MAX_FAILURES = 20;

    /// An event that was delivered.
    public ParkedEvent(
            long sequence,
            String group,
            String worker,
            OrderKey key,
            String source,
            String id,
            @Nullable DomainEvent event,
            byte @Nullable [] raw,
            @Nullable String contentType,
            Progress progress,
            Instant parkedAt,
            List<Failure> failures) {
        this(sequence, group, worker, key, source, id, event, raw, contentType, progress, parkedAt, failures, null);
    }

    /// Whether an operator replays it.
    public boolean isReplay() {
        return replayedBy != null;
    }

    /// The same event as a copy that an operation replays.
    public ParkedEvent replayedBy(String operation) {
        return new ParkedEvent(
                sequence,
                group,
                worker,
                key,
                source,
                id,
                event,
                raw,
                contentType,
                progress,
                parkedAt,
                failures,
                operation);
    }

    /// Why it is here.
    public State state() {
        return progress.state();
    }

    /// How often a handler has tried.
    public int attempts() {
        return progress.attempts();
    }

    /// When it is tried again; null unless it failed and waits for a retry.
    public @Nullable Instant dueAt() {
        return progress.dueAt();
    }

    /// What went wrong at last; null if nothing is known.
    public @Nullable Failure newestFailure() {
        return failures.isEmpty() ? null : failures.getLast();
    }

    /// The fingerprint of what went wrong at last, see [Failure#cause]; empty if nothing is known.
    public String cause() {
        return failures.isEmpty() ? "" : failures.getLast().cause();
    }

    /// When it failed last, or came here if nothing is known.
    public Instant failedAt() {
        return failures.isEmpty() ? parkedAt : failures.getLast().at();
    }

    /// The same event where a store put it.
    ParkedEvent at(long place) {
        return new ParkedEvent(
                place,
                group,
                worker,
                key,
                source,
                id,
                event,
                raw,
                contentType,
                progress,
                parkedAt,
                failures,
                replayedBy);
    }

    /// Where the event belongs: what could not be read and was corrected takes its place among those of its
    /// subject.
    private OrderKey keyAfter(@Nullable DomainEvent corrected) {
        return corrected != null && key.equals(UNKNOWN) ? corrected.orderKey() : key;
    }

    /// The same event with its bytes.
    ParkedEvent with(byte @Nullable [] bytes, @Nullable String mediaType) {
        return new ParkedEvent(
                sequence,
                group,
                worker,
                key,
                source,
                id,
                event,
                bytes,
                mediaType,
                progress,
                parkedAt,
                failures,
                replayedBy);
    }

    /// The same event after a change.
    ParkedEvent after(Progress next, @Nullable DomainEvent corrected, @Nullable Failure failure) {
        List<Failure> all = failures;
        if (failure != null) {
            all = new ArrayList<>(failures);
            all.add(failure);
            all = List.copyOf(all.subList(Math.max(0, all.size() - MAX_FAILURES), all.size()));
        }
        return new ParkedEvent(
                sequence,
                group,
                worker,
                keyAfter(corrected),
                source,
                id,
                corrected == null ? event : corrected,
                raw,
                contentType,
                next,
                parkedAt,
                all,
                replayedBy);
    }
}
