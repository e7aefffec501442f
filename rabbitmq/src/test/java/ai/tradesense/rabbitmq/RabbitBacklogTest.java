package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.DefaultConsumer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What was sent before a group joined, whatever happens while it is read.
@Timeout(120)
class RabbitBacklogTest {
    @AutoClose
    private final VirtualHost virtualHost = RabbitServer.shared().virtualHost();

    private RabbitSettings settings() {
        return RabbitSettings.of(virtualHost.url())
                .withPartitions(2)
                .withLease(Duration.ofSeconds(2))
                .withTimeout(Duration.ofSeconds(2));
    }

    private void byAnother(AnotherClient.Work work) throws Exception {
        AnotherClient.of(virtualHost.url(), work);
    }

    @Test
    void a_group_that_dies_while_it_reads_its_backlog_goes_on_there() throws Exception {
        try (RabbitTransport first = RabbitTransport.open(settings())) {
            for (int number = 0; number < 20; number++) {
                first.send(List.of(Reader.event("before" + number, "account")));
            }
            Reader reader = new Reader(first, "readers");
            reader.untilHas("before19");
            reader.subscription().settle(List.of());
            first.send(List.of(Reader.event("live", "account")));
            reader.untilHas("live");
        }
        try (RabbitTransport second = RabbitTransport.open(settings());
                Reader reader = new Reader(second, "readers")) {
            reader.untilHas("live");
            assertThat(reader.ids())
                    .hasSize(21)
                    .startsWith("before0", "before1")
                    .endsWith("before19", "live");
            reader.settleAll();
            await().until(() -> reader.subscription().lag() == 0);
        }
    }

    @Test
    void a_backlog_that_is_done_with_is_deleted() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = readerOfBacklog(transport)) {
            assertThat(isThere(backlogIn(transport))).isTrue();
            reader.settleAll();
            await().until(() -> !isThere(backlogIn(transport)));
        }
    }

    /// Its name is there and nothing behind it; who consumes it loses the connection.
    @Test
    void a_backlog_that_a_killed_broker_has_left_half_deleted_holds_nobody_up_and_goes() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            String backlog = backlogIn(transport);
            try (Reader reader = readerOfBacklog(transport)) {
                reader.settleAll();
                await().until(() -> !isThere(backlog));
            }
            byAnother(channel -> channel.queueDeclare(backlog, true, false, false, Map.of("x-queue-type", "quorum")));
            virtualHost
                    .server()
                    .evaluate("ok = ra:force_delete_server(quorum_queues, {'" + virtualHost.name() + "_" + backlog
                            + "', node()})");
            assertThatThrownBy(() -> byAnother(channel -> channel.basicConsume(backlog, new DefaultConsumer(channel))))
                    .hasStackTraceContaining("INTERNAL_ERROR");

            try (Reader reader = new Reader(transport, "readers")) {
                transport.send(List.of(Reader.event("after", "account")));
                reader.untilHas("after");
                await().until(() -> !isThere(backlog));
            }
        }
    }

    /// Has got an event that was sent before its group joined.
    private static Reader readerOfBacklog(RabbitTransport transport) {
        transport.send(List.of(Reader.event("before", "account")));
        return new Reader(transport, "readers").untilHas("before");
    }

    private static String queueIn(RabbitTransport transport) {
        return "tradesense." + transport.partitionOf("Trading", "account") + ".readers";
    }

    private static String backlogIn(RabbitTransport transport) {
        return queueIn(transport) + ".before";
    }

    @Test
    void a_group_whose_queue_is_deleted_while_it_reads_its_backlog_keeps_that() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = readerOfBacklog(transport)) {
            byAnother(channel -> channel.queueDelete(queueIn(transport)));
            reader.until("a word on it", () -> !reader.undecodable().isEmpty());

            reader.until("the event once more", () -> reader.ids().size() > 1);
            transport.send(List.of(Reader.event("after", "account")));
            reader.settleAll();
            reader.untilHas("after");
            assertThat(reader.ids()).containsExactly("before", "before", "after");
        }
    }

    /// Each of these readers ends before it is done, and with it, once, the word on the backlog is given up.
    @Test
    void a_backlog_of_which_the_broker_gives_up_the_word_is_read_all_the_same() throws Exception {
        RabbitSettings usual = settings();
        RabbitSettings once = new RabbitSettings(
                usual.url(),
                usual.prefix(),
                usual.partitions(),
                usual.lease(),
                usual.timeout(),
                usual.remembered(),
                usual.historyBytes(),
                1,
                usual.eventsPerMessage());
        try (RabbitTransport transport = RabbitTransport.open(once)) {
            List<DomainEvent> before = IntStream.range(0, 3)
                    .mapToObj(number -> Reader.event("before" + number, "account"))
                    .toList();
            transport.send(before);
            new Reader(transport, "readers").untilHas("before2").close();
            new Reader(transport, "readers").untilHas("before2").close();
            byAnother(channel ->
                    assertThat(channel.messageCount("tradesense.dead")).isPositive());

            try (Reader reader = new Reader(transport, "readers")) {
                reader.untilHas("before2").untilDone();
                assertThat(reader.ids()).containsExactly("before0", "before1", "before2");
            }
        }
    }

    @Test
    void what_another_client_wanted_of_its_message_does_not_count_in_a_backlog() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings())) {
            transport.send(List.of(Reader.event("before", "account")));
            byAnother(channel -> channel.basicPublish(
                    "tradesense.events",
                    "0.Trading.Order.Placed.v1",
                    new BasicProperties.Builder()
                            .expiration("1")
                            .headers(Map.of(GroupJoin.BACKLOG_END, true))
                            .build(),
                    "hello".getBytes(UTF_8)));

            try (Reader reader = new Reader(transport, "readers")) {
                reader.until("what is no event", () -> !reader.undecodable().isEmpty())
                        .untilHas("before");
                transport.send(List.of(Reader.event("after", "account")));
                reader.settleAll().untilHas("after");
            }
        }
    }

    @Test
    void what_is_for_a_partition_that_there_is_not_is_kept_and_health_says_so() throws Exception {
        try (RabbitTransport transport = RabbitTransport.open(settings());
                Reader reader = readerOfBacklog(transport)) {
            byAnother(channel -> channel.basicPublish(
                    "tradesense.events", "9.Trading.Order.Placed.v1", null, "hello".getBytes(UTF_8)));

            reader.until("a word on it", () -> transport.health().detail().contains("1 messages that no queue wanted"));
        }
    }

    /// Many connections have been made, and each has left a line.
    @Test
    void a_registry_that_takes_longer_to_read_than_one_waits_for_an_answer_is_read() throws Exception {
        RabbitTransport.open(settings()).close();
        byAnother(channel -> {
            channel.confirmSelect();
            for (int line = 0; line < 100_000; line++) {
                channel.basicPublish("", "tradesense.registry", null, "sync x".getBytes(UTF_8));
            }
            channel.waitForConfirmsOrDie(60_000);
        });

        try (RabbitTransport transport = RabbitTransport.open(settings().withTimeout(Duration.ofMillis(500)));
                Reader reader = new Reader(transport, "readers")) {
            reader.untilAssigned(0);
        }
    }

    private boolean isThere(String queue) throws Exception {
        try {
            byAnother(channel -> channel.queueDeclarePassive(queue));
            return true;
        } catch (IOException missing) {
            return false;
        }
    }
}
