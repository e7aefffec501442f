package ai.tradesense.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.transport.MemoryTransport;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What publishing refuses, and how it says so.
final class PublishingTest {
    private static DomainEvent event(String id, String json) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/tests"))
                .subject("acc")
                .time(Instant.EPOCH)
                .data(Payload.json(json.getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    @Test
    void a_source_that_is_none_is_refused_where_it_was_written() {
        assertThat(catchThrowableOfType(
                        IllegalArgumentException.class,
                        () -> TradeSense.builder().source("my service")))
                .hasMessageStartingWith("the source 'my service' is no URI-reference: ");
    }

    @Test
    void data_that_is_too_large_is_named_by_its_place_in_the_batch_and_nothing_is_sent() {
        DomainEvent small = event("small", "{}");
        DomainEvent large = event("large", "{\"text\":\"too long\"}");
        MemoryTransport transport = new MemoryTransport();
        try (TradeSense tradesense = TradeSense.builder()
                .transport(transport)
                .limits(new Limits(10, 100, 100, 100, 100))
                .build()) {
            assertThat(catchThrowableOfType(
                            PayloadTooLargeException.class, () -> tradesense.publish(List.of(small, large))))
                    .hasMessage("/1/data: is 19 bytes long, at most 10 are allowed")
                    .returns("/1/data", PayloadTooLargeException::pointer);
            assertThat(catchThrowableOfType(PayloadTooLargeException.class, () -> tradesense.publish(large)))
                    .hasMessage("/data: is 19 bytes long, at most 10 are allowed");

            assertThat(tradesense.publish(small).duplicate()).isFalse();
        } finally {
            transport.close();
        }
    }

    @Test
    void text_with_half_of_a_surrogate_pair_is_refused() {
        try (TradeSense tradesense = TradeSense.builder().build()) {
            assertThat(tradesense.publish(text("whole", "\uD83D\uDE80")).duplicate())
                    .isFalse();
            assertThat(catchThrowableOfType(
                            InvalidEventException.class, () -> tradesense.publish(text("half", "x\uD83Dy"))))
                    .hasMessageContaining("half of a surrogate pair")
                    .returns("/data", InvalidEventException::pointer);
        }
    }

    private static DomainEvent text(String id, String text) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/tests"))
                .subject("acc")
                .time(Instant.EPOCH)
                .dataContentType("text/plain")
                .data(Payload.text(text))
                .build();
    }

    @Test
    void attributes_that_not_every_transport_carries_are_refused_and_nothing_is_sent() {
        String longest = "x".repeat(Limits.MAX_EXTENSIONS_LENGTH - "note".length());
        try (TradeSense tradesense = TradeSense.builder().build()) {
            assertThat(tradesense
                            .publish(extended("longest", Map.of("note", longest)))
                            .duplicate())
                    .isFalse();
            DomainEvent tooLong = extended("too-long", Map.of("note", longest + "x"));
            assertThat(catchThrowableOfType(
                            InvalidEventException.class, () -> tradesense.publish(List.of(event("a", "{}"), tooLong))))
                    .hasMessageContainingAll("/1", "16385 characters", "at most 16384");

            Map<String, String> most = new HashMap<>();
            for (int i = 0; i < Limits.MAX_EXTENSIONS; i++) {
                most.put("x" + i, "");
            }
            assertThat(tradesense.publish(extended("most", most)).duplicate()).isFalse();
            most.put("one", "");
            assertThat(catchThrowableOfType(
                            InvalidEventException.class, () -> tradesense.publish(extended("too-many", most))))
                    .hasMessageContainingAll("65 extensions", "at most 64");
        }
    }

    private static DomainEvent extended(String id, Map<String, String> extensions) {
        DomainEvent.Builder event = DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/test"))
                .subject("account")
                .time(Instant.EPOCH)
                .data(Payload.json("{}".getBytes(StandardCharsets.UTF_8)));
        extensions.forEach(event::extension);
        return event.build();
    }
}
