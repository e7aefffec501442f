package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.Undecodable;
import java.util.UUID;

/// How a group is told that events are gone which it should have had.
final class Losses {
    /// Where a word of the transport's own stands: nowhere. A second one may say the same, and is another.
    private record Note(Partition partition, UUID id) implements Receipt {
        @Override
        public String toString() {
            return partition + ":lost " + id;
        }
    }

    private Losses() {}

    /// Of what has no place, since the queue or stream it was in is gone. Nobody has to settle it.
    static Delivery told(Partition partition, String text) {
        return told(new Note(partition, UUID.randomUUID()), text);
    }

    static Delivery told(Receipt place, String text) {
        return Delivery.undecodable(
                place,
                new Undecodable(
                        text.getBytes(UTF_8), "text/plain", new RabbitTransportException(Reason.GONE, text, null)));
    }
}
