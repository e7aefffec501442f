package ai.tradesense.aggregate;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionReports;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.transport.Published;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A store whose answers to appends get lost, and that remembers from where streams were read.
final class UnreliableStore implements EventStore {
    private final EventStore store;
    final List<Long> readFrom = new ArrayList<>();
    int answersToLose;
    int appends;

    UnreliableStore(EventStore store) {
        this.store = store;
    }

    @Override
    public List<Published> append(List<DomainEvent> events) {
        return store.append(events);
    }

    @Override
    public List<Published> appendStreams(List<StreamAppend> streams) {
        appends++;
        List<Published> outcome = store.appendStreams(streams);
        if (answersToLose > 0) {
            answersToLose--;
            throw new StoreException("the answer was lost", null);
        }
        return outcome;
    }

    @Override
    public StreamSlice readStream(StreamQuery query) {
        readFrom.add(query.from());
        return store.readStream(query);
    }

    @Override
    public EventPage search(EventQuery query) {
        return store.search(query);
    }

    @Override
    public Optional<StoredEvent> find(String id) {
        return store.find(id);
    }

    @Override
    public EventPage read(long afterPosition, EventQuery filter, int limit) {
        return store.read(afterPosition, filter, limit);
    }

    @Override
    public long head() {
        return store.head();
    }

    @Override
    public long count() {
        return store.count();
    }

    @Override
    public void keepBehind(String reader, long position) {
        store.keepBehind(reader, position);
    }

    @Override
    public void release(String reader) {
        store.release(reader);
    }

    @Override
    public ProjectionReports projections() {
        return store.projections();
    }

    @Override
    public AutoCloseable onAppend(Runnable signal) {
        return store.onAppend(signal);
    }
}
