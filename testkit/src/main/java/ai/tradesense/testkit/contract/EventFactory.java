package ai.tradesense.testkit.contract;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// Makes events for a test, each with an id of its own. Safe for use by several threads.
final class EventFactory {
    static final URI SOURCE = URI.create("/contract");
    static final Instant FIRST = Instant.parse("2026-01-05T09:00:00Z");
    static final EventType ORDER_PLACED = EventType.parse("Trading.Order.Placed.v1");
    static final EventType LIMIT_BREACHED = EventType.parse("Risk.Limit.Breached.v1");

    private final AtomicInteger made = new AtomicInteger();

    /// An event to be completed.
    DomainEvent.Builder event(EventType type, String subject) {
        int number = made.incrementAndGet();
        return DomainEvent.builder(type)
                .id("event-" + number)
                .source(SOURCE)
                .subject(subject)
                .time(FIRST.plus(Duration.ofSeconds(number)))
                .data(json("{\"number\":" + number + "}"));
    }

    /// An event of the domain `Trading`.
    DomainEvent order(String subject) {
        return event(ORDER_PLACED, subject).build();
    }

    /// An event of the domain `Risk`.
    DomainEvent breach(String subject) {
        return event(LIMIT_BREACHED, subject).build();
    }

    /// Events of the domain `Trading`, all of one subject.
    List<DomainEvent> orders(int count, String subject) {
        return IntStream.range(0, count).mapToObj(each -> order(subject)).toList();
    }

    static Payload json(String text) {
        return Payload.json(text.getBytes(StandardCharsets.UTF_8));
    }
}
