package ai.tradesense.jdbc;

import ai.tradesense.transport.CompletedOffsets;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Receipt;
import java.time.Duration;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// A partition while this member has it. Guarded by the subscription that it belongs to, except for what says
/// otherwise.
final class PostgresAssignment {
    /// Where an event stands, and whom it was delivered to.
    private record Place(long position, PostgresAssignment assignedTo) implements Receipt {
        @Override
        public String toString() {
            return "log:" + position;
        }
    }

    private static final int HOLD_PAUSE = 10;

    private final Partition partition;
    private final long epoch;
    private final CompletedOffsets offsets;
    private long next; // the position to deliver on from
    private long saved; // everything up to here is done with, and the database knows
    private long aliveUntil; // in nanoseconds of the JVM
    private @Nullable Long heldSince;
    private boolean held;

    /// @param position up to and with which event the group is done
    PostgresAssignment(Partition partition, long epoch, long position, long aliveUntil) {
        this.partition = partition;
        this.epoch = epoch;
        this.offsets = new CompletedOffsets(position + 1);
        this.next = position + 1;
        this.saved = position;
        this.aliveUntil = aliveUntil;
    }

    Partition partition() {
        return partition;
    }

    long epoch() {
        return epoch;
    }

    long next() {
        return next;
    }

    void livesUntil(long nanos) {
        aliveUntil = nanos;
    }

    /// Whether the lease may have lapsed without a word from the database.
    boolean hasLapsed(long nanos) {
        return nanos - aliveUntil >= 0;
    }

    Delivery deliver(long position, PostgresEvent event) {
        offsets.deliver(position);
        next = position + 1;
        return event.delivery(new Place(position, this));
    }

    /// Nothing of this partition stands before a position that was not delivered.
    void skipTo(long position) {
        if (position > next) {
            next = position;
            offsets.skipTo(position);
        }
    }

    /// Whose delivery it is; null if it is none of this transport's.
    static @Nullable PostgresAssignment of(Delivery delivery) {
        return delivery.receipt() instanceof Place place ? place.assignedTo : null;
    }

    /// Settles deliveries; those of others are left alone. Safe for use by several threads.
    void settle(Collection<Delivery> done) {
        offsets.complete(done, this::positionOf);
    }

    private long positionOf(Delivery delivery) {
        return delivery.receipt() instanceof Place place && place.assignedTo == this ? place.position : -1;
    }

    int outstanding() {
        return offsets.outstanding();
    }

    /// Everything up to and with this is done with.
    long position() {
        return offsets.lowMark() - 1;
    }

    boolean isSaved() {
        return position() == saved;
    }

    void saved(long position) {
        saved = position;
    }

    /// How far the newest event that was delivered is ahead of the oldest that is not done with.
    long ahead() {
        return next - offsets.lowMark();
    }

    boolean isHeld() {
        return held;
    }

    /// Delivers nothing for a while, so that what is under way can end before it goes to another member. What
    /// takes long must not hold up all others: after `patience` delivery goes on, and after ten times that it
    /// is held again.
    void hold(long nanos, Duration patience) {
        Long since = heldSince;
        if (since == null || nanos - since > (1 + HOLD_PAUSE) * patience.toNanos()) {
            since = nanos;
            heldSince = since;
        }
        held = nanos - since <= patience.toNanos();
    }

    void holdNoMore() {
        heldSince = null;
        held = false;
    }

    @Override
    public String toString() {
        return partition + " in epoch " + epoch;
    }
}
