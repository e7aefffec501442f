package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.rabbitmq.PublishingSession.Pending;
import ai.tradesense.testkit.contract.Reader;
import com.rabbitmq.client.AMQP.BasicProperties;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventBatchTest {
    private static List<EventBatch> batchesOf(List<DomainEvent> events) {
        return EventBatch.forHistories(pending(events));
    }

    private static List<Pending> pending(List<DomainEvent> events) {
        return new Outgoing(events, new Partitioning(8))
                .messages().stream()
                        .map(Pending::new)
                        .sorted(PublishingSession.BY_QUEUE)
                        .toList();
    }

    private static DomainEvent event(String type, String id, Payload data) {
        return DomainEvent.builder(EventType.parse(type))
                .id(id)
                .source(URI.create("/test"))
                .subject("account")
                .time(Instant.EPOCH)
                .data(data)
                .build();
    }

    @Test
    void events_of_every_form_come_out_as_they_went_in() {
        List<DomainEvent> events = List.of(
                event("Trading.Order.Placed.v1", "json", Payload.json("{\"price\": 1.10}".getBytes(UTF_8))),
                event("Trading.Order.Placed.v1", "bytes", Payload.binary(new byte[] {0, 1, (byte) 0xFF})),
                event("Trading.Order.Placed.v1", "none", Payload.NONE),
                DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                        .id("text")
                        .source(URI.create("/test"))
                        .subject("account")
                        .time(Instant.EPOCH)
                        .extension("critical", true)
                        .extension("flavour", "a \"word\"")
                        .data(Payload.text("[1, ü"))
                        .dataContentType("text/plain")
                        .build());

        List<EventBatch> batches = batchesOf(events);

        assertThat(batches).hasSize(1);
        assertThat(EventBatch.isBatch(batches.getFirst().historyProperties(7))).isTrue();
        assertThat(EventBatch.read(
                        batches.getFirst().historyProperties(7),
                        batches.getFirst().body()))
                .isEqualTo(events);
    }

    @Test
    void a_batch_is_of_one_domain_and_only_a_large_event_makes_it_larger_than_64_kib() {
        List<DomainEvent> events = new ArrayList<>();
        for (int number = 0; number < 1_000; number++) {
            events.add(Reader.event("trading" + number, "account"));
            events.add(event("Risk.Limit.Breached.v1", "risk" + number, Payload.NONE));
        }
        DomainEvent large = event("Risk.Limit.Breached.v1", "large", Payload.binary(new byte[100_000]));
        events.add(large);

        List<EventBatch> batches = batchesOf(events);

        List<DomainEvent> trading = new ArrayList<>();
        List<DomainEvent> risk = new ArrayList<>();
        for (EventBatch batch : batches) {
            List<DomainEvent> read = EventBatch.read(batch.historyProperties(7), batch.body());
            assertThat(batch.body().length <= 64 << 10 || read.equals(List.of(large)))
                    .isTrue();
            (batch.domain().equals("Trading") ? trading : risk).addAll(read);
        }
        assertThat(batches).hasSizeBetween(5, 12);
        assertThat(trading).hasSize(1_000).isSubsetOf(events);
        assertThat(risk).hasSize(1_001).endsWith(large).isSubsetOf(events);
    }

    private static DomainEvent of(String subject, String id) {
        return Reader.event(id, subject);
    }

    /// What is published for the queues of a partition, as it is read again.
    private static List<DomainEvent> read(EventBatch batch) {
        BasicProperties properties = batch.queueProperties();
        return EventBatch.isBatch(properties)
                ? EventBatch.read(properties, batch.queueBody())
                : List.of(EventBinding.read(properties, batch.queueBody()));
    }

    @Test
    void a_message_for_queues_is_of_one_partition_and_holds_as_many_events_as_it_may() {
        List<DomainEvent> events = List.of(
                of("one", "1"),
                of("one", "2"),
                of("one", "3"),
                event("Risk.Limit.Breached.v1", "4", Payload.NONE),
                event("Risk.Limit.Breached.v1", "5", Payload.NONE));

        List<EventBatch> batches = EventBatch.forQueues(pending(events), 2);

        assertThat(batches)
                .extracting(EventBatchTest::read)
                .containsExactly(events.subList(3, 5), events.subList(0, 2), events.subList(2, 3));
        assertThat(batches).extracting(EventBatch::domain).containsExactly("Risk", "Trading", "Trading");
    }

    @Test
    void an_event_alone_is_in_binary_mode() {
        EventBatch alone =
                EventBatch.forQueues(pending(List.of(of("one", "1"))), 32).getFirst();

        assertThat(alone.queueProperties().getHeaders()).containsEntry("cloudEvents_id", "1");
        assertThat(alone.queueBody()).isEqualTo("{\"a\":1}".getBytes(UTF_8));
    }

    @Test
    void a_batch_whose_lengths_do_not_fit_is_read_as_one_from_outside() {
        List<DomainEvent> events = List.of(of("one", "1"), of("one", "2"));
        EventBatch batch = EventBatch.forQueues(pending(events), 32).getFirst();
        for (byte[] lengths : List.of(new byte[3], new byte[8], new byte[] {-1, 0, 0, 0})) {
            Map<String, Object> headers = new HashMap<>(batch.queueProperties().getHeaders());
            headers.put("tradesense_lengths", lengths);
            BasicProperties changed =
                    batch.queueProperties().builder().headers(headers).build();

            assertThat(EventBatch.read(changed, batch.queueBody())).isEqualTo(events);
            assertThatThrownBy(() -> EventBatch.read(changed, "[{}]".getBytes(UTF_8)))
                    .isInstanceOf(InvalidEventException.class);
        }
    }
}
