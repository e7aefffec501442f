package ai.tradesense.store;

import ai.tradesense.events.OrderKey;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Keeps snapshots in memory, for as long as the process lives: one of each stream and aggregate.
public final class MemorySnapshotStore implements SnapshotStore {
    private final Map<Key, Snapshot> snapshots = new ConcurrentHashMap<>();

    private record Key(OrderKey stream, String aggregate) {}

    @Override
    public Optional<Snapshot> find(OrderKey stream, String aggregate) {
        return Optional.ofNullable(snapshots.get(new Key(stream, aggregate)));
    }

    @Override
    public void save(Snapshot snapshot) {
        snapshots.put(new Key(snapshot.stream(), snapshot.aggregate()), snapshot);
    }
}
