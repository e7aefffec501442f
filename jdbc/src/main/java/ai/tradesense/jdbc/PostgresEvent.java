package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.Undecodable;
import org.jspecify.annotations.Nullable;

/// An event that was read and not yet delivered, or what stands where one should be.
record PostgresEvent(
        long position,
        int partition,
        @Nullable DomainEvent event,
        @Nullable Undecodable undecodable) {
    private static final String UNREADABLE = "application/octet-stream";

    static PostgresEvent of(long position, int partition, byte[] record, RecordReader reader) {
        try {
            return new PostgresEvent(position, partition, reader.single(record), null);
        } catch (RuntimeException problem) {
            return new PostgresEvent(position, partition, null, new Undecodable(record, UNREADABLE, problem));
        }
    }

    Delivery delivery(Receipt receipt) {
        if (event != null) {
            return Delivery.of(receipt, event);
        }
        if (undecodable != null) {
            return Delivery.undecodable(receipt, undecodable);
        }
        throw new IllegalStateException("neither an event nor bytes at " + receipt);
    }
}
