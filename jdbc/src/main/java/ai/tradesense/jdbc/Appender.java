package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.store.WrongExpectedVersionException;
import ai.tradesense.transport.RecentEvents;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of the log, where events are added. Belongs to the writer, and to one session: after a rollback a
/// new one reads from the database what is really there.
///
/// Events of one transaction are put together into [Block]s. Whether an event is there already is looked up
/// among the ids of the events that are not sealed, all of which are in memory, and then among the sealed ones,
/// see [IdIndex].
final class Appender implements AutoCloseable {
    /// How many events a block holds at most.
    static final int MAX_BLOCK_EVENTS = 256;

    /// How many bytes a block holds at most, unless a single event is larger.
    static final int MAX_BLOCK_BYTES = 8 * 1_024;

    /// The ids of so many of the newest events are in memory: those that are not sealed, and enough before them
    /// for ids that were given a while before they were published.
    private static final int RECENT_IDS = 8 * Segment.MIN_EVENTS;

    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

    private final Connection connection;
    private final InstantSource clock;
    private final PreparedStatement insertBlock;
    private final BatchRows batches;
    private final BlockReader blocks;
    private final IdIndex ids;
    private final SegmentRows segments;
    private final BlockCursor cursor = new BlockCursor();
    private final RecentEvents recentIds = new RecentEvents(RECENT_IDS);
    private final Block.Builder block = new Block.Builder(MAX_BLOCK_BYTES + 4_096);
    private Segment.Builder segment = new Segment.Builder();
    private @Nullable Block lastCompared;
    private long nextPosition;
    private Appended appended;

    Appender(Connection connection, InstantSource clock) throws SQLException {
        this.connection = connection;
        this.clock = clock;
        this.insertBlock =
                connection.prepareStatement("INSERT INTO blocks (first_position, events, records) VALUES (?, ?, ?)");
        this.batches = new BatchRows(connection);
        this.blocks = new BlockReader(connection);
        this.ids = new IdIndex(connection);
        this.segments = new SegmentRows(connection);
        Block last = blocks.last();
        this.nextPosition = last == null ? 1 : last.lastPosition() + 1;
        this.appended = new Appended(nextPosition);
        blocks.upwards(SegmentRows.lastSealed(connection) + 1, Long.MAX_VALUE, this::remember);
    }

    private boolean remember(Block unsealed) {
        EventKeys keys = new EventKeys(1);
        cursor.open(unsealed);
        while (cursor.next()) {
            try {
                if (cursor.isRemoved()) {
                    RecordReader removed = cursor.record();
                    segment.addId(cursor.position(), IdKeys.keyOf(removed.id()));
                    recentIds.add(removed.source(), removed.id());
                    continue;
                }
                DomainEvent event = cursor.event();
                keys.set(0, event);
                segment.add(cursor.position(), event, keys, 0);
                recentIds.add(event);
            } catch (RuntimeException problem) {
                LOG.warn("the event at position {} cannot be read", cursor.position(), problem);
                segment.addUnknown();
            }
        }
        return true;
    }

    /// The position of the newest event, 0 if there is none; the events of the open transaction count.
    long head() {
        return nextPosition - 1;
    }

    /// Adds a batch to the open transaction if streams are as it expects, and notes which of its events were
    /// there before.
    void append(Append batch, StreamIndex streams) throws SQLException {
        if (!batch.expectations().isEmpty()) {
            batch.conflict(isRepeated(batch) ? null : conflict(batch.expectations(), streams));
            if (batch.isRefused()) {
                return;
            }
        }
        add(batch);
    }

    /// Whether there are events and all were appended before.
    private boolean isRepeated(Append batch) throws SQLException {
        for (int i = 0; i < batch.events(); i++) {
            DomainEvent event = batch.event(i);
            Map<Long, long[]> hashed = ids.findHashed(batch.keys(), i, i + 1);
            if (!isSealed(batch.keys().id(i), hashed, event)
                    && !recentIds.contains(event.source().toString(), event.id())) {
                return false;
            }
        }
        return batch.events() > 0;
    }

