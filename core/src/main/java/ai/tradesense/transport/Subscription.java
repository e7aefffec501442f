package ai.tradesense.transport;

import java.util.Collection;

/// One instance's membership of a consumer group.
public interface Subscription extends AutoCloseable {
    /// Takes what has arrived, at most `maxEvents` deliveries (0 asks for changes of assignment alone), without
    /// waiting for more; may do I/O to fetch it. Called by one thread at a time.
    ///
    /// @throws TransportException if the transport cannot be reached; polling again later is safe
    Poll poll(int maxEvents);

    /// Says that these deliveries are done with and need not come again. Cheap and safe for use by several
    /// threads; the position becomes durable soon after, and at the latest in [#close]. Deliveries of an
    /// assignment that has ended are ignored.
    void settle(Collection<Delivery> done);

    /// How many events of the group's domains are stored and not settled. An estimate where the transport
    /// cannot count.
    long lag();

    /// Leaves the group: makes settled positions durable, gives up its partitions. Deliveries that are not
    /// settled come again, here or elsewhere. Idempotent.
    @Override
    void close();
}
