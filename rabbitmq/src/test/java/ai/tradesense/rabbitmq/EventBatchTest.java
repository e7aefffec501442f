package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.rabbitmq.PublishingSession.Pending;
import ai.tradesense.testkit.contract.Reader;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventBatchTest {
    private static List<EventBatch> batchesOf(List<DomainEvent> events) {
        return EventBatch.forHistories(new Outgoing(events, new Partitioning(8))
                .messages().stream().map(Pending::new).toList());
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
}
