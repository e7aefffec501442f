package ai.tradesense.testkit;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.Partition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/// A store that fails while it is told to, and remembers what it was asked to change.
final class FailingParkingStore implements ParkingStore {
    private final ParkingStore store = new MemoryParkingStore();
    private final List<ParkingChange> asked = new ArrayList<>();
    private volatile boolean failing;
    private volatile Runnable wait = () -> {};
    private volatile boolean losesAnswer;

    void fail(boolean failing) {
        this.failing = failing;
    }

    /// Fails from now on, and each time not before somebody has waited.
    void failAfter(Runnable wait) {
        this.wait = wait;
        fail(true);
    }

    /// Has the next session begin and its answer get lost.
    void loseAnswerOfBegin() {
        losesAnswer = true;
    }

    /// What it was asked to change of parked events since the last call, by their sequences.
    Set<Long> takeChanged() {
        Set<Long> changed = new TreeSet<>();
        for (ParkingChange change : asked) {
            switch (change instanceof ParkingChange.InSession own ? own.change() : change) {
                case ParkingChange.OfParked ofParked -> changed.add(ofParked.sequence());
                case ParkingChange.Complete complete -> changed.add(complete.sequence());
                case ParkingChange.Park _, ParkingChange.InSession _ -> {}
            }
        }
        asked.clear();
        return changed;
    }

    private <T> T unlessFailing(Supplier<T> answer) {
        if (failing) {
            wait.run();
            throw new StoreException("the disk is full", null);
        }
        return answer.get();
    }

    @Override
    public int apply(List<ParkingChange> changes) {
        asked.addAll(changes);
        return unlessFailing(() -> store.apply(changes));
    }

    @Override
    public List<WaitingSubject> waiting(String group) {
        return unlessFailing(() -> store.waiting(group));
    }

    @Override
    public Map<OrderKey, List<ParkedEvent>> heads(String group, Collection<OrderKey> keys, int limit) {
        return unlessFailing(() -> store.heads(group, keys, limit));
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
    public List<DeadLetterSummary> summaries(DeadLetterQuery query) {
        return unlessFailing(() -> store.summaries(query));
    }

    @Override
    public List<DeadLetterGroup> groups(DeadLetterFilter filter, int limit) {
        return unlessFailing(() -> store.groups(filter, limit));
    }

    @Override
    public Optional<ParkedEvent> find(long sequence) {
        return unlessFailing(() -> store.find(sequence));
    }

    @Override
    public List<ParkedEvent> find(String group, EventIdentity identity) {
        return unlessFailing(() -> store.find(group, identity));
    }

    @Override
    public Counts counts(String group) {
        return unlessFailing(() -> store.counts(group));
    }

    @Override
    public Map<String, Counts> counts() {
        return unlessFailing(store::counts);
    }

    @Override
    public long revision(String group) {
        return unlessFailing(() -> store.revision(group));
    }

    @Override
    public Map<Partition, String> sessions(String group) {
        return unlessFailing(() -> store.sessions(group));
    }

    @Override
    public Set<Partition> begin(String group, String session, Set<Partition> partitions, Map<Partition, String> seen) {
        Set<Partition> begun = unlessFailing(() -> store.begin(group, session, partitions, seen));
        if (losesAnswer) {
            losesAnswer = false;
            throw new StoreException("the connection is gone", null);
        }
        return begun;
    }

    @Override
    public void end(String group, String instance, Set<Partition> partitions) {
        unlessFailing(() -> {
            store.end(group, instance, partitions);
            return true;
        });
    }
}
