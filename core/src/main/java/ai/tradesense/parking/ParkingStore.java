package ai.tradesense.parking;

import ai.tradesense.events.OrderKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps parked events durably: per group and subject a queue in order, and the dead letters. Safe for use by
/// several threads; all methods block for I/O and throw [ai.tradesense.store.StoreException] if it fails.
public interface ParkingStore {
    /// Makes changes durable, in order, all or none.
    void apply(List<ParkingChange> changes);

    /// The subjects of a group that have events in state `WAITING`.
    List<WaitingSubject> waiting(String group);

    /// The first `WAITING` events of a subject, in order, at most `limit`.
    List<ParkedEvent> head(String group, OrderKey key, int limit);

    /// Source and id of the events of a group that were parked last, in any state, at most `limit`: those whose
    /// delivery may come again after a crash.
    List<EventIdentity> recent(String group, int limit);

    /// Dead letters (`DEAD` and `QUARANTINED`) that match, newest first.
    List<ParkedEvent> deadLetters(DeadLetterQuery query);

    /// A parked event in any state.
    Optional<ParkedEvent> find(long sequence);

    /// How many events of a group are parked, by state.
    Counts counts(String group);

    /// A subject with waiting events.
    ///
    /// @param waiting how many, from 1
    /// @param dueAt when its head is tried again; null means at once
    record WaitingSubject(
            OrderKey key, int waiting, @Nullable Instant dueAt) {}

    /// What identifies an event.
    record EventIdentity(String source, String id) {}

    /// How many events are parked.
    ///
    /// @param waiting events in state `WAITING`
    /// @param dead events in state `DEAD` or `QUARANTINED`
    record Counts(long waiting, long dead) {}

    /// Which dead letters are looked for. What is null is not asked for.
    ///
    /// @param before only those with a lower sequence
    /// @param limit how many at most
    record DeadLetterQuery(
            @Nullable String worker,
            @Nullable String type,
            @Nullable String subject,
            @Nullable Long before,
            int limit) {}
}