    private @Nullable WrongExpectedVersionException conflict(List<Expectation> expectations, StreamIndex streams)
            throws SQLException {
        for (Expectation each : expectations) {
            long version = streams.version(connection, each.stream(), each.known()) + appended.count(each.stream());
            if (!each.expected().isMetBy(version)) {
                return each.conflict(version);
            }
        }
        return null;
    }

    private void add(Append batch) throws SQLException {
        for (int start = 0; start < batch.events(); start += IdIndex.LOOKUP_KEYS) {
            int end = Math.min(batch.events(), start + IdIndex.LOOKUP_KEYS);
            Map<Long, long[]> hashed = ids.findHashed(batch.keys(), start, end);
            for (int i = start; i < end; i++) {
                DomainEvent event = batch.event(i);
                boolean isNew = !isSealed(batch.keys().id(i), hashed, event) && recentIds.add(event);
                batch.duplicate(i, !isNew);
                if (isNew) {
                    add(batch, i);
                }
            }
        }
    }

    /// Whether an event is among the sealed ones.
    private boolean isSealed(long key, Map<Long, long[]> hashed, DomainEvent event) throws SQLException {
        long[] positions = IdKeys.isOrdered(key) ? ids.findOrdered(key) : hashed.get(key);
        return positions != null && isAtAny(positions, event);
    }

    private boolean isAtAny(long[] positions, DomainEvent event) throws SQLException {
        for (long position : positions) {
            Block candidate = lastCompared;
            if (candidate == null || position < candidate.firstPosition() || position > candidate.lastPosition()) {
                candidate = blocks.at(position);
                lastCompared = candidate;
            }
            if (candidate != null && isAt(candidate, position, event)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAt(Block candidate, long position, DomainEvent event) {
        try {
            cursor.open(candidate);
            cursor.moveTo(position);
            if (cursor.isRemoved()) {
                RecordReader removed = cursor.record();
                return removed.id().equals(event.id())
                        && removed.source().equals(event.source().toString());
            }
            DomainEvent stored = cursor.event();
            return stored.id().equals(event.id()) && stored.source().equals(event.source());
        } catch (RuntimeException problem) {
            LOG.warn("the event at position {} cannot be read; nothing is a duplicate of it", position, problem);
            return false;
        }
    }

    private void add(Append batch, int index) throws SQLException {
        int start = batch.recordStart(index);
        int end = batch.recordEnd(index);
        if (block.events() == MAX_BLOCK_EVENTS || block.size() + end - start > MAX_BLOCK_BYTES) {
            flush();
        }
        block.add(batch.records(), start, end);
        DomainEvent event = batch.event(index);
        segment.add(nextPosition, event, batch.keys(), index);
        appended.add(event, end - start);
        nextPosition++;
    }

    /// Writes the block that is begun, if there is one.
    void flush() throws SQLException {
        if (block.events() == 0) {
            return;
        }
        long firstPosition = nextPosition - block.events();
        byte[] bytes = block.toBytes(clock.instant());
        insertBlock.setLong(1, firstPosition);
        insertBlock.setInt(2, block.events());
        insertBlock.setBytes(3, bytes);
        insertBlock.executeUpdate();
        batches.add(firstPosition, block.events(), bytes);
        block.clear();
        if (segment.isFull()) {
            segments.add(segment);
            ids.add(segment.ids(), nextPosition - RECENT_IDS);
            segment = new Segment.Builder();
        }
    }

    /// Events that are not sealed were removed in the open transaction.
    void removed(Map<EventType, Integer> unsealed) {
        segment.remove(unsealed);
    }

    /// What the transaction added, which is now durable; the next one begins.
    Appended takeAppended() {
        Appended taken = appended;
        appended = new Appended(nextPosition);
        return taken;
    }

    @Override
    public void close() throws SQLException {
        try (insertBlock;
                batches;
                blocks;
                ids;
                segments) {
            // Closed by leaving.
        }
    }
}
