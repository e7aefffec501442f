package ai.tradesense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Upcaster;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.Progress;
import ai.tradesense.worker.Worker;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class HandlingTest {
    @EventName("Trading.Order.Placed.v3")
    record OrderPlaced(String account, BigDecimal quantity, String venue, String currency) implements EventData {
        @Override
        public String subject() {
            return account;
        }
    }

    private static final Upcaster TO_V2 =
            Upcaster.of("Trading.Order.Placed.v1", "Trading.Order.Placed.v2", data -> data.put("venue", "unknown"));
    private static final Upcaster TO_V3 =
            Upcaster.of("Trading.Order.Placed.v2", "Trading.Order.Placed.v3", data -> data.put("currency", "USD"));

    private static DomainEvent first(String json) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id("1")
                .source(URI.create("/test"))
                .subject("account-1")
                .time(Instant.EPOCH)
                .data(Payload.json(json.getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    @Test
    void a_worker_sees_the_version_it_asks_for_and_no_decimal_is_rounded() {
        List<OrderPlaced> seen = new CopyOnWriteArrayList<>();
        List<String> asPublished = new CopyOnWriteArrayList<>();
        try (TradeSense tradesense =
                TradeSense.builder().upcaster(TO_V2).upcaster(TO_V3).build()) {
            tradesense.register(Worker.named("newest")
                    .on(OrderPlaced.class, (order, context) -> seen.add(order))
                    .build());
            tradesense.register(Worker.named("any")
                    .on(
                            "Trading.*",
                            (event, context) -> asPublished.add(event.type().name()))
                    .build());

            tradesense.publish(first("{\"account\":\"account-1\",\"quantity\":1.500}"));

            Awaitility.await().until(() -> seen.size() == 1 && asPublished.size() == 1);
        }
        assertThat(seen).containsExactly(new OrderPlaced("account-1", new BigDecimal("1.500"), "unknown", "USD"));
        assertThat(asPublished).containsExactly("Trading.Order.Placed.v1");
    }

    @Test
    void data_that_cannot_be_turned_into_the_wanted_version_is_quarantined() {
        try (TradeSense tradesense =
                TradeSense.builder().upcaster(TO_V2).upcaster(TO_V3).build()) {
            tradesense.register(Worker.named("newest")
                    .on(OrderPlaced.class, (order, context) -> {})
                    .build());

            tradesense.publish(first("[1,2]"));

            DeadLetterQuery all = new DeadLetterQuery(null, null, null, null, 10);
            Awaitility.await()
                    .until(() -> !tradesense.parking().deadLetters(all).isEmpty());
            ParkedEvent dead = tradesense.parking().deadLetters(all).getFirst();
            assertThat(dead.state()).isEqualTo(Progress.State.QUARANTINED);
            assertThat(new String(dead.raw(), StandardCharsets.UTF_8)).contains("[1,2]");
        }
    }

    @Test
    void a_handler_that_publishes_something_invalid_gets_a_dead_letter_that_still_is_an_event() {
        try (TradeSense tradesense = TradeSense.builder().build()) {
            tradesense.register(Worker.named("careless")
                    .on(
                            "Trading.Order.Placed.v1",
                            (event, context) -> context.publish(new OrderPlaced("", BigDecimal.ONE, "venue", "USD")))
                    .build());

            tradesense.publish(first("{}"));

            DeadLetterQuery all = new DeadLetterQuery(null, null, null, null, 10);
            Awaitility.await()
                    .until(() -> !tradesense.parking().deadLetters(all).isEmpty());
            ParkedEvent dead = tradesense.parking().deadLetters(all).getFirst();
            assertThat(dead.state()).isEqualTo(Progress.State.DEAD);
            assertThat(dead.attempts()).isEqualTo(1);
            assertThat(dead.failures().getFirst().message()).contains("/subject");
        }
    }

    @Test
    void versions_must_follow_on_each_other() {
        assertThatThrownBy(() -> Upcaster.of("Trading.Order.Placed.v1", "Trading.Order.Placed.v3", data -> data))
                .hasMessageContaining("leads to Trading.Order.Placed.v2");
        assertThatThrownBy(() ->
                        TradeSense.builder().upcaster(TO_V2).upcaster(TO_V2).build())
                .hasMessageContaining("two upcasters from Trading.Order.Placed.v1");
    }
}
