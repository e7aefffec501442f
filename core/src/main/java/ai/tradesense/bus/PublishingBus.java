package ai.tradesense.bus;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.IdGenerator;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Checks events, then sends them by a transport.
public final class PublishingBus implements EventBus {
    private final Transport transport;
    private final EventCheck rules;
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
            EventCheck rules,
            URI source,
            IdGenerator ids,
            InstantSource clock,
            MeterRegistry meters) {
        this.transport = transport;
        this.rules = rules;
        this.source = source;
        this.ids = ids;
        this.clock = clock;
        this.meters = meters;
        this.published = Counter.builder("tradesense.published")
                .description("Events made durable, duplicates left out")
                .register(meters);
        this.duplicates = Counter.builder("tradesense.published.duplicates")
                .description("Events published again with the same source and id")
                .register(meters);
        this.rejected = Counter.builder("tradesense.publish.failures")
                .description("Publishes that were refused or failed")
                .register(meters);
        this.publishing = Timer.builder("tradesense.publish")
                .description("How long a publish took until its events were durable")
                .publishPercentiles(0.5, 0.99)
                .register(meters);
    }

    @Override
    public Published publish(EventData data) {
        return publish(event(data).build());
    }

    @Override
    public Published publish(DomainEvent event) {
        return publish(List.of(event)).getFirst();
    }

    @Override
    public List<Published> publish(List<DomainEvent> events) {
        if (events.isEmpty()) {
            return List.of();
        }
        long start = meters.config().clock().monotonicTime();
        List<Published> outcome;
        try {
            rules.check(events);
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
    public DomainEvent.Builder event(EventData data) {
        return DomainEvent.builder(data).id(ids.next()).source(source).time(clock.instant());
    }
}
