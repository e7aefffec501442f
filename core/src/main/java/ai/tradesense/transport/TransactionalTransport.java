package ai.tradesense.transport;

import ai.tradesense.events.DomainEvent;
import java.util.List;
import java.util.function.IntConsumer;

/// A transport that can make durable at once, or not at all, what a handler publishes and that its event is
/// done with. Others do without: the id of an event that a handler publishes follows from its cause, so that
/// whoever gets it twice can tell.
public interface TransactionalTransport extends Transport {
    /// Joins a consumer group as [#subscribe] does, for a worker that publishes in transactions.
    ///
    /// @param published is told after each transaction how many events have become durable in it, by a thread of
    /// the transport; must not block
    /// @throws TransportException if the transport cannot be reached or permits no transactions
    Results subscribeTransactionally(GroupMembership membership, Runnable signal, IntConsumer published);

    /// A membership whose positions become durable together with what was published on the way to them.
    interface Results extends Subscription {
        /// Keeps events that a delivery has caused until it is settled. They become durable in the transaction
        /// that makes this durable, soon after, and nobody gets them before; those of a delivery that is never
        /// settled, or of an assignment that has ended, are forgotten. To be called once, before [#settle]; may
        /// block, by any thread.
        ///
        /// @throws TransportException if one of the events cannot be published; then none is kept
        void caused(Delivery delivery, List<DomainEvent> events);
    }
}
