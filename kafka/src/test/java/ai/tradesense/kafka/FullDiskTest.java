package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.kafka.KafkaTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FullDiskTest {
    private static final long LITTLE = 400_000; // more than an index of the broker, less than what is sent

    /// A broker that cannot write ends.
    @Test
    void a_broker_that_cannot_write_any_more_is_said_and_once_it_can_every_event_is_stored_once() {
        List<DomainEvent> sent = new ArrayList<>();
        try (KafkaBroker kafka = KafkaBroker.started();
                KafkaTransport transport = KafkaTransport.open(KafkaSettings.of(kafka.servers())
                        .withPartitions(1)
                        .withTimeout(Duration.ofSeconds(2))
                        .withClient(Map.of("compression.type", "none")))) {
            transport.send(Reader.events("before", 10));
            kafka.limitFiles(LITTLE);

            List<DomainEvent> refused = sendUntilRefused(transport, sent);
            assertThat(transport.health().available()).isFalse();

            await("its end").until(() -> !kafka.isRunning());
            kafka.start();
            await("room").atMost(Duration.ofSeconds(30)).until(() -> isStored(transport, refused));
            try (Reader reader = new Reader(transport, "readers")) {
                sent.addAll(0, Reader.events("before", 10));
                reader.untilHas(sent.getLast().id());
                assertThat(reader.ids())
                        .containsExactlyElementsOf(
                                sent.stream().map(DomainEvent::id).toList());
            }
        }
    }

    private static List<DomainEvent> sendUntilRefused(KafkaTransport transport, List<DomainEvent> sent) {
        for (int round = 0; round < 100; round++) {
            List<DomainEvent> events = Reader.events("round" + round + "-", 100);
            sent.addAll(events);
            try {
                transport.send(events);
            } catch (KafkaTransportException refused) {
                assertThat(refused.reason()).isIn(Reason.NO_ANSWER, Reason.REFUSED);
                return events;
            }
        }
        throw new AssertionError("the disk was never full");
    }

    private static boolean isStored(KafkaTransport transport, List<DomainEvent> events) {
        try {
            return transport.send(events).size() == events.size();
        } catch (KafkaTransportException again) {
            return false;
        }
    }
}
