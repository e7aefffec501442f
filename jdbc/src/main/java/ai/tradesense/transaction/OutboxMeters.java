package ai.tradesense.transaction;

import ai.tradesense.bus.PublishingBus;
import ai.tradesense.transaction.OutboxRelay.Status;
import ai.tradesense.transport.Published;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.Supplier;

/// What a relay says of an outbox to those who watch it, and what it counts as published.
final class OutboxMeters {
    private final Counter published;
    private final Counter duplicates;
    private final OwnGauges gauges = new OwnGauges();

    /// @param known what was found out last
    OutboxMeters(MeterRegistry registry, String table, Supplier<Status> known) {
        this.published = PublishingBus.published(registry);
        this.duplicates = PublishingBus.duplicates(registry);
        Tags tags = Tags.of("table", table);
        gauges.add(
                registry,
                "tradesense.outbox.waiting",
                "Events in the outbox that are to be sent",
                tags,
                () -> known.get().waiting());
        gauges.add(
                registry,
                "tradesense.outbox.refused",
                "Events in the outbox that can never be sent",
                tags,
                () -> known.get().refused());
        gauges.add(
                registry,
                "tradesense.outbox.up",
                "1 while the relay can send, 0 while it cannot",
                tags,
                () -> known.get().trouble() == null ? 1 : 0);
    }

    void sent(List<Published> outcome) {
        int again =
                Math.toIntExact(outcome.stream().filter(Published::duplicate).count());
        published.increment(outcome.size() - again);
        duplicates.increment(again);
    }

    void remove() {
        gauges.remove();
    }
}
