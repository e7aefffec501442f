package ai.tradesense.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.kafka.KafkaTransportException.Reason;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/// One event on its way, encoded.
///
/// @param size how many bytes it takes, about
record Outgoing(EventKey key, ProducerRecord<byte[], byte[]> record, TopicPartition partition, int size) {
    private static final int RECORD_OVERHEAD = 32;

    /// Encodes an event.
    ///
    /// @throws KafkaTransportException if it is too large
    static Outgoing of(DomainEvent event, Partitioning partitioning, int maxBytes) {
        String domain = event.type().domain();
        byte[] key = event.subject().getBytes(UTF_8);
        TopicPartition to = partitioning.topicPartition(partitioning.of(domain, key));
        ProducerRecord<byte[], byte[]> record = EventRecords.record(event, to.topic(), to.partition(), key);
        int size = sizeOf(record);
        if (size > maxBytes) {
            throw new KafkaTransportException(
                    Reason.TOO_LARGE,
                    event + " takes " + size + " bytes, at most " + maxBytes + " are allowed (maxMessageBytes)",
                    null);
        }
        return new Outgoing(new EventKey(event.source().toString(), event.id()), record, to, size);
    }

    private static int sizeOf(ProducerRecord<byte[], byte[]> record) {
        int size = RECORD_OVERHEAD + record.key().length;
        byte[] value = record.value();
        if (value != null) {
            size += value.length;
        }
        for (var header : record.headers()) {
            size += header.key().length() + header.value().length + 4;
        }
        return size;
    }
}
