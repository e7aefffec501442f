package ai.tradesense.kafka;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/// Polls no more often than it pays. While events flow, each poll fetches what has come since the one before, however
/// little that is, and a request costs broker and client more than many events do. So polls are some way apart then,
/// and what comes meanwhile is fetched together; the first event after a pause is not held up. For use by one thread.
final class PollPace {
    private static final long BETWEEN_POLLS_NANOS = 2_000_000;

    private boolean flowing; // the last poll brought something
    private long polledAt;

    ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> consumer, Duration atMost) {
        long left = flowing ? polledAt + BETWEEN_POLLS_NANOS - System.nanoTime() : 0;
        if (left > 0) {
            LockSupport.parkNanos(left);
        }
        polledAt = System.nanoTime();
        ConsumerRecords<byte[], byte[]> records = consumer.poll(atMost);
        flowing = !records.isEmpty();
        return records;
    }
}
