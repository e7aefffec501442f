package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/// Events of every form that there is, by a seed.
final class RandomEvents {
    static final List<EventType> TYPES = List.of(
            EventType.parse("Trading.Order.Placed.v1"),
            EventType.parse("Trading.Order.Filled.v1"),
            EventType.parse("Risk.Limit.Breached.v2"),
            EventType.parse("Challenge.Started.v1"));
    private static final Instant START = Instant.parse("2026-01-05T09:00:00Z");
    private static final List<String> TEXTS =
            List.of("plain", "", "naïve — ü", "日本語", "\uD83D\uDE80 up", "007", "true", " spaced ", "q\"uo\\te");

    private final Random random;
    private long millis = START.toEpochMilli();

    RandomEvents(long seed) {
        this.random = new Random(seed);
    }

    /// An event with every attribute drawn by chance.
    DomainEvent any() {
        DomainEvent.Builder event = base(random.nextInt(4) == 0 ? "id " + random.nextLong() + " ü" : version7())
                .source(URI.create("urn:source:" + random.nextInt(5)))
                .time(Instant.ofEpochSecond(
                        random.nextLong(-62_000_000_000L, 250_000_000_000L), random.nextInt(1_000_000_000)));
        for (int i = random.nextInt(4); i > 0; i--) {
            event.extension(
                    "ext" + random.nextInt(1_000),
                    switch (random.nextInt(3)) {
                        case 0 -> random.nextBoolean();
                        case 1 -> random.nextInt();
                        default -> text();
                    });
        }
        if (random.nextBoolean()) {
            event.correlationId(version7()).causationId(text());
        }
        if (random.nextInt(4) == 0) {
            event.critical().extension(DomainEvent.TRACE_PARENT, "00-" + random.nextLong() + "-01");
        }
        if (random.nextInt(4) == 0) {
            event.dataSchema(URI.create("https://example.com/schema/" + random.nextInt(5)));
        }
        return payload(event).build();
    }

    private DomainEvent.Builder payload(DomainEvent.Builder event) {
        return switch (random.nextInt(7)) {
            case 0 -> event.data(Payload.NONE);
            case 1 -> event.data(Payload.text(text())).dataContentType("text/plain");
            case 2 -> event.data(Payload.binary(bytes(random.nextInt(300)))).dataContentType("image/png");
            case 3 -> event.data(json("[1.10, 1E-400, 9007199254740993]")).dataContentType("application/json");
            case 4 -> event.data(json("\"" + "x".repeat(random.nextInt(3_000)) + "\""));
            case 5 -> event.data(Payload.value(new Position("pos-" + random.nextInt(), random.nextInt())));
            default -> event.data(json("{}")).dataContentType("application/vnd.example+json");
        };
    }

    record Position(String id, int quantity) {}

    /// A plain event of one of a few subjects, in the order of time, as a service would publish it.
    DomainEvent plain() {
        millis += random.nextInt(3);
        String correlation = "correlation-" + random.nextInt(200);
        return base(version7())
                .source(URI.create("/source/" + random.nextInt(3)))
                .subject("account-" + random.nextInt(500))
                .time(Instant.ofEpochMilli(millis))
                .correlationId(correlation)
                .causationId("cause-" + random.nextInt(2_000))
                .data(json("{\"quantity\":" + random.nextInt() + "}"))
                .build();
    }

    List<DomainEvent> plain(int count) {
        List<DomainEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(plain());
        }
        return events;
    }

    /// The same event under another id.
    /// An event of an id and a subject, and nothing else that matters.
    static DomainEvent plain(String id, String subject) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/tests"))
                .subject(subject)
                .time(START)
                .data(Payload.json("{}".getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    static DomainEvent withId(DomainEvent event, String id) {
        return DomainEvent.builder(event.type())
                .id(id)
                .source(event.source())
                .subject(event.subject())
                .time(event.time())
                .data(event.data())
                .build();
    }

    /// The same event with other data.
    static DomainEvent withData(DomainEvent event, Payload data) {
        return DomainEvent.builder(event.type())
                .id(event.id())
                .source(event.source())
                .subject(event.subject())
                .time(event.time())
                .data(data)
                .build();
    }

    private DomainEvent.Builder base(String id) {
        return DomainEvent.builder(TYPES.get(random.nextInt(TYPES.size())))
                .id(id)
                .source(URI.create("/source"))
                .subject("subject-" + random.nextInt(50))
                .time(START);
    }

    String version7() {
        millis++;
        return new UUID(millis << 16 | 0x7000 | random.nextInt(4_096), random.nextLong() >>> 2 | Long.MIN_VALUE)
                .toString();
    }

    private String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Payload json(String text) {
        return Payload.json(text.getBytes(StandardCharsets.UTF_8));
    }
}
