package ai.tradesense.store;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Published;
import java.util.List;
import java.util.Optional;

/// Every event in one global order without gaps that a reader could jump over. Safe for use by several threads;
/// all methods block for I/O.
public interface EventStore {
    /// Appends a batch, all or none, and returns when it is durable. An event that is there already (source and
    /// id) is not stored again and is reported as a duplicate.
    ///
    /// @throws StoreException if the outcome is a failure or not known; appending the same events again is safe
    List<Published> append(List<DomainEvent> events);

    /// Events that match, newest or oldest first as the query says, at most as many as it allows.
    List<StoredEvent> search(EventQuery query);

    /// The event of an id. Where several sources used the same id, the first one.
    Optional<StoredEvent> find(String id);

    /// Events after a position that match the query's attributes, oldest first; at most `limit`. Does not wait.
    List<StoredEvent> read(long afterPosition, EventQuery filter, int limit);

    /// The position of the newest event; 0 if there is none.
    long head();

    /// How many events there are.
    long count();

    /// Calls `signal` after events became readable, by any thread; it must not block. The answer ends that.
    AutoCloseable onAppend(Runnable signal);
}
