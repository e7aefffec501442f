package ai.tradesense.kafka;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.kafka.Losses.Loss;
import ai.tradesense.transport.CompletedOffsets;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.RecentEvents;
import ai.tradesense.transport.Undecodable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A partition while this member has it: what was fetched ahead, what is delivered, and how far everything is done
/// with. A partition that is lost and comes again is another assignment: that is the epoch, and what was delivered
/// in an older one is settled in vain.
///
/// **An event that stands in the partition twice is delivered once.** A publisher in doubt sends an event
/// again, and the former owner may have had the first copy. So reading begins some records before the position,
/// and what stands there is only remembered, as is what is done with behind it. It is remembered in its turn:
/// of two copies the latter may be the one that is done with, having been left out.
///
/// Safe for use by several threads.
final class Assignment {
    /// How many events of a partition are remembered at least, and how many are read again to know them.
    static final int REMEMBERED = 4_096;

    private static final int ENOUGH_RECORDS = 2_000;
    private static final int ENOUGH_BYTES = 4 << 20;
    private static final long NOWHERE = -1; // what stands there is another's, or nothing
    private static final Logger LOG = LoggerFactory.getLogger(Assignment.class);

    /// Where a delivered event stands.
    private record Place(Assignment assignment, long offset) implements Receipt {
        @Override
        public String toString() {
            return assignment.partition + ":" + offset;
        }
    }

    /// From where on records are gone, of which the group is told.
    private record Gap(Assignment assignment, Loss loss) implements Receipt {
        @Override
        public String toString() {
            return assignment.partition + ":" + loss.place();
        }
    }

    /// What is known of a group in a partition.
    ///
    /// @param offset everything before is done with
    /// @param done what is done with behind it; bit 0 is the offset
    record Position(long offset, BitSet done) {
        static Position of(OffsetAndMetadata committed) {
            return new Position(committed.offset(), DoneOffsets.read(committed.metadata()));
        }

        static Position at(long offset) {
            return new Position(offset, new BitSet());
        }

        OffsetAndMetadata committable() {
            return new OffsetAndMetadata(offset, DoneOffsets.write(done));
        }
    }

    private final Partition partition;
    private final TopicPartition topicPartition;
    private final Partitioning partitioning;
    private final CompletedOffsets offsets;
    private volatile boolean ended;
    private volatile boolean held; // delivers nothing, so that it can be given up
    private final RecentEvents seen = new RecentEvents(REMEMBERED); // of the thread that takes

    // Guarded by this.
    private final ArrayDeque<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();
    private long fetchedBytes;
    private final Losses losses = new Losses(); // to be settled before anything else is delivered
    private final Position start;
    private final long readFrom;
    private long next; // the offset of what is delivered next
    private long behindFetched; // and of what is fetched next
    private volatile @Nullable OffsetAndMetadata committed;

    /// @param readFrom where reading begins, at or before the position
    Assignment(TopicPartition topicPartition, Partitioning partitioning, Position start, long readFrom) {
        this.topicPartition = topicPartition;
        this.partitioning = partitioning;
        this.partition = partitioning.partition(topicPartition);
        this.start = start;
        this.offsets = new CompletedOffsets(start.offset);
        this.next = start.offset;
        this.behindFetched = readFrom;
        this.readFrom = readFrom;
    }

    Partition partition() {
        return partition;
    }

    TopicPartition topicPartition() {
        return topicPartition;
    }

    /// Nothing is delivered from now on, and what is fetched late is ignored.
    void end() {
        ended = true;
    }

    boolean hasEnded() {
        return ended;
    }

    /// Nothing is delivered any more, so that what is under way can end before the partition goes to another member.
    void hold() {
        held = true;
    }

    // Fetching.

    long readFrom() {
        return readFrom;
    }

    /// Whether what stands at an offset is only read to be remembered.
    boolean isPast(long offset) {
        return offset < start.offset;
    }

    synchronized boolean hasRoom() {
        return fetched.size() < ENOUGH_RECORDS && fetchedBytes < ENOUGH_BYTES;
    }

    synchronized boolean hasMuchRoom() {
        return fetched.size() < ENOUGH_RECORDS / 2 && fetchedBytes < ENOUGH_BYTES / 2;
    }

