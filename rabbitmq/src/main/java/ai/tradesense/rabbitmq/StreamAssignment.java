package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.rabbitmq.StreamGroupState.Lease;
import ai.tradesense.rabbitmq.StreamReadAhead.Loss;
import ai.tradesense.rabbitmq.StreamReadAhead.Taker;
import ai.tradesense.transport.CompletedOffsets;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.RecentEvents;
import ai.tradesense.transport.Undecodable;
import java.time.Duration;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A partition in one epoch of a member: what of its stream is delivered, and how far everything is done with.
///
/// Its stream is read from as far before the position as it remembers, only to learn which events stand there: one
/// that another process sent a second time is not delivered again, also if the owner before has handled the first.
///
/// Safe for use by several threads.
final class StreamAssignment {
    private static final long NOWHERE = -1; // of what has no place in the stream
    private static final String FORM = "application/vnd.amqp.1.0";
    private static final Logger LOG = LoggerFactory.getLogger(StreamAssignment.class);

    /// Where a delivered event stands.
    private record Place(StreamAssignment assignment, long offset) implements Receipt {
        @Override
        public String toString() {
            return assignment.partition + ":" + offset;
        }
    }

    /// From where on events are gone, of which the group is told; the offset is outstanding until it has settled that.
    private record Gap(StreamAssignment assignment, long from) implements Receipt {
        @Override
        public String toString() {
            return assignment.partition + ":lost from " + from;
        }
    }

    private final Partition partition;
    private final Partitioning partitioning;
    private final long epoch;
    private final long start;
    private final Runnable ready;
    private final StreamReadAhead ahead;
    private final CompletedOffsets offsets;
    private final RecentEvents seen; // guarded by what was read ahead, which gives one message at a time
    private final BitSet doneBefore; // bit 0 is the start; never changed
    private volatile boolean held; // delivers nothing, so that it can be given up

    // Guarded by this.
    private Lease written;
    private @Nullable Long heldSince;

    /// @param remembered how many events of the partition are recognised at least when they come a second time
    /// @param ready called when something can be delivered; must not block
    /// @param broken called when reading has ended, or there is a gap to be looked into; must not block
    StreamAssignment(
            Partition partition,
            Partitioning partitioning,
            String stream,
            Lease lease,
            int remembered,
            Runnable ready,
            Runnable broken) {
        this.partition = partition;
        this.partitioning = partitioning;
        this.epoch = lease.epoch();
        this.start = lease.position();
        this.ready = ready;
        this.offsets = new CompletedOffsets(start);
        this.seen = new RecentEvents(remembered);
        this.doneBefore = lease.done();
        this.written = lease;
        this.ahead = new StreamReadAhead(stream, start, remembered, this::remember, ready, broken);
    }

    Partition partition() {
        return partition;
    }

    long epoch() {
        return epoch;
    }

    /// What was read of its stream.
    StreamReadAhead ahead() {
        return ahead;
    }

    /// Nothing is delivered from now on.
    void end() {
        ahead.end();
    }

    /// Delivers nothing for a while, so that what is under way can end before it goes to another member. What takes
    /// long must not hold up all others: after `patience` delivery goes on, and after ten times that it
    /// is held again.
    ///
    /// @return whether it is held now
    synchronized boolean hold(long nanos, Duration patience) {
        Long since = heldSince;
        if (since == null || nanos - since > 11 * patience.toNanos()) {
            since = nanos;
            heldSince = since;
        }
        hold(nanos - since <= patience.toNanos());
        return held;
    }

    synchronized void holdNoMore() {
        heldSince = null;
        hold(false);
    }

    private void hold(boolean now) {
        boolean goesOn = held && !now;
        held = now;
        if (goesOn && isReady()) {
            ready.run();
        }
    }

    private void remember(byte[] body) {
        try {
            Identity identity = StreamMessages.identity(AmqpMessage.decode(body));
            if (identity != null) {
                boolean _ = seen.add(identity.source(), identity.id());
            }
        } catch (InvalidEventException foreign) {
            LOG.debug("before the position stands no event", foreign);
        }
    }

    // Delivering and settling.

