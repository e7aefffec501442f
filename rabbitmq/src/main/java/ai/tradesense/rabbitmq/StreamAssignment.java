package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import ai.tradesense.rabbitmq.StreamGroupState.Lease;
import ai.tradesense.transport.CompletedOffsets;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.RecentEvents;
import ai.tradesense.transport.Undecodable;
import com.rabbitmq.stream.OffsetSpecification;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A partition in one epoch of a member: what was read ahead, what is delivered, and how far everything is done
/// with.
///
/// It begins to read as far before the position as it remembers, only to learn which events stand there: one that
/// another process sent a second time is not delivered again, also if the owner before has handled the first.
///
/// Safe for use by several threads.
final class StreamAssignment implements StreamLink.Reader {
    /// How many events are read ahead before reading pauses.
    private static final int ENOUGH_EVENTS = 4_000;

    private static final int ENOUGH_BYTES = 4 << 20;
    private static final int CREDITS = 4;
    private static final long NOWHERE = -1; // of a note that has no place in the stream
    private static final String FORM = "application/vnd.amqp.1.0";
    private static final Logger LOG = LoggerFactory.getLogger(StreamAssignment.class);

    /// Where a delivered event stands.
    private record Place(StreamAssignment assignment, long offset) implements Receipt {
        @Override
        public String toString() {
            return assignment.partition + ":" + offset;
        }
    }

    /// A message that was read, or a note of a loss.
    @SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
    private record Entry(long offset, byte[] body) {}

    /// Where reading is.
    private record Reading(StreamLink link, CompletableFuture<Integer> id) {}

    /// Messages that should have been there.
    record Gap(long from, long behind) {}

    private final Partition partition;
    private final Partitioning partitioning;
    private final String stream;
    private final long epoch;
    private final long start;
    private final Runnable ready;
    private final Runnable broken;
    private final CompletedOffsets offsets;
    private volatile boolean ended;
    private volatile boolean held; // delivers nothing, so that it can be given up