    /// Records were fetched that follow those before.
    ///
    /// @param behind the offset of what is fetched next
    synchronized void fetched(List<ConsumerRecord<byte[], byte[]>> records, long behind) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.offset() >= behindFetched) {
                fetched.add(record);
                fetchedBytes += sizeOf(record);
            }
        }
        behindFetched = Math.max(behindFetched, behind);
        skipToFetched();
    }

    private static int sizeOf(ConsumerRecord<byte[], byte[]> record) {
        return Math.max(0, record.serializedValueSize()) + Math.max(0, record.serializedKeySize());
    }

    /// What is no record (of transactions, of a compaction) is done with.
    private void skipToFetched() {
        if (fetched.isEmpty() && behindFetched > next && !losses.areUnsettled()) {
            next = behindFetched;
            offsets.skipTo(next);
        }
    }

    /// Says that records are gone which a group should have had. It delivers nothing else until that is settled.
    ///
    /// @param offset where the group was
    /// @param beginning what Kafka has begins there, and is fetched next
    /// @param stayAt the position until this is settled; null if it is where everything delivered is done with
    /// @param whenSettled is run when it delivers again; must not block
    synchronized void noteLoss(
            String group, long offset, long beginning, @Nullable Position stayAt, Runnable whenSettled) {
        losses.note(group, topicPartition, offset, beginning, stayAt, whenSettled);
        behindFetched = Math.max(behindFetched, beginning);
    }

    // Delivering and settling.

    /// Whether anything could be delivered now.
    boolean isReady() {
        if (ended || held) {
            return false;
        }
        synchronized (this) {
            return losses.areUntold() || (!losses.areUnsettled() && !fetched.isEmpty());
        }
    }

    /// Delivers up to `most` of what was fetched. For use by one thread.
    void take(int most, EventRecords reader, List<Delivery> into) {
        if (ended || held) {
            return;
        }
        List<ConsumerRecord<byte[], byte[]>> passed = new ArrayList<>();
        synchronized (this) {
            for (Loss loss = losses.next(); loss != null; loss = losses.next()) {
                into.add(Delivery.undecodable(new Gap(this, loss), loss.undecodable()));
            }
            if (losses.areUnsettled()) {
                return;
            }
            List<ConsumerRecord<byte[], byte[]>> taken = new ArrayList<>();
            while (taken.size() < most && !fetched.isEmpty()) {
                ConsumerRecord<byte[], byte[]> record = fetched.remove();
                fetchedBytes -= sizeOf(record);
                next = Math.max(next, record.offset() + 1);
                if (!EventRecords.isFence(record)) {
                    passed.add(record);
                    if (isWanted(record)) {
                        taken.add(record);
                    }
                }
            }
            offsets.deliver(taken, ConsumerRecord::offset);
            offsets.skipTo(next);
            skipToFetched();
        }
        pass(passed, reader, into);
    }

    private void pass(List<ConsumerRecord<byte[], byte[]>> records, EventRecords reader, List<Delivery> into) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (!isWanted(record)) {
                remember(record);
                continue;
            }
            Delivery delivery = delivery(record, reader);
            DomainEvent event = delivery.event();
            if (event == null || seen.add(event)) {
                into.add(delivery);
            } else {
                LOG.debug("{} stands at {} again", event, delivery.receipt());
                offsets.complete(record.offset());
            }
        }
    }

    private boolean isWanted(ConsumerRecord<byte[], byte[]> record) {
        return !isPast(record.offset()) && !isDone(record.offset());
    }

    private void remember(ConsumerRecord<byte[], byte[]> record) {
        EventKey key = EventRecords.keyOf(record);
        if (key != null) {
            seen.add(key.source(), key.id());
        }
    }

    private boolean isDone(long offset) {
        long index = offset - start.offset;
        return index < start.done.length() && start.done.get((int) index);
    }

    private Delivery delivery(ConsumerRecord<byte[], byte[]> record, EventRecords reader) {
        Place place = new Place(this, record.offset());
        try {
            DomainEvent event = reader.event(record);
            Partition its = partitioning.of(event.type().domain(), event.subject());
            if (!its.equals(partition)) {
                throw new InvalidEventException(
                        "/subject",
                        "an event of " + its + " in " + partition
                                + ": the key of the record must be the subject, placed as Kafka's client for Java does");
            }
            return Delivery.of(place, event);
        } catch (RuntimeException problem) {
            byte[] value = record.value();
            byte[] raw = value == null ? new byte[0] : value;
            return Delivery.undecodable(place, new Undecodable(raw, EventRecords.contentTypeOf(record), problem));
        }
    }

    /// Whose delivery it is; null if it is none of this transport's.
    static @Nullable Assignment of(Delivery delivery) {
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
        boolean moved = offsets.complete(done, this::offsetOf) > 0;
        return losses.areUnsettled() ? settleLosses(done) || moved : moved;
    }

    private synchronized boolean settleLosses(Collection<Delivery> done) {
        boolean moves = false;
        for (Delivery delivery : done) {
            if (delivery.receipt() instanceof Gap gap && gap.assignment == this) {
                moves |= losses.settle(gap.loss.from());
            }
        }
        skipToFetched();
        return moves;
    }

    private long offsetOf(Delivery delivery) {
        return delivery.receipt() instanceof Place place && place.assignment == this ? place.offset : NOWHERE;
    }

    int outstanding() {
        return offsets.outstanding();
    }

    /// How many records are not done with, if the partition ends there.
    synchronized long lag(long end) {
        return Math.max(0, Math.max(end, behindFetched) - next) + offsets.outstanding();
    }

    // Committing.

    /// How far everything is done with.
    synchronized Position position() {
        Position stayAt = losses.stayAt();
        if (stayAt != null) {
            return stayAt;
        }
        long offset;
        BitSet done;
        do { // what is settled meanwhile may move the low mark, from which the bits count
            offset = offsets.lowMark();
            done = offsets.completed(DoneOffsets.MAX_OFFSETS);
        } while (offset != offsets.lowMark());
        int known = Math.clamp(start.offset + start.done.length() - next, 0, DoneOffsets.MAX_OFFSETS);
        for (int ahead = 0; ahead < known; ahead++) { // what a member before this one had done with
            long index = next + ahead - offset;
            if (index < DoneOffsets.MAX_OFFSETS && isDone(next + ahead)) {
                done.set((int) index);
            }
        }
        return new Position(offset, done);
    }

    /// What is to be committed; null if it is committed already.
    @Nullable
    OffsetAndMetadata uncommitted() {
        OffsetAndMetadata now = position().committable();
        return now.equals(committed) ? null : now;
    }

    /// Of each of them what is to be committed; those where nothing is are left out.
    static Map<TopicPartition, OffsetAndMetadata> uncommitted(Collection<Assignment> assignments) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (Assignment assignment : assignments) {
            OffsetAndMetadata position = assignment.uncommitted();
            if (position != null) {
                offsets.put(assignment.topicPartition, position);
            }
        }
        return offsets;
    }

    void committed(OffsetAndMetadata now) {
        committed = now;
    }

    @Override
    public String toString() {
        return partition + " from " + start.offset;
    }
}
