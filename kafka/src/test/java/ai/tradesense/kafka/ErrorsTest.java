package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Errors within Kafka's clients, such as memory that runs out, which are no exceptions.
class ErrorsTest {
    private static final AtomicBoolean WHILE_SENDING = new AtomicBoolean();
    private static final AtomicReference<@Nullable Runnable> BEFORE_READING_FAILS = new AtomicReference<>();

    private static void failOnce(boolean due) {
        if (due) {
            throw new OutOfMemoryError("as the test wants it");
        }
    }

    /// Runs in the threads that send and read.
    public static final class Failing
            implements ProducerInterceptor<byte[], byte[]>, ConsumerInterceptor<byte[], byte[]> {
        @Override
        public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
            failOnce(WHILE_SENDING.getAndSet(false));
            return record;
        }

        @Override
        public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
            Runnable first = BEFORE_READING_FAILS.getAndSet(null);
            if (first != null) {
                first.run();
            }
            failOnce(first != null);
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

    private final KafkaSettings settings = KafkaSettings.of(KafkaBroker.sharedServers())
            .withPrefix("errors-" + UUID.randomUUID())
            .withClient(Map.of("interceptor.classes", Failing.class.getName()));

    @Test
    void an_error_ends_no_publishing() {
        try (KafkaTransport transport = KafkaTransport.open(settings);
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 3));
            WHILE_SENDING.set(true);
            assertThatThrownBy(() -> transport.send(Reader.events("refused", 3)))
                    .isInstanceOfSatisfying(
                            KafkaTransportException.class,
                            failure -> assertThat(failure.reason()).isEqualTo(Reason.NO_ANSWER))
                    .hasMessageContaining("as the test wants it");
            transport.send(Reader.events("after", 3));

            reader.untilHas("after2").untilDone();
            assertThat(reader.ids()).containsExactly("before0", "before1", "before2", "after0", "after1", "after2");
        }
    }

    /// What is done with just before it fails is not committed by then.
    @Test
    void an_error_ends_no_reading_and_nothing_that_is_done_with_comes_again() throws InterruptedException {
        try (KafkaTransport transport = KafkaTransport.open(settings);
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 3));
            reader.untilHas("before2");

            CountDownLatch settled = new CountDownLatch(1);
            BEFORE_READING_FAILS.set(() -> {
                reader.settleAll();
                settled.countDown();
            });
            transport.send(Reader.events("after", 3));
            assertThat(settled.await(30, TimeUnit.SECONDS)).isTrue();

            reader.untilHas("after2").untilDone();
            assertThat(reader.ids()).containsExactly("before0", "before1", "before2", "after0", "after1", "after2");
        }
    }
}
