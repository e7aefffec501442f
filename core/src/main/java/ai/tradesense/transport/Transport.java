package ai.tradesense.transport;

import ai.tradesense.events.DomainEvent;
import java.util.List;

/// Carries events from publishers to consumer groups. Every group sees every event of the domains it joined
/// for, at least once; the events of one domain and subject in the order in which they were sent.
///
/// Implementations are safe for use by several threads.
public interface Transport extends AutoCloseable {
    /// The name by which the configuration knows it, for example `embedded`.
    String name();

    /// Sends a batch, in order, and returns when every event of it is durable. Blocks until then, and while the
    /// transport holds back publishers because it is full. An event whose source and id were sent before is not
    /// stored again and is reported as a duplicate.
    ///
    /// @throws TransportException if the outcome is a failure or not known; sending the same events again is
    ///     safe
    List<Published> send(List<DomainEvent> events);

    /// Joins a consumer group. The group's position is kept by the transport; a group that is new starts as
    /// [GroupMembership#startFrom] says.
    ///
    /// @param signal called by any thread when [Subscription#poll] may have something new; must not block
    /// @throws TransportException if the transport cannot be reached
    Subscription subscribe(GroupMembership membership, Runnable signal);

    /// The partition of a key. The same key is always of the same partition.
    Partition partitionOf(String domain, String subject);

    /// Whether consumers get the very objects that were sent, so that nothing is encoded on the way.
    default boolean handsOverObjects() {
        return false;
    }

    /// Whether an event that was sent twice is delivered once, as long as a partition stays assigned, so that
    /// consumers need not look for duplicates themselves.
    default boolean filtersDuplicates() {
        return false;
    }

    /// Whether what was sent outlives this process. What is parked of it must, too.
    default boolean isDurable() {
        return true;
    }

    /// The largest data of an event that it carries, in bytes, when the attributes are as large as they may be
    /// ([ai.tradesense.bus.Limits#MAX_ATTRIBUTES_BYTES]).
    default int maxPayloadBytes() {
        return Integer.MAX_VALUE;
    }

    /// What an operator should know now. Does not block for long.
    TransportHealth health();

    /// Refuses what is sent from now on and releases everything. Idempotent.
    @Override
    void close();
}
