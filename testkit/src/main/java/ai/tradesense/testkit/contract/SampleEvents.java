package ai.tradesense.testkit.contract;

import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Rfc3339;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// Events of every form, to be written and read back without a change.
final class SampleEvents {
    /// The typed data of an event.
    @EventName("Trading.Trade.Executed.v1")
    record Trade(String subject, BigDecimal price, BigDecimal quantity, Instant at, List<String> tags)
            implements EventData {}

    private static final int LARGE = 256 * 1024;

    private final EventFactory events;

    SampleEvents(EventFactory events) {
        this.events = events;
    }

    private DomainEvent.Builder sample() {
        return events.event(EventFactory.ORDER_PLACED, "samples");
    }

    /// Every attribute that an event may have, and the same without those that may be left out.
    List<DomainEvent> attributes() {
        return List.of(
                sample().correlationId("correlation-1")
                        .causationId("causation-1")
                        .critical()
                        .dataContentType("application/json")
                        .dataSchema(URI.create("https://example.com/schemas/order?version=1"))
                        .extension(DomainEvent.TRACE_PARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                        .extension(DomainEvent.TRACE_STATE, "vendor=1,other=2")
                        .extension(DomainEvent.DATA_CLASSIFICATION, "confidential")
                        .build(),
                sample().build(),
                sample().data(Payload.NONE).build(),
                sample().source(URI.create("urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"))
                        .build(),
                events.event(EventType.parse("Challenge.Started.v12"), "samples")
                        .build());
    }

    /// Extensions of each kind, at the ends of their ranges.
    List<DomainEvent> extensions() {
        return List.of(
                sample().extension("flag", true).extension("other", false).build(),
                sample().extension("least", Integer.MIN_VALUE)
                        .extension("most", Integer.MAX_VALUE)
                        .extension("zero", 0)
                        .build(),
                sample().extension("empty", "")
                        .extension("digits", "007")
                        .extension("truth", "true")
                        .extension("percent", "100 % sure, a+b=c; \"quoted\\\"")
                        .build());
    }

    /// Texts that are not ASCII, and keys as long as they may be.
    List<DomainEvent> texts() {
        String longest = "k".repeat(DomainEvent.MAX_KEY_LENGTH);
        return List.of(
                events.event(EventFactory.ORDER_PLACED, "Kontó-日本語-\uD83D\uDE80-e\u0301")
                        .id("ид/№1?&=#%20")
                        .extension("note", "naïve — \u2028 ok")
                        .build(),
                events.event(EventFactory.ORDER_PLACED, longest)
                        .id(longest)
                        .source(URI.create("/" + "s".repeat(DomainEvent.MAX_KEY_LENGTH - 1)))
                        .build(),
                sample().id(" leading and trailing ").build());
    }

    /// Times with nine digits of a second, none, and at both ends of the calendar.
    List<DomainEvent> times() {
        return List.of(
                sample().time(Instant.parse("2026-02-28T23:59:59.123456789Z")).build(),
                sample().time(Instant.parse("2026-02-28T23:59:59.000000001Z")).build(),
                sample().time(Instant.parse("2026-02-28T23:59:59Z")).build(),
                sample().time(Instant.parse("1969-12-31T23:59:59.999999999Z")).build(),
                sample().time(Rfc3339.MIN).build(),
                sample().time(Rfc3339.MAX).build());
    }

    /// Numbers that a double or a database's decimal would change, as text and in a record.
    List<DomainEvent> numbers() {
        String many = "123456789012345678901234567890.123456789012345678901234567890";
        return List.of(
                sample().data(EventFactory.json("{\"a\":" + many + ",\"b\":0.10,\"c\":1E-400,\"d\":-0.0,\"e\":1e+5}"))
                        .build(),
                sample().data(EventFactory.json("{ \"b\" : 1.000 ,\n \"a\":9007199254740993, \"a2\":\"\\u00e9\" }"))
                        .build(),
                DomainEvent.builder(new Trade(
                                "samples",
                                new BigDecimal(many),
                                new BigDecimal("1.2300"),
                                Instant.parse("2026-01-05T09:00:00.000000001Z"),
                                List.of("a", "b")))
                        .id("trade")
                        .source(EventFactory.SOURCE)
                        .time(EventFactory.FIRST)
                        .build());
    }

    /// Data of each form, empty and not.
    List<DomainEvent> payloads() {
        byte[] everyByte = new byte[256];
        IntStream.range(0, everyByte.length).forEach(each -> everyByte[each] = (byte) each);
        return List.of(
                sample().data(Payload.NONE).build(),
                sample().data(EventFactory.json("null")).build(),
                sample().data(EventFactory.json("\"\"")).build(),
                sample().data(EventFactory.json("{}")).build(),
                sample().data(EventFactory.json("[1,2,3]"))
                        .dataContentType("application/vnd.example+json")
                        .build(),
                sample().data(Payload.text("")).dataContentType("text/plain").build(),
                sample().data(Payload.text("<a>ü</a>\r\n\u0000"))
                        .dataContentType("application/xml; charset=utf-8")
                        .build(),
                sample().data(Payload.binary(new byte[0]))
                        .dataContentType("application/octet-stream")
                        .build(),
                sample().data(Payload.binary(everyByte))
                        .dataContentType("image/png")
                        .build());
    }

    /// Data as large as the default limit allows.
    List<DomainEvent> largePayloads() {
        byte[] noise = new byte[LARGE];
        new Random(1).nextBytes(noise);
        return List.of(
                sample().data(EventFactory.json("\"" + "x".repeat(LARGE - 2) + "\""))
                        .build(),
                sample().data(Payload.binary(noise))
                        .dataContentType("application/octet-stream")
                        .build());
    }

    /// An event that is as large as it may be in every way, of characters of three bytes where they may be.
    ///
    /// @param dataBytes the size of its data
    DomainEvent largest(int dataBytes) {
        byte[] noise = new byte[dataBytes];
        new Random(2).nextBytes(noise);
        String contentType = "application/octet-stream";
        String key = "\u65e5".repeat(DomainEvent.MAX_KEY_LENGTH);
        String name = "Trading.Order.";
        String type = name + "P".repeat(EventType.MAX_LENGTH - name.length() - ".v1".length()) + ".v1";
        DomainEvent.Builder event = events.event(EventType.parse(type), key)
                .id(key)
                .source(URI.create("/" + "s".repeat(DomainEvent.MAX_KEY_LENGTH - 1)))
                .dataContentType(contentType)
                .data(Payload.binary(noise));
        int left = Limits.MAX_EXTENSIONS_LENGTH - contentType.length();
        for (int i = Limits.MAX_EXTENSIONS; i > 0; i--) {
            String extension = "extension" + i;
            event.extension(extension, "\u65e5".repeat(left / i - extension.length()));
            left -= left / i;
        }
        return event.build();
    }

    List<DomainEvent> all() {
        List<DomainEvent> all = new ArrayList<>(attributes());
        all.addAll(extensions());
        all.addAll(texts());
        all.addAll(times());
        all.addAll(numbers());
        all.addAll(payloads());
        all.addAll(largePayloads());
        return all;
    }
}
