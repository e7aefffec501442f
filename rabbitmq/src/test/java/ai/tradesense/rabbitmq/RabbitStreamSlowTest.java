package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.rabbitmq.RabbitStreamSettings.Addresses;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A broker that is far away or answers late.
@Timeout(120)
class RabbitStreamSlowTest {
    @AutoClose
    private final VirtualHost virtualHost = RabbitServer.shared().virtualHost();

    @AutoClose
    private final FaultyProxy proxy =
            new FaultyProxy(RabbitServer.shared().streams().port());

    private RabbitStreamSettings settings() {
        return RabbitStreamSettings.of(RabbitServer.streamUrlAt(proxy.port()) + "/" + virtualHost.name())
                .withPartitions(2)
                .withLease(Duration.ofSeconds(20))
                .withTimeout(Duration.ofSeconds(1))
                .withAddresses(Addresses.CONFIGURED);
    }

    /// Counts what is confirmed.
    private static final class Counting implements StreamLink.Writer {
        private final Semaphore confirmed = new Semaphore(0);

        @Override
        public void confirmed(long publishingId) {
            confirmed.release();
        }

        @Override
        public void refused(long publishingId, short code) {
            // Is missed then.
        }

        @Override
        public void ended(RabbitTransportException why) {
            // Is missed then.
        }
    }

    private static void write(StreamBroker broker, String stream, String line, int chunks) throws InterruptedException {
        Counting writer = new Counting();
        StreamLink link = broker.toWrite(stream, Purpose.PUBLISHING);
        int id = link.declare(stream, "", writer);
        for (int chunk = 0; chunk < chunks; chunk++) {
            link.publish(id, StreamMessages.wrapped(StreamMessages.text(line.getBytes(UTF_8))));
            writer.confirmed.acquire();
        }
        link.undeclare(id);
    }

    @Test
    void a_log_of_thousands_of_chunks_is_read_as_long_as_reading_gets_on() throws InterruptedException {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings())) {
            new Reader(transport, "readers").close(); // makes the log
            write(transport.broker(), transport.directory().groupLog("readers"), "gone somebody", 5_000);
            proxy.delay(Duration.ofMillis(10));

            try (Reader reader = new Reader(transport, "readers")) {
                transport.send(List.of(Reader.event("one", "account")));
                reader.untilHas("one");
            }
        }
    }

    private static boolean isNoAnswer(Throwable failure) {
        return failure instanceof RabbitTransportException said && said.reason() == Reason.NO_ANSWER;
    }

    @Test
    void a_publisher_that_is_declared_after_its_answer_was_given_up_is_in_nobodys_way() {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings())) {
            transport.send(List.of(Reader.event("one", "account")));
            String stream = transport.directory().stream(transport.partitionOf("Trading", "account"));
            StreamBroker broker = transport.broker();
            StreamLink link = broker.toWrite(stream, Purpose.PUBLISHING);
            proxy.delay(Duration.ofMillis(1_500));
            assertThatThrownBy(() -> broker.asked(() -> link.declare(stream, "reference", new Counting())))
                    .matches(RabbitStreamSlowTest::isNoAnswer);
            proxy.heal();

            await().ignoreExceptionsMatching(RabbitStreamSlowTest::isNoAnswer)
                    .until(() -> broker.toWrite(stream, Purpose.PUBLISHING).declare(stream, "reference", new Counting())
                            >= 0);
        }
    }
}
