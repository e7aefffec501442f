package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import com.rabbitmq.stream.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/// What one publisher sends together, encoded by its own thread; the rest is the business of the [StreamAppender].
final class StreamRequest {
    /// An event, ready to be published.
    record Item(Identity identity, Partition partition, Message message, int bytes) {}

    private final List<Item> items;
    private final boolean[] duplicate;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();
    private final AtomicInteger awaited;
    private volatile boolean abandoned;

    StreamRequest(List<DomainEvent> events, Partitioning partitioning) {
        this.items = new ArrayList<>(events.size());
        this.duplicate = new boolean[events.size()];
        this.awaited = new AtomicInteger(events.size());
        for (DomainEvent event : events) {
            byte[] bytes = StreamMessages.encode(event.envelope());
            if (bytes.length > StreamMessages.MAX_BYTES) {
                throw new RabbitTransportException(
                        Reason.REFUSED,
                        event + " takes " + bytes.length + " bytes, at most " + StreamMessages.MAX_BYTES
                                + " fit into a message of a stream",
                        null);
            }
            items.add(new Item(
                    new Identity(event.source().toString(), event.id()),
                    partitioning.of(event.type().domain(), event.subject()),
                    StreamMessages.wrapped(bytes),
                    bytes.length));
        }
    }

    List<Item> items() {
        return items;
    }

    /// Ends with the first failure, or when all are there.
    CompletableFuture<Boolean> done() {
        return done;
    }

    void duplicate(int index) {
        duplicate[index] = true;
    }

    /// One of the events is there.
    void confirmed() {
        if (awaited.decrementAndGet() == 0) {
            done.complete(true);
        }
    }

    void fail(RuntimeException failure) {
        done.completeExceptionally(failure);
    }

    /// Nobody waits for it any more: what was not begun is not to be begun.
    void abandon() {
        abandoned = true;
    }

    boolean isAbandoned() {
        return abandoned || done.isDone();
    }

    List<Published> outcome() {
        List<Published> outcome = new ArrayList<>(items.size());
        for (int index = 0; index < items.size(); index++) {
            outcome.add(new Published(items.get(index).identity().id(), duplicate[index]));
        }
        return outcome;
    }
}
