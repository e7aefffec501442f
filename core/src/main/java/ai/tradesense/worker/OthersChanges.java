package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.worker.ParkedSubject.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/// Finds what somebody else has changed of what is parked, operators above all, by the store's revision. Touched by the
/// parking agent alone, but for [#lookSoon].
final class OthersChanges {
    private final String group;
    private final ParkingStore store;
    private final Dispatcher dispatcher;
    private final DueRetries retries;
    private final Duration every;
    private volatile boolean lookSoon;
    private Rest looked = Rest.NONE;
    private long seenRevision = -1;

    /// @param every how often the store is asked
    OthersChanges(String group, ParkingStore store, Dispatcher dispatcher, DueRetries retries, Duration every) {
        this.group = group;
        this.store = store;
        this.dispatcher = dispatcher;
        this.retries = retries;
        this.every = every;
    }

    /// Has the next look come at once. Any thread.
    void lookSoon() {
        lookSoon = true;
    }

    Instant nextLookAt() {
        return looked.until();
    }

    /// Looks, now and then, and has what was changed tried at the time that the store says now.
    ///
    /// @return how much it found to do
    int look(Instant now) {
        if (looked.lasts(now) && !lookSoon) {
            return 0;
        }
        lookSoon = false;
        if (dispatcher.takeover().isPending()) { // what came before, only the store knows: nothing is completed yet
            looked = Rest.of(every, now);
            return 0;
        }
        retries.forgetLost();
        long revision = store.revision(group);
        looked = Rest.of(every, now);
        if (revision == seenRevision) {
            if (dispatcher.room().isFull()) { // others may have made room
                countParked();
            }
            return 0;
        }
        Set<OrderKey> queued = noticeWaiting(now);
        for (ParkedSubject subject : dispatcher.parkedSubjects()) {
            if (subject.standing() == Standing.RESTS && !queued.contains(subject.key())) {
                retries.put(now, subject); // what held it was taken out: it is to resume
            }
        }
        countParked();
        if (!dispatcher.takeover().isPending()) { // else some were passed over
            seenRevision = revision;
        }
        return 1;
    }

    /// Has every subject that waits in the store be tried when the store says so.
    ///
    /// @return all that have a queue there
    private Set<OrderKey> noticeWaiting(Instant now) {
        Set<OrderKey> queued = new HashSet<>();
        for (WaitingSubject waiting : store.waiting(group)) {
            queued.add(waiting.key());
            ParkedSubject subject = dispatcher.takeover().noticeChange(waiting.key());
            Instant dueAt = waiting.dueAt() != null ? waiting.dueAt() : now;
            if (subject != null
                    && !waiting.held()
                    && subject.standing() != Standing.OUT
                    && (subject.dueAt() == null || dueAt.isBefore(subject.dueAt()))) {
                retries.put(dueAt, subject);
            }
        }
        return queued;
    }

    private void countParked() {
        dispatcher.parked(store.counts(group).waiting());
    }
}