    // Guarded by this.
    private final ArrayDeque<Entry> readAhead = new ArrayDeque<>();
    private final RecentEvents seen;
    private final BitSet doneBefore; // bit 0 is the start
    private @Nullable Reading reading;
    private int readAheadBytes;
    private int owed; // chunks that are not asked for yet
    private long next; // the offset that is read next
    private long taken; // and the one that is delivered next
    private long chunkEnd;
    private boolean first; // the next message is the first one since reading began
    private byte @Nullable [] last; // the message before it
    private boolean replaced;
    private @Nullable Gap gap;
    private long end; // of the stream, as it was known last
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
        this.stream = stream;
        this.epoch = lease.epoch();
        this.start = lease.position();
        this.ready = ready;
        this.broken = broken;
        this.offsets = new CompletedOffsets(start);
        this.seen = new RecentEvents(remembered);
        this.doneBefore = lease.done();
        this.next = Math.max(0, start - remembered);
        this.taken = start;
        this.end = start; // at least
        this.written = lease;
    }

    Partition partition() {
        return partition;
    }

    String stream() {
        return stream;
    }

    long epoch() {
        return epoch;
    }

    /// Nothing is delivered from now on.
    void end() {
        ended = true;
        Reading last;
        synchronized (this) {
            last = reading;
            reading = null;
            readAhead.clear();
        }
        if (last != null && last.id.isDone() && !last.id.isCompletedExceptionally()) {
            Thread.ofVirtual().name("rabbitmq-stream-leave").start(() -> leave(last));
        }
    }

    private static void leave(Reading last) {
        try {
            last.link.unsubscribe(last.id.join());
        } catch (RuntimeException silent) {
            LOG.debug("a reader could not be ended", silent);
            last.link.abandon();
        }
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
        boolean goesOn = held && !now && !readAhead.isEmpty();
        held = now;
        if (goesOn) {
            ready.run();
        }
    }

    // Reading.

    synchronized boolean isReading() {
        return reading != null || ended;
    }

    /// Reads on from where reading was. Blocks.
    void read(StreamBroker broker, StreamTail tail) {
        long known = tail.end(stream);
        StreamLink link = broker.toRead(stream, Purpose.READING);
        CompletableFuture<Integer> id = new CompletableFuture<>();
        long from;
        synchronized (this) {
            if (ended) {
                return;
            }
            if (known < Math.max(end, next)) {
                replaced = true; // it has less than was there before
            }
            if (replaced) {
                return;
            }
            end = Math.max(end, known);
            from = last == null ? next : next - 1; // to see that it is the same stream
            first = true;
            owed = 0;
            chunkEnd = 0;
            reading = new Reading(link, id);
        }
        try {
            OffsetSpecification where = from == 0 ? OffsetSpecification.first() : OffsetSpecification.offset(from);
            id.complete(broker.asked(() -> link.subscribe(stream, where, CREDITS, this)));
        } catch (RuntimeException failure) {
            id.completeExceptionally(failure);
            synchronized (this) {
                reading = null;
            }
            throw failure;
        }
        if (ended) {
            leave(new Reading(link, id));
        }
    }

    /// The stream ends here, as far as was asked.
    synchronized void knowEnd(long at) {
        end = Math.max(end, at);
    }

    /// Whether more is there than is read ahead, so that its end should be asked for.
    synchronized boolean isFull() {
        return owed > 0;
    }

    @Override
    public void chunk(long firstOffset, long messages) {
        Reading now;
        synchronized (this) {
            if (chunkEnd > next && !ended) { // the client could not read a message
                LOG.error("{}: not all messages up to {} could be read; reading again from {}", stream, chunkEnd, next);
                abandon();
                return;
            }
            chunkEnd = firstOffset + messages;
            now = reading;
            if (readAhead.size() >= ENOUGH_EVENTS || readAheadBytes >= ENOUGH_BYTES) {
                owed++;
                now = null;
            }
        }
        credit(now, 1);
    }

    private void abandon() {
        Reading bad = reading;
        if (bad != null) {
            bad.link.abandon();
        }
    }

    private static void credit(@Nullable Reading now, int chunks) {
        if (now != null) {
            CompletableFuture<Void> _ = now.id.thenAccept(id -> now.link.credit(id, chunks));
        }
    }

    @Override
    public void message(long offset, byte[] body) {
        boolean wasEmpty;
        synchronized (this) {
            byte[] known = last;
            if (first && offset == next - 1 && known != null && !Arrays.equals(known, body)) {
                replaced = true;
                broken.run();
            }
            if (ended || replaced || offset < next) {
                return;
            }
            last = body;
            if (offset < start) {
                next = offset + 1;
                first = false;
                remember(body);
                return;
            }
            long expected = Math.max(next, start);
            if (offset > expected && (first || offset > expected + 1)) { // else it is the broker's own note
                gap = new Gap(expected, offset);
                broken.run();
            }
            first = false;
            next = offset + 1;
            end = Math.max(end, next);
            if (StreamMessages.isMark(body)) {
                skipUnlessBehind();
                return;
            }
            wasEmpty = readAhead.isEmpty();
            readAhead.add(new Entry(offset, body));
            readAheadBytes += body.length;
        }
        if (wasEmpty) {
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

    @Override
    public void ended(RabbitTransportException why) {
        synchronized (this) {
            reading = null;
        }
        broken.run();
    }

    /// Whether the stream was deleted and made anew, so that its numbers mean something else.
    synchronized boolean isReplaced() {
        return replaced;
    }

    /// Messages that were skipped, to be looked into.
    synchronized @Nullable Gap takeGap() {
        Gap found = gap;
        gap = null;
        return found;
    }

    /// Says, before anything else is delivered, that events are gone which this group should have had.
    void noteLoss(String text) {
        LOG.error("{}", text);
        synchronized (this) {
            readAhead.addFirst(new Entry(NOWHERE, text.getBytes(UTF_8)));
        }
        ready.run();
    }

    // Delivering and settling.

    /// Whether anything could be delivered now.
    boolean isReady() {
        if (ended || held) {
            return false;
        }
        synchronized (this) {
            return !readAhead.isEmpty();
        }
    }

    /// Delivers up to `most` of what was read ahead.
    void take(int most, List<Delivery> into) {
        Reading now = null;
        int chunks = 0;
        synchronized (this) {
            if (ended || held) {
                return;
            }
            int limit = into.size() + most;
            while (into.size() < limit && !readAhead.isEmpty()) {
                Entry entry = readAhead.remove();
                if (entry.offset == NOWHERE) {
                    into.add(note(entry));
                } else {
                    readAheadBytes -= entry.body.length;
                    taken = entry.offset + 1;
                    deliver(entry, into);
                }
            }
            skipUnlessBehind();
            if (owed > 0 && readAhead.size() < ENOUGH_EVENTS / 2 && readAheadBytes < ENOUGH_BYTES / 2) {
                chunks = owed;
                owed = 0;
                now = reading;
            }
        }
        credit(now, chunks);
    }

    /// What was read and is not to be delivered is done with.
    private void skipUnlessBehind() {
        if (readAhead.isEmpty()) {
            taken = Math.max(taken, next);
        }
        offsets.skipTo(taken);
    }

    private void deliver(Entry entry, List<Delivery> into) {
        Place place = new Place(this, entry.offset);
        Delivery delivery;
        Identity identity = null;
        try {
            DomainEvent event = StreamMessages.event(AmqpMessage.decode(entry.body));
            identity = new Identity(event.source().toString(), event.id());
            requireMine(event);
            delivery = Delivery.of(place, event);
        } catch (RuntimeException problem) {
            delivery = Delivery.undecodable(place, new Undecodable(entry.body, FORM, problem));
        }
        boolean again = identity != null && !seen.add(identity.source(), identity.id());
        if (again || isDoneBefore(entry.offset)) {
            return;
        }
        offsets.deliver(entry.offset);
        into.add(delivery);
    }

    private void requireMine(DomainEvent event) {
        Partition its = partitioning.of(event.type().domain(), event.subject());
        if (!its.equals(partition)) {
            throw new InvalidEventException("/subject", "an event of " + its + " in " + stream);
        }
    }

    private boolean isDoneBefore(long offset) {
        long index = offset - start;
        return index < StreamRanges.MAX_OFFSETS && doneBefore.get((int) index);
    }

    private Delivery note(Entry entry) {
        String text = new String(entry.body, UTF_8);
        return Delivery.undecodable(
                new Place(this, NOWHERE),
                new Undecodable(entry.body, "text/plain", new RabbitTransportException(Reason.GONE, text, null)));
    }

    /// Whose delivery it is; null if it is none of this transport's.
    static @Nullable StreamAssignment of(Delivery delivery) {
        return delivery.receipt() instanceof Place place ? place.assignment : null;
    }

    /// Settles deliveries; those of others are left alone.
    ///
    /// @return whether any was outstanding
    boolean settle(Collection<Delivery> done) {
        return offsets.complete(done, this::offsetOf) > 0;
    }

    private long offsetOf(Delivery delivery) {
        return delivery.receipt() instanceof Place place && place.assignment == this ? place.offset : NOWHERE;
    }

    int outstanding() {
        return offsets.outstanding();
    }

    /// How many events are there and not done with, as far as is known.
    synchronized long lag() {
        return readAhead.size() + offsets.outstanding() + Math.max(0, end - Math.max(next, start));
    }

    // Saving.

    /// How far everything is done with.
    Lease state(String owner) {
        long position;
        BitSet done;
        do { // the low mark only rises, and both are of one moment if it has not
            position = offsets.lowMark();
            done = offsets.completed(StreamRanges.MAX_OFFSETS);
        } while (position != offsets.lowMark());
        synchronized (this) {
            for (int index = doneBefore.nextSetBit(0); index >= 0; index = doneBefore.nextSetBit(index + 1)) {
                long at = start + index - position;
                if (start + index >= taken && at >= 0 && at < StreamRanges.MAX_OFFSETS) {
                    done.set((int) at); // of what is not read yet
                }
            }
        }
        return new Lease(epoch, owner, position, done);
    }

    /// What is to be written down now; null if nothing has moved since.
    @Nullable
    Lease toWrite(String owner) {
        Lease now = state(owner);
        synchronized (this) {
            if (now.position() == written.position() && now.done().equals(written.done())) {
                return null;
            }
            written = now;
            return now;
        }
    }

    @Override
    public String toString() {
        return partition + " in epoch " + epoch;
    }
}
