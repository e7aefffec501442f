package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionReports;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.StreamSlice.StreamEvent;
import ai.tradesense.store.UnreadableEvent;
import ai.tradesense.store.UnreadableEventException;
import ai.tradesense.transport.Published;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log as a store: positions count from 1 without gaps, in the order of the commits.
final class JdbcEventStore implements EventStore {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcEventStore.class);

    private final LogWriter writer;
    private final ReadConnections readers;
    private final LogTail tail;
    private final StreamIndex streams;
    private final SqliteRetention retention;
    private final ProjectionReports projections;

    JdbcEventStore(
            LogWriter writer,
            ReadConnections readers,
            LogTail tail,
            StreamIndex streams,
            SqliteRetention retention,
            ProjectionReports projections) {
        this.writer = writer;
        this.readers = readers;
        this.tail = tail;
        this.streams = streams;
        this.retention = retention;
        this.projections = projections;
    }

    @Override
    public List<Published> append(List<DomainEvent> events) {
        if (events.isEmpty()) {
            return List.of();
        }
        Append append = new Append(events);
        writer.execute(append);
        return append.outcome();
    }

    @Override
    public List<Published> appendStreams(List<StreamAppend> appends) {
        List<DomainEvent> events = StreamAppend.eventsOf(appends);
        streams.use();
        Append append = new Append(events, Expectation.of(appends, streams::sealed));
        if (append.events() == 0 && append.expectations().isEmpty()) {
            return List.of();
        }
        writer.execute(append);
        return append.outcome();
    }

    @Override
    public StreamSlice readStream(StreamQuery query) {
        streams.use();
        return readers.read(connection -> {
            long[] positions = streams.positions(connection, query.stream());
            long begins = retention.removed() == 0 ? 1 : retention.firstVersion(connection, query.stream(), positions);
            StreamQuery kept = query.notBefore(begins);
            long first = Math.max(begins, kept.first(positions.length));
            List<StreamEvent> found =
                    StreamReading.read(connection, query.stream(), positions, first, kept.last(positions.length));
            return new StreamSlice(
                    query.stream(),
                    positions.length,
                    begins,
                    query.order() == Order.NEWEST_FIRST ? found.reversed() : found);
        });
    }

    @Override
    public EventPage search(EventQuery query) {
        boolean upwards = query.order() == Order.OLDEST_FIRST;
        Long after = query.after();
        long first = upwards && after != null ? behind(after) : 1;
        long last = !upwards && after != null ? Math.min(tail.head(), Math.max(after, 1) - 1) : tail.head();
        EventSearch search = new EventSearch(query, first, last, query.limit());
        return readers.read(search::run);
    }

    @Override
    public EventPage read(long afterPosition, EventQuery filter, int limit) {
        EventQuery query = oldestFirst(filter);
        EventSearch search = new EventSearch(query, behind(afterPosition), tail.head(), limit);
        return readers.read(search::run);
    }

    private static long behind(long position) {
        return Math.clamp(position, 0, Long.MAX_VALUE - 1) + 1;
    }

    /// The same for who reads from a position on.
    static EventQuery oldestFirst(EventQuery filter) {
        return new EventQuery(
                filter.type(),
                filter.subject(),
                filter.source(),
                filter.correlationId(),
                filter.causationId(),
                filter.from(),
                filter.to(),
                null,
                filter.limit(),
                Order.OLDEST_FIRST);
    }

    @Override
    public Optional<StoredEvent> find(String id) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        return readers.read(connection -> {
            try (BlockReader blocks = new BlockReader(connection)) {
                long sealed = SegmentRows.lastSealed(connection);
                StoredEvent found = findSealed(connection, blocks, id, utf8);
                return Optional.ofNullable(found != null ? found : findUnsealed(blocks, sealed, utf8));
            }
        });
    }

    private static @Nullable StoredEvent findSealed(Connection connection, BlockReader blocks, String id, byte[] utf8)
            throws SQLException {
        BlockCursor cursor = new BlockCursor();
        for (long position : positionsOf(connection, IdKeys.keyOf(id))) {
            Block block = blocks.at(position);
            StoredEvent found = block == null ? null : find(block, position, cursor, utf8);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /// Where sealed events stand whose ids have a key, ascending.
    private static List<Long> positionsOf(Connection connection, long key) throws SQLException {
        List<Long> positions = new ArrayList<>();
        if (!IdKeys.isOrdered(key)) {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT position FROM hashed_ids WHERE id_key = ? ORDER BY position")) {
                select.setLong(1, key);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        positions.add(row.getLong(1));
                    }
                }
            }
            return positions;
        }
        try (PreparedStatement select = connection.prepareStatement("SELECT first_position, keys FROM segment_ids"
                + " WHERE min_key <= ?1 AND max_key >= ?1 ORDER BY first_position")) {
            select.setLong(1, key);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    for (long position :
                            IdRun.of(row.getLong(1), row.getBytes(2)).positionsOf(key)) {
                        positions.add(position);
                    }
                }
            }
        }
        return positions;
    }

    private @Nullable StoredEvent findUnsealed(BlockReader blocks, long sealed, byte[] utf8) throws SQLException {
        BlockCursor cursor = new BlockCursor();
        StoredEvent[] found = new StoredEvent[1];
        blocks.upwards(sealed + 1, tail.head(), block -> {
            found[0] = find(block, sealed + 1, cursor, utf8);
            return found[0] == null;
        });
        return found[0];
    }

    /// The first event of an id in a block, from a position on.
    private static @Nullable StoredEvent find(Block block, long from, BlockCursor cursor, byte[] utf8) {
        cursor.open(block);
        while (cursor.next()) {
            if (cursor.position() >= from && hasId(cursor, utf8)) {
                return decoded(block, cursor);
            }
        }
        return null;
    }

    private static boolean hasId(BlockCursor cursor, byte[] utf8) {
        try {
            return cursor.record().hasId(utf8) && !cursor.isRemoved();
        } catch (InvalidEventException problem) {
            LOG.warn("what stands at position {} may have any id, as it cannot be read", cursor.position(), problem);
            return false;
        }
    }

    private static StoredEvent decoded(Block block, BlockCursor cursor) {
        try {
            return new StoredEvent(cursor.position(), block.recordedAt(), cursor.event());
        } catch (RuntimeException problem) {
            throw new UnreadableEventException(
                    "the search by id",
                    new UnreadableEvent(
                            cursor.position(),
                            cursor.position(),
                            cursor.record().id(),
                            String.valueOf(problem.getMessage()),
                            cursor.raw()));
        }
    }

    @Override
    public long head() {
        return tail.head();
    }

    /// Of an event that is removed its position stays.
    @Override
    public long count() {
        return tail.head() - retention.removed();
    }

    @Override
    public void keepBehind(String reader, long position) {
        retention.keepBehind(reader, position);
    }

    @Override
    public void release(String reader) {
        retention.release(reader);
    }

    @Override
    public ProjectionReports projections() {
        return projections;
    }

    @Override
    public AutoCloseable onAppend(Runnable signal) {
        tail.addSignal(signal);
        return () -> tail.removeSignal(signal);
    }
}
