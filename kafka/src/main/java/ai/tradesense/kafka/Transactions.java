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
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// What the handlers of a transactional worker publish, and how far they are: both become durable in one
/// transaction or neither does, many events at a time. Kafka refuses a transaction of a member that is none any
/// more ([KIP-447](https://cwiki.apache.org/confluence/display/KAFKA/KIP-447)).
///
/// A position must say no more and no less than what was published. So what is settled moves it when the
/// member's thread applies that, right before a transaction, and not before. A transaction of which the outcome
/// is not known ends the membership of its member, who begins anew where Kafka says.
///
/// [#caused] and [#settle] are for every thread, the rest is for the member's alone.
final class Transactions {
    private final KafkaTransport transport;
    private final String id;
    private final Map<Delivery, List<Outgoing>> caused = new ConcurrentHashMap<>();
    private final Queue<Collection<Delivery>> settled = new ConcurrentLinkedQueue<>();

    // Of the member's thread alone.
    private final List<Result> results = new ArrayList<>(); // of what was applied
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    /// What an event of an assignment has caused.
    private record Result(Assignment assignment, Outgoing event) {}

    /// Gets ready; blocks while Kafka answers.
    ///
    /// @param id that nobody else uses
    Transactions(KafkaTransport transport, String id) {
        this.transport = transport;
        this.id = id;
        try {
            this.producer = begun();
        } catch (KafkaException refused) {
            throw KafkaTransportException.of(refused, transport.settings().servers());
        }
    }

    private KafkaProducer<byte[], byte[]> begun() {
        KafkaProducer<byte[], byte[]> begun = transport.newTransactionalProducer(id);
        try {
            begun.initTransactions();
            return begun;
        } catch (KafkaException failure) {
            begun.close(Duration.ZERO);
            throw failure;
        }
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

    /// Publishes what was applied and commits positions.
    ///
    /// @param of whose positions they are; what others have caused is another member's to publish by now
    /// @throws KafkaException if it is not known to have happened
    void commit(
            Map<TopicPartition, OffsetAndMetadata> positions, Collection<Assignment> of, ConsumerGroupMetadata member) {
        KafkaProducer<byte[], byte[]> on = producer == null ? begun() : producer;
        producer = on;
        on.beginTransaction();
        for (Result result : results) {
            if (of.contains(result.assignment)) {
                Future<?> _ = on.send(result.event.record()); // the commit fails if this does
            }
        }
        on.sendOffsetsToTransaction(positions, member);
        on.commitTransaction();
        results.clear();
    }

    /// Forgets what was not committed. What goes on later begins where Kafka says.
    void end() {
        settled.clear();
        caused.clear();
        results.clear();
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }
}
