package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.transport.Published;
import ai.tradesense.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a handler publishes is tied to what it handled, and published once however often it tries.
final class CausationTest {
    @EventName("Trading.Order.Filled.v1")
    private record OrderFilled(String account, int number) implements EventData {
        @Override
        public String subject() {
            return account;
        }
    }

    @EventName("Risk.Limit.Breached.v1")
    private record LimitBreached(String account) implements EventData {
        @Override
        public String subject() {
            return account;
        }
    }

    private final TestPlatform platform = TestPlatform.with(settings -> settings.source("/desk"));
    private final List<DomainEvent> filled = new ArrayList<>();
    private final List<DomainEvent> breached = new ArrayList<>();

    @BeforeEach
    void listen() {
        platform.register(Worker.named("listener")
                .on("Trading.Order.Filled.v1", (event, context) -> filled.add(event))
                .on("Risk.*", (event, context) -> breached.add(event))
                .build());
    }

    @AfterEach
    void close() {
        platform.close();
    }

    private void handleOrders(Worker.Handler<OrderPlaced> handler) {
        platform.register(Worker.named("filler").on(OrderPlaced.class, handler).build());
    }

    @Test
    void an_event_that_a_handler_publishes_names_its_cause_and_what_set_it_all_off() {
        handleOrders((order, context) -> context.publish(new OrderFilled(order.account(), order.number())));
        platform.register(Worker.named("risk")
                .on(OrderFilled.class, (fill, context) -> context.publish(new LimitBreached(fill.account())))
                .build());
        DomainEvent placed = OrderPlaced.event("acc", 1);
        platform.publish(placed);

        platform.advance(Duration.ofSeconds(1));

        DomainEvent fill = filled.getFirst();
        assertThat(fill.source()).hasToString("/desk");
        assertThat(fill.causationId()).isEqualTo("acc#1");
        assertThat(fill.correlationId()).isEqualTo("acc#1");
        assertThat(UUID.fromString(fill.id()).version()).isEqualTo(7);
        DomainEvent breach = breached.getFirst();
        assertThat(breach.causationId()).isEqualTo(fill.id());
        assertThat(breach.correlationId()).isEqualTo("acc#1");
    }

    @Test
    void a_correlation_and_a_trace_are_handed_on() {
        handleOrders((order, context) -> context.publish(new OrderFilled(order.account(), order.number())));
        platform.publish(DomainEvent.builder(new OrderPlaced("acc", 1))
                .id("placed")
                .source(OrderPlaced.event("acc", 1).source())
                .time(VirtualClock.START)
                .correlationId("request-17")
                .extension(DomainEvent.TRACE_PARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .extension(DomainEvent.TRACE_STATE, "vendor=1")
                .build());

        platform.settle();

        DomainEvent fill = filled.getFirst();
        assertThat(fill.correlationId()).isEqualTo("request-17");
        assertThat(fill.causationId()).isEqualTo("placed");
        assertThat(fill.extension(DomainEvent.TRACE_PARENT))
                .isEqualTo("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assertThat(fill.extension(DomainEvent.TRACE_STATE)).isEqualTo("vendor=1");
    }

    @Test
    void what_a_handler_published_before_it_failed_is_not_published_again() {
        List<Published> outcomes = new ArrayList<>();
        handleOrders((order, context) -> {
            outcomes.addAll(context.publish(List.of(
                    new OrderFilled(order.account(), 1),
                    new OrderFilled(order.account(), 2),
                    new LimitBreached(order.account()))));
            outcomes.add(context.publish(context.event(new OrderFilled(order.account(), 3))
                    .critical()
                    .build()));
            if (context.attempt() < 3) {
                throw new IllegalStateException("after publishing");
            }
        });
        platform.publish(OrderPlaced.event("acc", 1));

        platform.advance(Duration.ofMinutes(1));

        assertThat(filled)
                .extracting(event -> event.dataAs(OrderFilled.class).number())
                .containsExactly(1, 2, 3);
        assertThat(breached).hasSize(1);
        assertThat(outcomes).hasSize(12);
        assertThat(outcomes.subList(0, 4)).noneMatch(Published::duplicate);
        assertThat(outcomes.subList(4, 12)).allMatch(Published::duplicate);
    }

    @Test
    void two_events_and_two_workers_cause_different_ones() {
        handleOrders((order, context) -> context.publish(new OrderFilled(order.account(), order.number())));
        platform.register(Worker.named("other-filler")
                .on(
                        OrderPlaced.class,
                        (order, context) -> context.publish(new OrderFilled(order.account(), order.number())))
                .build());
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 2));

        platform.settle();

        assertThat(filled).extracting(DomainEvent::id).doesNotHaveDuplicates().hasSize(4);
    }

    @Test
    void an_event_from_before_1970_may_cause_another() {
        handleOrders((order, context) -> context.publish(new OrderFilled(order.account(), order.number())));
        platform.publish(DomainEvent.builder(new OrderPlaced("acc", 1))
                .id("moon-landing")
                .source(OrderPlaced.event("acc", 1).source())
                .time(Instant.parse("1969-07-20T20:17:40Z"))
                .build());

        platform.settle();

        assertThat(filled).extracting(DomainEvent::causationId).containsExactly("moon-landing");
    }

    @Test
    void the_context_tells_the_time_of_the_platform_and_that_this_is_no_replay() {
        List<Object> told = new ArrayList<>();
        handleOrders((order, context) -> told.addAll(List.of(context.now(), context.attempt(), context.isReplay())));
        platform.advance(Duration.ofSeconds(42));
        platform.publish(OrderPlaced.event("acc", 1));

        platform.settle();

        assertThat(told).containsExactly(VirtualClock.START.plusSeconds(42), 1, false);
    }
}
