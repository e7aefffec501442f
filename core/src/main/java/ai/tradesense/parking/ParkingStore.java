package ai.tradesense.parking;

import ai.tradesense.events.OrderKey;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.transport.Partition;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Keeps parked events durably: per group and subject a queue in order, and the dead letters. Safe for use by
/// several threads; all methods block for I/O and throw [ai.tradesense.store.StoreException] if it fails.
public interface ParkingStore {
    /// Makes changes durable, in order, all or none.
    ///
    /// @return how many of them had an effect
    int apply(List<ParkingChange> changes);

    /// The subjects of a group that have a queue: events that wait, or a dead letter that holds.
    List<WaitingSubject> waiting(String group);

    /// The first events of the queues of some subjects, in order, at most `limit` of each: those that wait, and
    /// dead letters that hold. A subject without a queue is left out.
    Map<OrderKey, List<ParkedEvent>> heads(String group, Collection<OrderKey> keys, int limit);

    /// The first events of one subject's queue, see [#heads].
    default List<ParkedEvent> head(String group, OrderKey key, int limit) {
        return heads(group, List.of(key), limit).getOrDefault(key, List.of());
    }

    /// Source and id of the events of a group that were parked last, in any state, at most `limit`: those whose
    /// delivery may come again after a crash. What is replayed is not among them.
    List<EventIdentity> recent(String group, int limit);

    /// Dead letters that match, newest first.
    List<ParkedEvent> deadLetters(DeadLetterQuery query);

    /// The same at a glance, for those who want many: neither the events nor their failures are read.
    List<DeadLetterSummary> summaries(DeadLetterQuery query);

    /// Dead letters that match, by worker, type and cause; the largest groups first, at most `limit`.
    List<DeadLetterGroup> groups(DeadLetterFilter filter, int limit);

    /// A parked event in any state, also one that was discarded.
    Optional<ParkedEvent> find(long sequence);

    /// An event of a group wherever it is parked, in any state: as it was delivered, and as it is replayed.
    List<ParkedEvent> find(String group, EventIdentity identity);

    /// How many events of a group are parked, by state.
    Counts counts(String group);

    /// The same of every group that has something parked, also of those whose workers are gone. Does not read what
    /// is parked.
    Map<String, Counts> counts();

    /// A number that grows whenever an operator has changed something that is parked for a group, so that whoever
    /// works on it looks again. Cheap.
    long revision(String group);

    /// Who has begun to work on the partitions of a group, and not ended.
    Map<Partition, String> sessions(String group);

    /// Notes durably that somebody works on partitions from now on, where nobody else has begun meanwhile. It is
    /// then theirs alone to make changes [ParkingChange.InSession]. Idempotent.
    ///
    /// Who has looked at [#sessions] before it made sure that the partitions are its own cannot take one away from
    /// somebody who got it later, however long this call takes.
    ///
    /// @param session a name that no other has, not even the same instance at another time
    /// @param seen the sessions as they were before
    /// @return those of the partitions where the session has begun
    Set<Partition> begin(String group, String session, Set<Partition> partitions, Map<Partition, String> seen);

    /// Notes that a session has ended its work on partitions in good order. No effect on those where another has
    /// begun since.
    void end(String group, String session, Set<Partition> partitions);

    /// A subject with a queue.
    ///
    /// @param waiting how many events wait; 0 if there is only the dead letter that holds the subject
    /// @param dueAt when the first of the queue is tried again; null means at once, or not at all if it is held
    /// @param held whether the first of the queue is a dead letter
    record WaitingSubject(
            OrderKey key, int waiting, @Nullable Instant dueAt, boolean held) {}

    /// What identifies an event.
    record EventIdentity(String source, String id) {}

    /// How many events are parked.
    ///
    /// @param waiting events in state `WAITING`
    /// @param dead events in state `DEAD` or `QUARANTINED`, not counting discarded ones
    record Counts(long waiting, long dead) {}

    /// Which dead letters are looked for.
    ///
    /// @param before only those with a lower sequence; null begins with the newest
    /// @param limit how many at most
    record DeadLetterQuery(
            DeadLetterFilter filter, @Nullable Long before, int limit) {
        /// Those that have not been discarded, of one worker, some types or one subject.
        ///
        /// @param types types or patterns with commas between, see [TypeFilter#parse]
        public DeadLetterQuery(
                @Nullable String worker,
                @Nullable String types,
                @Nullable String subject,
                @Nullable Long before,
                int limit) {
            this(
                    new DeadLetterFilter(
                            worker,
                            types == null ? null : TypeFilter.parse(types),
                            subject,
                            null,
                            null,
                            null,
                            null,
                            null),
                    before,
                    limit);
        }
    }

    /// A dead letter at a glance.
    ///
    /// @param type the event's type; null where it cannot be read
    /// @param cause the fingerprint of the newest failure
    record DeadLetterSummary(
            long sequence,
            String group,
            String worker,
            @Nullable String type,
            OrderKey key,
            DeadLetterFilter.State state,
            String cause) {
        /// A parked event at a glance.
        ///
        /// @throws IllegalArgumentException if it is no dead letter
        public static DeadLetterSummary of(ParkedEvent parked) {
            DeadLetterFilter.State state = DeadLetterFilter.State.of(parked.progress());
            if (state == null) {
                throw new IllegalArgumentException(
                        "parked event " + parked.sequence() + " waits for its retry; expected a dead letter");
            }
            return new DeadLetterSummary(
                    parked.sequence(),
                    parked.group(),
                    parked.worker(),
                    parked.event() == null ? null : parked.event().type().name(),
                    parked.key(),
                    state,
                    parked.cause());
        }
    }

    /// Dead letters that have worker, type and cause in common.
    ///
    /// @param type the events' type; null where they cannot be read
    /// @param count how many there are
    /// @param firstAt when the first of them failed
    /// @param lastAt when the last of them failed
    /// @param example the sequence of the one that was parked last
    /// @param failure what went wrong with that one at last; null if nothing is known
    record DeadLetterGroup(
            String worker,
            @Nullable String type,
            String cause,
            long count,
            Instant firstAt,
            Instant lastAt,
            long example,
            @Nullable Failure failure) {}
}
