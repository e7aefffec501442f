package ai.tradesense.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DomainEventTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final EventType TYPE = EventType.parse("Trading.Order.Placed.v1");

    @EventName("Trading.Order.Placed.v1")
    private record OrderPlaced(String accountId, int lots) implements EventData {
        @Override
        public String subject() {
            return accountId;
        }
    }

    private static DomainEvent.Builder complete() {
        return DomainEvent.builder(TYPE)
                .id("1")
                .source(URI.create("/desk"))
                .subject("acc-1")
                .time(NOON);
    }

    private static InvalidEventException refused(Consumer<DomainEvent.Builder> change) {
        DomainEvent.Builder builder = complete();
        change.accept(builder);
        return catchThrowableOfType(InvalidEventException.class, builder::build);
    }

    private static InvalidEventException refused(String type, @Nullable String subject, @Nullable Instant time) {
        CloudEvent envelope =
                new CloudEvent("1", URI.create("/desk"), type, subject, time, null, null, Map.of(), Payload.NONE);
        return catchThrowableOfType(InvalidEventException.class, () -> DomainEvent.of(envelope));
    }

    @Test
    void an_event_is_built_from_a_record() {
        OrderPlaced order = new OrderPlaced("acc-1", 3);
        DomainEvent event = DomainEvent.builder(order)
                .id("1")
                .source(URI.create("/desk"))
                .time(NOON)
                .correlationId("request-7")
                .causationId("0")
                .critical()
                .extension("tenant", "blue")
                .build();

        assertThat(event.type()).isEqualTo(TYPE);
        assertThat(event.subject()).isEqualTo("acc-1");
        assertThat(event.time()).isEqualTo(NOON);
        assertThat(event.dataAs(OrderPlaced.class)).isSameAs(order);
        assertThat(event.orderKey()).isEqualTo(new OrderKey("Trading", "acc-1"));
        assertThat(event.correlationId()).isEqualTo("request-7");
        assertThat(event.causationId()).isEqualTo("0");
        assertThat(event.critical()).isTrue();
        assertThat(event.extension("tenant")).isEqualTo("blue");
        assertThat(event.extension("other")).isNull();
        assertThat(event).isEqualTo(DomainEvent.of(event.envelope())).hasToString("Trading.Order.Placed.v1 1 of acc-1");
    }

    @Test
    void an_event_without_extensions_has_none_and_is_not_critical() {
        DomainEvent event = complete().build();

        assertThat(event.correlationId()).isNull();
        assertThat(event.causationId()).isNull();
        assertThat(event.critical()).isFalse();
        assertThat(event.data()).isSameAs(Payload.NONE);
    }

    @Test
    void what_is_missing_is_named() {
        assertThat(catchThrowableOfType(
                        InvalidEventException.class,
                        () -> DomainEvent.builder(TYPE).build()))
                .hasMessage("/id: is missing");
        assertThat(catchThrowableOfType(
                        InvalidEventException.class,
                        () -> DomainEvent.builder(TYPE).id("1").build()))
                .hasMessage("/source: is missing");
        assertThat(refused("Trading.Order.Placed.v1", null, NOON).pointer()).isEqualTo("/subject");
        assertThat(refused("Trading.Order.Placed.v1", "acc-1", null).pointer()).isEqualTo("/time");
    }

    @Test
    void a_cloud_event_of_another_type_is_no_domain_event() {
        assertThat(refused("com.example.someevent", "acc-1", NOON).pointer()).isEqualTo("/type");
    }

    @Test
    void id_source_and_subject_may_be_255_characters_long_and_no_longer() {
        String longest = "x".repeat(DomainEvent.MAX_KEY_LENGTH);
        DomainEvent event = complete()
                .id(longest)
                .subject(longest)
                .source(URI.create(longest))
                .build();

        assertThat(event.id()).hasSize(255);
        assertThat(refused(builder -> builder.id("x" + longest)))
                .hasMessage("/id: is 256 characters long, at most 255 are allowed");
        assertThat(refused(builder -> builder.subject("x" + longest)).pointer()).isEqualTo("/subject");
        assertThat(refused(builder -> builder.source(URI.create("x" + longest))).pointer())
                .isEqualTo("/source");
    }

    @Test
    void an_empty_attribute_is_refused() {
        assertThat(refused(builder -> builder.id("")).pointer()).isEqualTo("/id");
        assertThat(refused(builder -> builder.subject("")).pointer()).isEqualTo("/subject");
        assertThat(refused(builder -> builder.source(URI.create(""))).pointer()).isEqualTo("/source");
    }

    @Test
    void the_platforms_own_extensions_are_of_their_kind() {
        for (String name :
                new String[] {"correlationid", "causationid", "traceparent", "tracestate", "dataclassification"}) {
            assertThat(refused(builder -> builder.extension(name, 5)))
                    .hasMessage("/" + name + ": is 5, expected a string");
        }
        assertThat(refused(builder -> builder.extension("critical", "true")))
                .hasMessage("/critical: is 'true', expected a boolean");
    }

    @Test
    void events_are_equal_by_all_that_they_hold() {
        assertThat(complete().build())
                .isEqualTo(complete().build())
                .hasSameHashCodeAs(complete().build());
        assertThat(complete().build())
                .isNotEqualTo(complete().critical().build())
                .isNotEqualTo("1");
    }
}
