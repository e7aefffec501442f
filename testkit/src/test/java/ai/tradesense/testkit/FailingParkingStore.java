package ai.tradesense.testkit;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.store.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// A store that fails while it is told to.
final class FailingParkingStore implements ParkingStore {
    private final ParkingStore store = new MemoryParkingStore();
    private volatile boolean failing;

    void fail(boolean failing) {
        this.failing = failing;
    }

    private <T> T unlessFailing(Supplier<T> answer) {
        if (failing) {
            throw new StoreException("the disk is full", null);
        }
        return answer.get();
    }

    @Override
    public void apply(List<ParkingChange> changes) {
        unlessFailing(() -> {
            store.apply(changes);
            return changes;
        });
    }

    @Override
    public List<WaitingSubject> waiting(String group) {
        return unlessFailing(() -> store.waiting(group));
    }

    @Override
    public List<ParkedEvent> head(String group, OrderKey key, int limit) {
        return unlessFailing(() -> store.head(group, key, limit));
    }

    @Override
    public List<EventIdentity> recent(String group, int limit) {
        return unlessFailing(() -> store.recent(group, limit));
    }

    @Override
    public List<ParkedEvent> deadLetters(DeadLetterQuery query) {
        return unlessFailing(() -> store.deadLetters(query));
    }

    @Override
    public Optional<ParkedEvent> find(long sequence) {
        return unlessFailing(() -> store.find(sequence));
    }

    @Override
    public Counts counts(String group) {
        return unlessFailing(() -> store.counts(group));
    }
}
