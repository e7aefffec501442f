package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.redis.Entry.Form;
import ai.tradesense.redis.GroupProtocol.Extent;
import ai.tradesense.redis.RedisTransportException.Reason;
import ai.tradesense.transport.CompletedOffsets;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.Undecodable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A partition while this member has it: what was read ahead, what is delivered, and how far everything is
/// done with.
///
/// Each entry has a number: how many were added to the stream before it. Redis counts what was ever added and
/// keeps the count of a group with its position, so that entries which are gone before they were read are
/// noticed, and how many.
///
/// Safe for use by several threads.
final class Assignment {
    /// How many entries are read ahead before reading pauses.
    static final int ENOUGH_ENTRIES = 1_000;

    private static final int ENOUGH_BYTES = 4 << 20;
    private static final int MAX_DONE = 10_000;
    private static final long NOWHERE = -1; // of what has no place in the stream
    private static final String FOREIGN_FORM = "application/vnd.redis.resp";
    private static final Logger LOG = LoggerFactory.getLogger(Assignment.class);

    /// Where a delivered event stands.
    ///
    /// @param id of a note, that of the entry before it
    private record Place(Assignment assignment, EntryId id, long number, Form form, boolean isNote) implements Receipt {
        @Override
        public String toString() {
            return assignment.partition + ":" + (form == Form.LOSS ? "lost up to " + number + ", " : "") + id;
        }
    }

    /// A word on entries that do not count in the stream. A second one may say the same, and is another.
    private record Note(Partition partition, UUID id) implements Receipt {
        @Override
        public String toString() {
            return partition + ":lost " + id;
        }
    }

    /// A position to save.
    ///
    /// @param id everything up to here is done with
    /// @param read how many entries that are
    record Position(EntryId id, long read) {}

    /// How far was read.
    ///
    /// @param last the last entry
    /// @param count how many were added up to there
    /// @param doubted whether it is in doubt that the last entry is there
    record Reading(EntryId last, long count, boolean doubted) {}

    private final Partition partition;
    private final Partitioning partitioning;
    private final String stream;
    private final long epoch;
    private final CompletedOffsets offsets;
    private volatile long aliveUntil; // in nanoseconds of the JVM
    private volatile boolean ended;
    private volatile boolean held; // delivers nothing, so that it can be given up

    // Guarded by this.
    private final ArrayDeque<Entry> readAhead = new ArrayDeque<>();
    private int readAheadBytes;
    private final ArrayDeque<Place> unsaved = new ArrayDeque<>();
    private final Set<EntryId> doneBefore;
    private Position position;
    private Position saved;
    private String savedDone;
    private EntryId lastRead;
    private long next; // the number of the next entry to be delivered
    private long behindReadAhead; // and of the one that is read next
    private long added;
    private boolean counted;
    private Link.@Nullable Connected readOver; // the connection over which was read last
    private boolean doubted; // whether the last entry that was read is there
    private boolean vouchedFor; // it need not be, and nothing is lost
    private @Nullable Long heldSince;

