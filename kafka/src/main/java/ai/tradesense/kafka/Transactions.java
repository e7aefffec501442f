package ai.tradesense.kafka;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/// What the handlers of a transactional worker publish, and how far they are, during one [Membership]: both become
/// durable in one transaction or neither does, many events at a time. Kafka refuses a transaction of a member that is
/// none any more ([KIP-447](https://cwiki.apache.org/confluence/display/KAFKA/KIP-447)).
///
/// A position must say no more and no less than what was published. So what is settled moves it when the
/// member's thread applies that, right before a transaction, and not before. A transaction of which the outcome
/// is not known ends the membership, and the next one begins where Kafka says.
///
/// [#caused] and [#settle] are for every thread, the rest is for the member's alone.
final class Transactions implements AutoCloseable {
    private final KafkaTransport transport;
    private final Producer<byte[], byte[]> producer;
    private final IntConsumer published;
    private final Map<Delivery, List<Outgoing>> caused = new ConcurrentHashMap<>();
    private final Queue<Collection<Delivery>> settled = new ConcurrentLinkedQueue<>();
    private final List<Result> results = new ArrayList<>(); // of what was applied; of the member's thread

    /// What an event of an assignment has caused.
    private record Result(Assignment assignment, Outgoing event) {}

    /// @param producer that is ready for transactions
    /// @param published is told how many events each transaction has made durable
    Transactions(KafkaTransport transport, Producer<byte[], byte[]> producer, IntConsumer published) {
        this.transport = transport;
        this.producer = producer;
        this.published = published;
    }

    void caused(Delivery delivery, List<DomainEvent> events) {
        if (!events.isEmpty()) {
            transport.requireTopics(events);
            caused.put(delivery, events.stream().map(transport::encode).toList());
        }
    }

    void settle(Collection<Delivery> done) {
        settled.add(List.copyOf(done));
    }

    /// Moves positions by what was settled.
    void apply() {
        for (Collection<Delivery> done = settled.poll(); done != null; done = settled.poll()) {
            for (Delivery delivery : done) {
                List<Outgoing> events = caused.remove(delivery);
                Assignment assignment = Assignment.of(delivery);
                if (assignment != null && !assignment.hasEnded() && assignment.settle(List.of(delivery))) {
                    if (events != null) {
                        events.forEach(event -> results.add(new Result(assignment, event)));
                    }
                }
            }
        }
    }

    /// Forgets what deliveries have caused that nobody settles any more, their assignments having ended.
    void forgetEnded() {
        caused.keySet().removeIf(delivery -> {
            Assignment assignment = Assignment.of(delivery);
            return assignment == null || assignment.hasEnded();
        });
    }

    /// Publishes what was applied and commits positions.
    ///
    /// @param of whose positions they are; what others have caused is another member's to publish by now
    /// @return false if nothing happened and it should be tried again, because the group shares its work anew
    /// @throws KafkaException if it is not known to have happened
    boolean commit(
            Map<TopicPartition, OffsetAndMetadata> positions, Collection<Assignment> of, ConsumerGroupMetadata member) {
        results.removeIf(result -> !of.contains(result.assignment));
        producer.beginTransaction();
        for (Result result : results) {
            Future<?> _ = producer.send(result.event.record()); // the commit fails if this does
        }
        try {
            producer.sendOffsetsToTransaction(positions, member);
        } catch (CommitFailedException sharing) {
            producer.abortTransaction();
            return false;
        }
        producer.commitTransaction();
        int durable = results.size();
        results.clear();
        published.accept(durable);
        return true;
    }

    /// What was not committed is forgotten.
    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
