package ai.tradesense.bus;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.IdGenerator;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Checks events, then sends them by a transport.
public final class PublishingBus implements EventBus {
    private final Transport transport;
    private final EventRegistry registry;
    private final Limits limits;
    private final URI source;
    private final IdGenerator ids;
    private final InstantSource clock;
    private final MeterRegistry meters;
    private final Counter published;
    private final Counter duplicates;
    private final Counter rejected;
    private final Timer publishing;

    public PublishingBus(
            Transport transport,
            EventRegistry registry,
            Limits limits,
            URI source,
            IdGenerator ids,
            InstantSource clock,
            MeterRegistry meters) {
        this.transport = transport;
        this.registry = registry;
        this.limits = limits;
        this.source = source;
        this.ids = ids;
        this.clock = clock;
        this.meters = meters;
        this.published = published(meters);
        this.duplicates = duplicates(meters);
        this.rejected = Counter.builder("tradesense.publish.failures")
                .description("Publishes that were refused or failed")
                .register(meters);
        this.publishing = Timer.builder("tradesense.publish")
                .description("How long a publish took until its events were durable")
                .publishPercentiles(0.5, 0.99)
                .register(meters);
    }

    /// Counts events that have become durable, whichever way.
    public static Counter published(MeterRegistry meters) {
        return Counter.builder("tradesense.published")
                .description("Events made durable, duplicates left out")
                .register(meters);
    }

    /// Counts events that were durable already, whichever way they came.
    public static Counter duplicates(MeterRegistry meters) {
        return Counter.builder("tradesense.published.duplicates")
                .description("Events published again with the same source and id")
                .register(meters);
    }

    @Override
    public List<Published> publish(List<DomainEvent> events) {
        if (events.isEmpty()) {
            return List.of();
        }
        long start = meters.config().clock().monotonicTime();
        List<Published> outcome;
        try {
            check(events);
            outcome = transport.send(events);
        } catch (RuntimeException failure) {
            rejected.increment();
            throw failure;
        }
        publishing.record(meters.config().clock().monotonicTime() - start, TimeUnit.NANOSECONDS);
        int again = 0;
        for (Published one : outcome) {
            if (one.duplicate()) {
                again++;
            }
        }
        published.increment(outcome.size() - again);
        if (again > 0) {
            duplicates.increment(again);
        }
        return outcome;
    }

    @Override
    public void check(List<DomainEvent> events) {
        if (events.size() > limits.maxBatchEvents()) {
            throw new InvalidEventException(
                    "",
                    "the batch has " + events.size() + " events, at most " + limits.maxBatchEvents() + " are allowed");
        }
        boolean encoded = !transport.handsOverObjects();
        for (int i = 0; i < events.size(); i++) {
            DomainEvent event = events.get(i);
            try {
                registry.validate(event);
                requireFewAttributes(event.envelope());
                requireSize(event.data(), encoded);
            } catch (InvalidEventException invalid) {
                throw events.size() == 1 ? invalid : invalid.under("/" + i);
            } catch (PayloadTooLargeException tooLarge) {
                throw events.size() == 1 ? tooLarge : tooLarge.under("/" + i);
            }
        }
    }

    /// No transport carries as many as anybody wants.
    private static void requireFewAttributes(CloudEvent event) {
        int extensions = event.extensions().size();
        if (extensions > Limits.MAX_EXTENSIONS) {
            throw new InvalidEventException(
                    "", "has " + extensions + " extensions, at most " + Limits.MAX_EXTENSIONS + " are allowed");
        }
        int length = Limits.extensionsLength(event);
        if (length > Limits.MAX_EXTENSIONS_LENGTH) {
            throw new InvalidEventException(
                    "",
                    "has extensions, dataschema and datacontenttype of " + length + " characters together, at most "
                            + Limits.MAX_EXTENSIONS_LENGTH + " are allowed");
        }
    }

    private void requireSize(Payload data, boolean encoded) {
        int bytes = switch (data) {
            case Payload.None none -> 0;
            case Payload.Json json -> json.utf8().length;
            case Payload.Value value -> encoded ? value.utf8().length : 0;
            case Payload.Text(var text) -> utf8Length(text);
            case Payload.Binary binary -> binary.bytes().length;
        };
        if (bytes > limits.maxPayloadBytes()) {
            throw new PayloadTooLargeException(bytes, limits.maxPayloadBytes());
        }
    }

    private static int utf8Length(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new InvalidEventException("/data", "holds half of a surrogate pair, which is no character");
        }
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public DomainEvent.Builder event(EventData data) {
        return DomainEvent.builder(data).id(ids.next()).source(source).time(clock.instant());
    }
}