    /// @param counted whether the number of the position is known; if not, it is found out when everything is
    ///     read
    /// @param added how many entries were ever added
    Assignment(
            Partition partition,
            Partitioning partitioning,
            String stream,
            long epoch,
            Position position,
            boolean counted,
            long added,
            Set<EntryId> doneBefore) {
        this.partition = partition;
        this.partitioning = partitioning;
        this.stream = stream;
        this.epoch = epoch;
        this.offsets = new CompletedOffsets(position.read);
        this.position = position;
        this.saved = position;
        this.doneBefore = new HashSet<>(doneBefore);
        this.savedDone = "";
        this.lastRead = position.id;
        this.next = position.read;
        this.behindReadAhead = next;
        this.counted = counted;
        this.added = added;
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

    // The lease.

    /// The server has extended the lease.
    void livesUntil(long nanos) {
        aliveUntil = nanos;
    }

    /// Whether the lease may have lapsed without a word from the server.
    boolean hasLapsed(long nanos) {
        return nanos - aliveUntil >= 0;
    }

    /// Nothing is delivered from now on, and what is read late is ignored.
    void end() {
        ended = true;
    }

    boolean hasEnded() {
        return ended;
    }

    /// Delivers nothing for a while, so that what is under way can end before it goes to another member. What
    /// takes long must not hold up all others: after `patience` delivery goes on, and after ten times that it
    /// is held again.
    ///
    /// @return whether it is held now
    synchronized boolean hold(long nanos, Duration patience) {
        Long since = heldSince;
        if (since == null || nanos - since > 11 * patience.toNanos()) {
            since = nanos;
            heldSince = since;
        }
        held = nanos - since <= patience.toNanos();
        return held;
    }

    synchronized void holdNoMore() {
        heldSince = null;
        held = false;
    }

    // Reading.

    synchronized boolean hasRoom() {
        return !ended && !doubted && readAhead.size() < ENOUGH_ENTRIES && readAheadBytes < ENOUGH_BYTES;
    }

    /// Whether what is read next over a connection is to begin with the last entry that was read, which shows that
    /// the same server answers, or one that has everything: another connection may lead to another server.
    synchronized boolean mustLookBack(Link.Connected connected) {
        return readOver != null && !readOver.equals(connected) && !vouchedFor;
    }

    /// Entries were read that begin with the last one that was read before, or should.
    ///
    /// @return whether they do; if not, nothing more is read until [#compare] says that nothing is lost
    synchronized boolean lookBack(List<Entry> entries) {
        doubted = entries.isEmpty() || !entries.getFirst().id().equals(lastRead);
        return !doubted;
    }

    /// The last entry that was read.
    synchronized EntryId lastRead() {
        return lastRead;
    }

    /// Entries were read over a connection that follow those before.
    synchronized void read(List<Entry> entries, Link.Connected over) {
        readOver = over;
        vouchedFor = false;
        read(entries);
    }

    synchronized void read(List<Entry> entries) {
        for (Entry entry : entries) {
            if (!ended && entry.id().compareTo(lastRead) > 0) { // or else it was read twice
                readAhead.add(entry);
                readAheadBytes += entry.body().length;
                lastRead = entry.id();
                behindReadAhead++;
            }
        }
    }

    /// How far was read.
    synchronized Reading reading() {
        return new Reading(lastRead, behindReadAhead, doubted);
    }

    /// Compares the counts. If all that is there had been read when Redis was asked, whatever else was ever
    /// added is gone.
    ///
    /// @param before how far was read before Redis was asked
    /// @return false if Redis has less than was read, so that it must have lost some
    synchronized boolean compare(Reading before, Extent extent) {
        if (extent.gap() != null || extent.last().compareTo(before.last) < 0) {
            return false;
        }
        if (before.doubted) {
            doubted = false;
            vouchedFor = true;
        }
        added = Math.max(added, extent.added());
        long missing = extent.added() - before.count;
        if (missing <= 0 || extent.newest().compareTo(before.last) > 0) {
            return true;
        }
        if (counted) {
            readAhead.add(lossOf(missing));
            behindReadAhead += missing;
        } else if (readAhead.isEmpty()) {
            behindReadAhead += missing;
            next += missing;
            offsets.skipTo(next);
            counted = true;
        }
        return true;
    }

    private Entry lossOf(long entries) {
        String text = entries + " entries of " + stream + " up to " + lastRead
                + " were deleted before this group had processed them";
        LOG.error("{}", text);
        return new Entry(lastRead, text.getBytes(UTF_8), Form.LOSS, entries);
    }

    /// Says, before anything else is delivered, that entries are gone which this group should have had.
    synchronized void noteLoss(String text) {
        LOG.error("{}", text);
        readAhead.addFirst(new Entry(position.id, text.getBytes(UTF_8), Form.LOSS, Entry.UNCOUNTED));
    }

    /// Whether such a word was not delivered yet.
    synchronized boolean hasUntoldLoss() {
        Entry first = readAhead.peek();
        return first != null && first.lost() == Entry.UNCOUNTED;
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
    synchronized void take(int most, List<Delivery> into) {
        if (ended || held) {
            return;
        }
        List<Place> places = new ArrayList<>(Math.min(most, readAhead.size()));
        for (int taken = 0; taken < most && !readAhead.isEmpty(); taken++) {
            Entry entry = readAhead.remove();
            readAheadBytes -= entry.isNote() ? 0 : entry.body().length;
            next += entry.covers();
            long number = entry.covers() == 0 ? NOWHERE : next - 1;
            Place place = new Place(this, entry.id(), number, entry.form(), entry.isNote());
            boolean isDone = !doneBefore.isEmpty() && !entry.isNote() && doneBefore.remove(entry.id());
            if (!isDone) {
                into.add(delivery(place, entry));
            }
            if (number != NOWHERE) {
                unsaved.add(place);
                if (!isDone) {
                    places.add(place);
                }
            }
        }
        offsets.deliver(places, Place::number);
        offsets.skipTo(next);
    }

    private Delivery delivery(Place place, Entry entry) {
        return switch (entry.form()) {
            case EVENT -> event(place, entry);
            case LOSS -> {
                String said = new String(entry.body(), UTF_8);
                String text = entry.isNote() ? said : "entries of " + stream + " are gone from Redis: those " + said;
                yield Delivery.undecodable(
                        place.number == NOWHERE ? new Note(partition, UUID.randomUUID()) : place,
                        new Undecodable(
                                text.getBytes(UTF_8),
                                "text/plain",
                                new RedisTransportException(Reason.LOST, text, null)));
            }
            case FOREIGN ->
                Delivery.undecodable(
                        place,
                        new Undecodable(
                                entry.body(),
                                FOREIGN_FORM,
                                new InvalidEventException(
                                        "", "an entry with other fields than '" + Entry.FIELD + "' in " + stream)));
        };
    }

    private Delivery event(Place place, Entry entry) {
        try {
            DomainEvent event = DomainEvent.of(CloudEventJson.readTrusted(entry.body()));
            Partition its = partitioning.of(event.type().domain(), event.subject());
            if (!its.equals(partition)) {
                throw new InvalidEventException("/subject", "an event of " + its + " in " + stream);
            }
            return Delivery.of(place, event);
        } catch (RuntimeException problem) {
            return Delivery.undecodable(place, new Undecodable(entry.body(), CloudEventJson.MEDIA_TYPE, problem));
        }
    }

    /// Whose delivery it is; null if it is none of this transport's.
    static @Nullable Assignment of(Delivery delivery) {
        return delivery.receipt() instanceof Place place ? place.assignment : null;
    }

    /// Settles deliveries; those of others are left alone.
    ///
    /// @return whether any was outstanding
    boolean settle(Collection<Delivery> done) {
        return offsets.complete(done, this::numberOf) > 0;
    }

    private long numberOf(Delivery delivery) {
        return delivery.receipt() instanceof Place place && place.assignment == this ? place.number : NOWHERE;
    }

    int outstanding() {
        return offsets.outstanding();
    }

    /// How many entries are there and not done with, of so many ever added.
    synchronized long lag(long ofAdded) {
        return Math.max(0, ofAdded - next) + offsets.outstanding();
    }

    /// How many entries were there when Redis was heard last and are not done with.
    synchronized long knownLag() {
        return lag(Math.max(added, behindReadAhead));
    }

    // Saving.

    /// How far everything is done with.
    synchronized Position position() {
        long lowMark = offsets.lowMark();
        Place last = null;
        while (!unsaved.isEmpty() && unsaved.element().number < lowMark) {
            last = unsaved.remove();
        }
        if (last != null) {
            position = new Position(last.id, last.number + 1);
        }
        return position;
    }

    /// Whether a position is worth saving.
    synchronized boolean isSaved(Position at) {
        return at.equals(saved);
    }

    synchronized void saved(Position at) {
        saved = at;
    }

    /// What is done with behind the position; `=` if that is saved already.
    synchronized String done() {
        String now = String.join(" ", doneIds().stream().map(EntryId::toString).toList());
        return now.equals(savedDone) ? "=" : now;
    }

    synchronized void savedDone(String done) {
        if (!done.equals("=")) {
            savedDone = done;
        }
    }

    /// The entries behind the position that are done with; the first so many, if there are more. A note is
    /// none: it has the name of the entry before it, which need not be done with.
    synchronized List<EntryId> doneIds() {
        List<EntryId> ids = new ArrayList<>();
        for (Place place : unsaved) {
            if (ids.size() < MAX_DONE && !place.isNote && !offsets.isOutstanding(place.number)) {
                ids.add(place.id);
            }
        }
        for (EntryId id : doneBefore) {
            if (ids.size() < MAX_DONE && id.compareTo(position.id) > 0) {
                ids.add(id);
            }
        }
        return ids;
    }

    @Override
    public String toString() {
        return partition + " in epoch " + epoch;
    }
}
