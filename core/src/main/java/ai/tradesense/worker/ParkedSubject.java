package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A subject of which events are parked, so that its later ones must wait behind them.
final class ParkedSubject {
    /// Where the subject is in the hands of the parking agent.
    enum Standing {
        /// Nothing is to be done by itself: a dead letter holds it, or its first event is not durable yet.
        RESTS,
        /// Its first event is tried at a time.
        DUE,
        /// A task of it is with its lane.
        OUT
    }

    private final OrderKey key;
    private final Session session;
    private long sent; // touched by the subject's lane alone
    private volatile int changes; // raised while its entry in the map of parked subjects is locked

    // Touched by the parking agent alone.
    private long stored;
    private Standing standing = Standing.RESTS;
    private @Nullable Instant dueAt;
    private long trustedUpTo;

    ParkedSubject(OrderKey key, Session session) {
        this.key = key;
        this.session = session;
    }

    /// The session in which this is known. What is ordered of it has an effect only while that lasts.
    Session session() {
        return session;
    }

    OrderKey key() {
        return key;
    }

    /// The lane has sent one more event to be parked.
    void countSent() {
        sent++;
    }

    /// How many events the lane has sent to be parked.
    long sent() {
        return sent;
    }

    /// One more of them is durable.
    void countStored() {
        stored++;
    }

    /// How many of them are durable.
    long stored() {
        return stored;
    }

    /// Somebody else changed what is parked of it.
    @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock of its entry
    void countChange() {
        changes++;
    }

    int changes() {
        return changes;
    }

    Standing standing() {
        return standing;
    }

    /// When it is due; null unless it is.
    @Nullable
    Instant dueAt() {
        return dueAt;
    }

    void rest() {
        standing = Standing.RESTS;
        dueAt = null;
    }

    void due(Instant at) {
        standing = Standing.DUE;
        dueAt = at;
    }

    void out() {
        standing = Standing.OUT;
        dueAt = null;
    }

    /// Events up to this sequence were marked by this very process when it brought them to their lane, so the mark does
    /// not mean that a process stopped.
    void trust(long sequence) {
        trustedUpTo = Math.max(trustedUpTo, sequence);
    }

    /// Whether an event of it may have been at hand when a process stopped.
    boolean suspects(ParkedEvent event) {
        return switch (event.progress().caution()) {
            case NONE -> false;
            case SUSPECT -> event.sequence() > trustedUpTo;
            case BEGUN -> true;
        };
    }

    @Override
    public String toString() {
        return key.toString();
    }
}
