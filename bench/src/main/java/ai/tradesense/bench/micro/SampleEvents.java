package ai.tradesense.bench.micro;

import ai.tradesense.catalog.trading.OrderKind;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.catalog.trading.Side;
import ai.tradesense.events.DomainEvent;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// The event that the micro benchmarks work on.
final class SampleEvents {
    static final Instant TIME = Instant.parse("2026-01-05T08:30:00.123456789Z");
    static final URI SOURCE = URI.create("/bench");
    static final String ID = "019b8d2f-5c3b-7a01-9f3e-2c1d4b5a6978";

    private SampleEvents() {}

    static OrderPlaced order() {
        return new OrderPlaced(
                "A000042",
                "O000000042",
                "EURUSD",
                Side.BUY,
                OrderKind.LIMIT,
                new BigDecimal("1.50"),
                new BigDecimal("1.08342"),
                null,
                null,
                TIME.truncatedTo(ChronoUnit.MILLIS));
    }

    static DomainEvent event() {
        return DomainEvent.builder(order()).id(ID).source(SOURCE).time(TIME).build();
    }
}
