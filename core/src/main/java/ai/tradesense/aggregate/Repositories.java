package ai.tradesense.aggregate;

import ai.tradesense.bus.EventBus;
import ai.tradesense.events.Upcasters;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.SnapshotStore;
import io.micrometer.core.instrument.MeterRegistry;

/// What repositories are made with: where events and snapshots are kept, who makes and checks events, how old
/// ones are brought to newer versions, and who counts.
public record Repositories(
        EventStore events, SnapshotStore snapshots, EventBus bus, Upcasters upcasters, MeterRegistry meters) {
    /// The repository of an aggregate.
    public <S> Repository<S> of(Aggregate<S> aggregate) {
        return new Repository<>(aggregate, this);
    }
}
