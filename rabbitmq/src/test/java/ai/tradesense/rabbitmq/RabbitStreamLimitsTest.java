package ai.tradesense.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.RabbitServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A RabbitMQ with streams that is short of memory or disk.
@Timeout(120)
class RabbitStreamLimitsTest {
    private static final String NO_ALARM =
            "vm_memory_monitor:set_vm_memory_high_watermark(0.4), rabbit_disk_monitor:set_disk_free_limit(50000000)";
    private static RabbitServer server;

    @BeforeAll
    static void start() {
        server = RabbitServer.with();
        server.streams(); // waits until they are there
    }

    @AfterAll
    static void end() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "memory, vm_memory_monitor:set_vm_memory_high_watermark(0.00001)",
        "disk, rabbit_disk_monitor:set_disk_free_limit(1000000000000000)"
    })
    void while_it_is_short_publishing_fails_and_says_so_and_then_events_flow_and_none_is_missing(
            String ofWhat, String alarm) {
        try (RabbitServer.VirtualHost virtualHost = server.virtualHost();
                RabbitStreamTransport transport =
                        RabbitStreamTransport.open(RabbitStreamSettings.of(virtualHost.streamUrl())
                                .withPartitions(2)
                                .withLease(Duration.ofSeconds(2))
                                .withTimeout(Duration.ofSeconds(1)));
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events(ofWhat, 20));
            reader.untilHas(ofWhat + 19);

            server.evaluate(alarm);
            List<DomainEvent> during = new ArrayList<>(); // the alarm takes a moment, so some of them get through
            await().until(() -> {
                during.add(Reader.event("during" + during.size(), "account"));
                return isRefused(transport, during.getLast());
            });
            await().until(() -> !transport.health().available());

            server.evaluate(NO_ALARM);
            await().ignoreExceptionsInstanceOf(RabbitTransportException.class).until(() -> {
                transport.send(List.of(during.getLast(), Reader.event("after", "account")));
                return true;
            });
            reader.untilHas("after").untilDone();
            await().until(() -> transport.health().available());
            assertThat(reader.ids().stream().distinct())
                    .hasSize(21 + during.size())
                    .containsSubsequence(ofWhat + "0", ofWhat + "19", during.getLast().id(), "after");
        } finally {
            server.evaluate(NO_ALARM);
        }
    }

    private static boolean isRefused(RabbitStreamTransport transport, DomainEvent event) {
        try {
            transport.send(List.of(event));
            return false;
        } catch (RabbitTransportException refused) {
            assertThat(refused.reason()).isEqualTo(Reason.NO_ANSWER);
            return true;
        }
    }
}
