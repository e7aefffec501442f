package ai.tradesense.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.RabbitServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A RabbitMQ with streams that is short of memory or disk.
@Timeout(120)
class RabbitStreamLimitsTest {
    private static final String NO_ALARM =
            "vm_memory_monitor:set_vm_memory_high_watermark(0.4), rabbit_disk_monitor:set_disk_free_limit(50000000)";
    private static final String UNTIL_ALARM =
            "(fun Look() -> case rabbit_alarm:get_alarms() of [] -> timer:sleep(20), Look(); _ -> ok end end)()";
    private final RabbitServer server = RabbitServer.shared();

    @BeforeEach
    void awaitStreams() {
        server.streams(); // waits until they are there
    }

    @Test
    void while_disk_is_short_publishing_fails_and_says_so_and_then_events_flow_and_none_is_missing() {
        try (RabbitServer.VirtualHost virtualHost = server.virtualHost();
                RabbitStreamTransport transport = open(virtualHost);
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 20));
            reader.untilHas("before19");

            server.evaluate("rabbit_disk_monitor:set_disk_free_limit(1000000000000000)");
            List<DomainEvent> during = new ArrayList<>(); // the alarm takes a moment, so some of them get through
            await().until(() -> {
                during.add(Reader.event("during" + during.size(), "account"));
                return isRefused(transport, during.getLast());
            });
            await().until(() -> !transport.health().available());
            for (int attempt = 0; attempt < 5; attempt++) {
                assertThat(isRefused(transport, during.getLast())).isTrue();
            }
            assertThatThrownBy(() -> open(virtualHost).close())
                    .isInstanceOfSatisfying(RabbitTransportException.class, failure -> {
                        assertThat(failure.reason()).isEqualTo(Reason.BLOCKED);
                        assertThat(failure).hasMessageContaining("disk is short");
                    });

            server.evaluate(NO_ALARM);
            await().ignoreExceptionsInstanceOf(RabbitTransportException.class).until(() -> {
                transport.send(List.of(during.getLast(), Reader.event("after", "account")));
                return true;
            });
            reader.untilHas("after").untilDone();
            await().until(() -> transport.health().available());
            assertThat(reader.ids().stream().distinct())
                    .hasSize(21 + during.size())
                    .containsSubsequence("before0", "before19", during.getLast().id(), "after");
        } finally {
            server.evaluate(NO_ALARM);
        }
    }

    @Test
    void while_memory_is_short_events_flow_since_streams_take_none() {
        try (RabbitServer.VirtualHost virtualHost = server.virtualHost();
                RabbitStreamTransport transport = open(virtualHost);
                Reader reader = new Reader(transport, "readers")) {
            server.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.00001), " + UNTIL_ALARM);

            transport.send(Reader.events("during", 20));
            reader.untilHas("during19").untilDone();

            assertThat(transport.health().available()).isTrue();
            assertThat(reader.ids()).hasSize(20);
        } finally {
            server.evaluate(NO_ALARM);
        }
    }

    private static RabbitStreamTransport open(RabbitServer.VirtualHost virtualHost) {
        return RabbitStreamTransport.open(RabbitStreamSettings.of(virtualHost.streamUrl())
                .withPartitions(2)
                .withLease(Duration.ofSeconds(2))
                .withTimeout(Duration.ofSeconds(1)));
    }

    private static boolean isRefused(RabbitStreamTransport transport, DomainEvent event) {
        try {
            transport.send(List.of(event));
            return false;
        } catch (RabbitTransportException refused) {
            assertThat(refused.reason()) // the last one for a moment, while a connection is made again
                    .isIn(Reason.NO_ANSWER, Reason.BLOCKED, Reason.UNREACHABLE);
            return true;
        }
    }
}
