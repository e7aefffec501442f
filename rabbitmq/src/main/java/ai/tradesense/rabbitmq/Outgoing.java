package ai.tradesense.rabbitmq;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Partition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// What one publisher sends together, encoded by its own thread; the rest is the business of the [Publisher]'s.
final class Outgoing {
    /// What identifies an event.
    record Identity(String source, String id) {}

    /// An event, ready to be published.
    ///
    /// @param json the event as it stands in a batch
    @SuppressWarnings("ArrayRecordComponent") // encoded bytes, handed over and never compared
    record Message(Identity identity, Partition partition, String routingKey, CloudEvent envelope, byte[] json) {
        String domain() {
            return partition.topic();
        }
    }

    private final List<Message> messages;
    private final boolean[] duplicate;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();
    private int awaited;

    Outgoing(List<DomainEvent> events, Partitioning partitioning) {
        this.messages = new ArrayList<>(events.size());
        this.duplicate = new boolean[events.size()];
        for (DomainEvent event : events) {
            Partition partition = partitioning.of(event.type().domain(), event.subject());
            messages.add(new Message(
                    new Identity(event.source().toString(), event.id()),
                    partition,
                    Topology.routingKey(partition, event.envelope().type()),
                    event.envelope(),
                    CloudEventJson.write(event.envelope())));
        }
    }

    List<Message> messages() {
        return messages;
    }

    /// Ends with the first failure, or when all are confirmed.
    CompletableFuture<Boolean> done() {
        return done;
    }

    boolean isDone() {
        return done.isDone();
    }

    boolean isDuplicate(int index) {
        return duplicate[index];
    }

    void duplicate(int index) {
        duplicate[index] = true;
    }

    void awaitOne() {
        awaited++;
    }

    void confirmed() {
        awaited--;
        completeIfConfirmed();
    }

    void completeIfConfirmed() {
        if (awaited == 0) {
            done.complete(true);
        }
    }

    void fail(RuntimeException failure) {
        done.completeExceptionally(failure);
    }
}
