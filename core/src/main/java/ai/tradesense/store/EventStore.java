package ai.tradesense.store;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Published;
import java.util.List;
import java.util.Optional;

/// Every event in one global order without gaps that a reader could jump over. The events of one subject within
/// one domain are a stream, whose version is their number. Safe for use by several threads; all methods block
/// for I/O.
public interface EventStore {
    /// Appends a batch, all or none, and returns when it is durable. An event that is there already (source and
    /// id) is not stored again and is reported as a duplicate.
    ///
    /// @throws StoreException if the outcome is a failure or not known; appending the same events again is safe
    List<Published> append(List<DomainEvent> events);

    /// Appends to several streams in one transaction, all or none, and returns when it is durable: what became of
    /// each event, stream by stream. An append all of whose events are there already changes nothing and is
    /// answered with duplicates, whatever it expects; so one whose outcome is not known is safe to repeat.
    ///
    /// @throws WrongExpectedVersionException if a stream is not as expected; nothing was appended
    /// @throws IllegalArgumentException if a stream is named twice
    /// @throws StoreException if the outcome is a failure or not known; appending the same events again is safe
    List<Published> appendStreams(List<StreamAppend> streams);

    /// A part of a stream, with the version that the stream has, and with which event it begins if older ones were
    /// removed. What was appended before is there. Reading the oldest first, what was removed is passed over.
    ///
    /// @throws StoreException also if an event within that part cannot be decoded: a history with a hole is none
    StreamSlice readStream(StreamQuery query);

    /// Events that match, newest or oldest first as the query says, and what cannot be decoded among them; at most as
    /// many entries as the query allows.
    EventPage search(EventQuery query);

    /// The event of an id. Where several sources used the same id, the first one.
    ///
    /// @throws StoreException also if the store knows that it has the event, and cannot decode it
    Optional<StoredEvent> find(String id);

    /// Events after a position that match the query's attributes, oldest first, and what cannot be decoded among them;
    /// at most `limit` entries. Does not wait.
    EventPage read(long afterPosition, EventQuery filter, int limit);

    /// The position of the newest event; 0 if there is none.
    long head();

    /// How many events there are; fewer than [#head] where some were removed.
    long count();

    /// Notes up to and with which event somebody is done who reads this store and keeps its own position: what is
    /// behind that is not removed from the store because of its age, until it is noted again or [#release]d. To be
    /// called now and then, with a position that was made durable. A store that removes nothing because of its
    /// age has nothing to note.
    ///
    /// @param reader names the one who reads, and nobody else
    /// @throws StoreException if the outcome is a failure or not known; to be tried again
    void keepBehind(String reader, long position);

    /// Waits for a reader no more. Idempotent.
    ///
    /// @throws StoreException if the outcome is a failure or not known; to be tried again
    void release(String reader);

    /// What is said of the read models that are made of this store.
    ProjectionReports projections();

    /// Calls `signal` after events became readable, by any thread; it must not block. The answer ends that.
    AutoCloseable onAppend(Runnable signal);
}
