package ai.tradesense.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Payload;
import ai.tradesense.rabbitmq.RabbitStreamSettings.Addresses;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What goes on, and what is kept, while a stream or the whole broker is in trouble.
@Timeout(120)
class RabbitStreamRepairTest {
    private static final Duration LEASE = Duration.ofSeconds(2);

    @AutoClose
    private final VirtualHost virtualHost = RabbitServer.shared().virtualHost();

    @AutoClose
    private final FaultyProxy proxy =
            new FaultyProxy(RabbitServer.shared().streams().port());

    private RabbitStreamSettings settings() {
        return RabbitStreamSettings.of(RabbitServer.streamUrlAt(proxy.port()) + "/" + virtualHost.name())
                .withPartitions(2)
                .withLease(LEASE)
                .withTimeout(Duration.ofSeconds(1))
                .withAddresses(Addresses.CONFIGURED);
    }

    private void administer(String method, String queue, String json) {
        virtualHost.server().administer(method, "/queues/" + virtualHost.name() + "/" + queue, json);
    }

    private static String stream(RabbitStreamTransport transport) {
        return transport.directory().stream(transport.partitionOf("Trading", "account"));
    }

    @Test
    void a_group_whose_log_cannot_be_used_keeps_no_other_from_its_partitions() {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Reader first = new Reader(transport, "first");
                Reader second = new Reader(transport, "second")) {
            first.untilAssigned(2);
            second.untilAssigned(2);
            String log = transport.directory().groupLog("first");
            administer("DELETE", log, "");
            await().ignoreExceptions()
                    .until(
                            () -> { // its members may be quicker, and make it again
                                administer("DELETE", log, "");
                                administer("PUT", log, "{\"durable\":true}");
                                return true;
                            });

            first.until("the loss of its partitions", () -> first.losses() == 2);
            transport.send(List.of(Reader.event("one", "account")));
            second.untilHas("one").untilDone();
            long since = System.nanoTime();
            second.until("three leases", () -> System.nanoTime() - since > 3 * LEASE.toNanos());
            assertThat(second.losses()).isZero();
        }
    }

    @Test
    void a_stream_that_was_made_and_left_without_its_mark_is_used_all_the_same() {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings())) {
            transport.send(List.of(Reader.event("before", "account")));
            administer("DELETE", stream(transport), "");
            assertThat(transport
                            .broker()
                            .create(stream(transport), transport.directory().partitionArguments()))
                    .isTrue();
        }
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(List.of(Reader.event("one", "account")));
            reader.untilHas("one");
        }
    }

    @Test
    void that_a_stream_was_deleted_is_told_also_if_the_lease_lapses_before_anybody_polls() {
        try (RabbitStreamTransport transport = RabbitStreamTransport.open(settings());
                Reader reader = new Reader(transport, "readers")) {
            transport.send(Reader.events("before", 20));
            reader.untilHas("before19").untilDone();
            administer("DELETE", stream(transport), "");
            await().ignoreExceptions().until(() -> reader.subscription().lag() > 0);

            proxy.refuse();
            await().pollDelay(LEASE.multipliedBy(2)).until(() -> true);
            proxy.heal();

            reader.until("a word on it", () -> !reader.undecodable().isEmpty());
            assertThat(reader.undecodable())
                    .singleElement()
                    .satisfies(delivery -> assertThat(delivery.undecodable().problem())
                            .hasMessageContainingAll("Trading-", "readers", "deleted"));
            assertThat(reader.losses()).isPositive();
        }
    }

    @Test
    void publishers_that_have_given_up_leave_nothing_behind_while_nothing_is_confirmed() throws Exception {
        RabbitStreamSettings settings = settings();
        Partitioning partitioning = new Partitioning(2);
        try (StreamBroker broker = new StreamBroker(settings);
                ExecutorService publishers = Executors.newVirtualThreadPerTaskExecutor()) {
            StreamDirectory directory = new StreamDirectory(broker, settings, partitioning, () -> {});
            directory.open();
            try (StreamAppender appender = new StreamAppender(broker, settings, partitioning, directory)) {
                appender.start();
                appender.append(List.of(Reader.event("first", "account")));
                proxy.loseReplies();
                assertThat(isSent(appender, large(80))).isFalse(); // takes all the room

                List<Callable<Boolean>> each =
                        Collections.nCopies(20, () -> isSent(appender, List.of(Reader.event("one", "account"))));
                for (int round = 0; round < 3; round++) {
                    publishers.invokeAll(each);
                }
                assertThat(appender.queued()).isLessThan(20);
            }
        }
    }

    private static List<DomainEvent> large(int count) {
        Payload payload = Payload.text("x".repeat(900_000));
        List<DomainEvent> events = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            DomainEvent event = Reader.event("large" + number, "account");
            events.add(DomainEvent.builder(event.type())
                    .id(event.id())
                    .source(event.source())
                    .subject("account")
                    .time(event.time())
                    .data(payload)
                    .dataContentType("text/plain")
                    .build());
        }
        return events;
    }

    private static boolean isSent(StreamAppender appender, List<DomainEvent> events) {
        try {
            appender.append(events);
            return true;
        } catch (RabbitTransportException failure) {
            return false;
        }
    }
}
