package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// Errors within Kafka's clients, such as memory that runs out, which are no exceptions.
class ErrorsTest {
    private static final AtomicBoolean WHILE_SENDING = new AtomicBoolean();
    private static final AtomicBoolean WHILE_READING = new AtomicBoolean();

    private static void failOnce(AtomicBoolean due) {
        if (due.getAndSet(false)) {
            throw new OutOfMemoryError("as the test wants it");
        }
    }

    /// Runs in the threads that send and read.
    public static final class Failing
            implements ProducerInterceptor<byte[], byte[]>, ConsumerInterceptor<byte[], byte[]> {
        @Override
        public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
            failOnce(WHILE_SENDING);
            return record;
        }

        @Override
        public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
            failOnce(WHILE_READING);
            return records;
        }

        @Override
        public void onAcknowledgement(RecordMetadata metadata, Exception failure) {}

        @Override
        public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

        @Override
        public void configure(Map<String, ?> configuration) {}

        @Override
        public void close() {}
    }

    @Test
    void an_error_ends_neither_publishing_nor_reading() {
        KafkaSettings settings = KafkaSettings.of(KafkaBroker.sharedServers())
                .withPrefix("errors-" + UUID.randomUUID())
                .withClient(Map.of("interceptor.classes", Failing.class.getName()));
        try (KafkaTransport transport = KafkaTransport.open(settings);
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 3));
            reader.untilHas("before2").untilDone();

            WHILE_SENDING.set(true);
            assertThatThrownBy(() -> transport.send(Reader.events("refused", 3)))
                    .isInstanceOfSatisfying(
                            KafkaTransportException.class,
                            failure -> assertThat(failure.reason()).isEqualTo(Reason.NO_ANSWER))
                    .hasMessageContaining("as the test wants it");
            WHILE_READING.set(true);
            transport.send(Reader.events("after", 3));

            reader.untilHas("after2").untilDone();
            assertThat(WHILE_READING).isFalse();
            assertThat(reader.ids()).containsExactly("before0", "before1", "before2", "after0", "after1", "after2");
        }
    }
}