    /// Whether anything could be delivered now.
    boolean isReady() {
        return !held && !ahead.hasEnded() && !ahead.isEmpty();
    }

    /// Delivers up to `most` of what was read ahead.
    synchronized void take(int most, List<Delivery> into) {
        if (held || ahead.hasEnded()) {
            return;
        }
        int limit = into.size() + most;
        ahead.take(new Taker() {
            @Override
            public boolean take(long offset, byte[] body) {
                deliver(offset, body, into);
                return into.size() < limit;
            }

            @Override
            public boolean take(Loss loss) {
                deliver(loss, into);
                return into.size() < limit;
            }
        });
    }

    private void deliver(Loss loss, List<Delivery> into) {
        long from = loss.gap().from();
        if (!isDoneBefore(from)) {
            offsets.deliver(from);
            into.add(Losses.told(new Gap(this, from), loss.text()));
        }
    }

    private void deliver(long offset, byte[] body, List<Delivery> into) {
        Place place = new Place(this, offset);
        Delivery delivery;
        Identity identity = null;
        try {
            DomainEvent event = StreamMessages.event(AmqpMessage.decode(body));
            identity = new Identity(event.source().toString(), event.id());
            requireMine(event);
            delivery = Delivery.of(place, event);
        } catch (RuntimeException problem) {
            delivery = Delivery.undecodable(place, new Undecodable(body, FORM, problem));
        }
        boolean again = identity != null && !seen.add(identity.source(), identity.id());
        if (again || isDoneBefore(offset)) {
            return;
        }
        offsets.deliver(offset);
        into.add(delivery);
    }

    private void requireMine(DomainEvent event) {
        Partition its = partitioning.of(event.type().domain(), event.subject());
        if (!its.equals(partition)) {
            throw new InvalidEventException("/subject", "an event of " + its + " in " + ahead.stream());
        }
    }

    private boolean isDoneBefore(long offset) {
        long index = offset - start;
        return index < StreamRanges.MAX_OFFSETS && doneBefore.get((int) index);
    }

    /// Whose delivery it is; null if it is none of this transport's.
    static @Nullable StreamAssignment of(Delivery delivery) {
        return switch (delivery.receipt()) {
            case Place place -> place.assignment;
            case Gap gap -> gap.assignment;
            default -> null;
        };
    }

    /// Settles deliveries; those of others are left alone.
    ///
    /// @return whether any was outstanding
    boolean settle(Collection<Delivery> done) {
        return offsets.complete(done, this::offsetOf) > 0;
    }

    private long offsetOf(Delivery delivery) {
        return switch (delivery.receipt()) {
            case Place place when place.assignment == this -> place.offset;
            case Gap gap when gap.assignment == this -> gap.from;
            default -> NOWHERE;
        };
    }

    int outstanding() {
        return offsets.outstanding();
    }

    /// How many events are there and not done with, as far as is known.
    long lag() {
        return ahead.left() + offsets.outstanding();
    }

    // Saving.

    /// How far everything is done with.
    Lease state(String owner) {
        long taken = ahead.takenUpTo();
        offsets.skipTo(taken);
        long position;
        BitSet done;
        do { // the low mark only rises, and both are of one moment if it has not
            position = offsets.lowMark();
            done = offsets.completed(StreamRanges.MAX_OFFSETS);
        } while (position != offsets.lowMark());
        for (int index = doneBefore.nextSetBit(0); index >= 0; index = doneBefore.nextSetBit(index + 1)) {
            long at = start + index - position;
            if (start + index >= taken && at >= 0 && at < StreamRanges.MAX_OFFSETS) {
                done.set((int) at); // of what is not read yet
            }
        }
        return new Lease(epoch, owner, position, done);
    }

    /// What is to be written down now; null if nothing has moved since.
    @Nullable
    Lease toWrite(String owner) {
        Lease now = state(owner);
        synchronized (this) {
            return now.position() == written.position() && now.done().equals(written.done()) ? null : now;
        }
    }

    synchronized void hasWritten(Lease now) {
        written = now;
    }

    @Override
    public String toString() {
        return partition + " in epoch " + epoch;
    }
}
