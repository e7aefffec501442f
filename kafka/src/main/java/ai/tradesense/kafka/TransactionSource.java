package ai.tradesense.kafka;

import ai.tradesense.kafka.KafkaTransportException.Reason;
import java.time.Duration;
import java.util.function.IntConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;

/// Where a member of a transactional group gets its [Transactions] from, anew for each [Membership]. They have the
/// same id of transactions, which nobody else uses: so what a membership that failed has left open ends when the next
/// one begins, and not when its time is over.
///
/// @param id without the prefix of the settings
/// @param published is told how many events each transaction has made durable
record TransactionSource(KafkaTransport transport, String id, IntConsumer published) {
    /// Blocks while Kafka answers.
    ///
    /// @throws KafkaTransportException if the user may not use the id
    /// @throws org.apache.kafka.common.KafkaException if Kafka does not answer, or refuses otherwise
    Transactions begin() {
        KafkaProducer<byte[], byte[]> producer = transport.newTransactionalProducer(id);
        try {
            producer.initTransactions();
            return new Transactions(transport, producer, published);
        } catch (RuntimeException failure) {
            producer.close(Duration.ZERO);
            throw KafkaTransportException.isCausedBy(failure, TransactionalIdAuthorizationException.class)
                    ? notPermitted(failure)
                    : failure;
        }
    }

    private KafkaTransportException notPermitted(RuntimeException failure) {
        return new KafkaTransportException(
                Reason.NOT_PERMITTED,
                transport.settings().servers() + ": the user has no right to [WRITE] the transactional id "
                        + transport.partitioning().groupId(id) + ", which a transactional worker needs",
                failure);
    }
}
