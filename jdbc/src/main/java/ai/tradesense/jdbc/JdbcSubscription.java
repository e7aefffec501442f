package ai.tradesense.jdbc;

import ai.tradesense.events.EventType;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.CompletedOffsets;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.TransportException;
import ai.tradesense.transport.Undecodable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One member of a group. While it is behind, it reads the log over a connection of its own; once it has caught
/// up, it takes the newest events from the [LogTail]. Events of foreign domains are passed over, and done with.
final class JdbcSubscription implements Subscription {
    /// How many events one poll looks at in the database before it comes back to whoever polls.
    private static final int MAX_READ_AHEAD = 65_536;

    /// How far a group may be ahead of its oldest event that is not settled, in positions.
    private static final long MAX_AHEAD = CompletedOffsets.MAX_SPAN / 2;

    private static final String UNREADABLE = "application/octet-stream";
    private static final Logger LOG = LoggerFactory.getLogger(JdbcSubscription.class);

    /// Where an event stands, and whom it was delivered to: a subscription has its partition once.
    private record Place(long position, JdbcSubscription assignedTo) implements Receipt {
        @Override
        public String toString() {
            return "log:" + position;
        }
    }

    private final JdbcTransport transport;
    private final GroupMembership membership;
    private final Set<String> domains;
    private final Runnable signal;
    private final GroupPositions.Position position;
    private final SqliteDatabase database;
    private final LogTail tail;
    private final Runnable listener = this::signal;
    private volatile boolean promoted;

    // Guarded by this.
    private boolean closed;
    private @Nullable CompletedOffsets offsets; // null while it has no partition
    private long next; // the position to read on from
    private List<Delivery> readAhead = List.of();
    private int readAheadTaken;
    private @Nullable Connection connection;
    private @Nullable BlockReader blocks;
    private final BlockCursor cursor = new BlockCursor();
    private long behind; // events of the domains that were there and not settled when the partition came
    private LogTail.Extent joinedAt = new LogTail.Extent(0, 0);
    private long completed;

    JdbcSubscription(
            JdbcTransport transport,
            GroupMembership membership,
            Runnable signal,
            GroupPositions.Position position,
            SqliteDatabase database,
            LogTail tail) {
        this.transport = transport;
        this.membership = membership;
        this.domains = Set.copyOf(membership.domains());
        this.signal = signal;
        this.position = position;
        this.database = database;
        this.tail = tail;
    }

    void begin() {
        tail.addReader();
        tail.addSignal(listener);
    }

    /// The partition is this one's.
    void promote() {
        promoted = true;
    }

    void signal() {
        signal.run();
    }

    @Override
    public synchronized Poll poll(int maxEvents) {
        if (transport.isClosed()) {
            throw new TransportException(JdbcTransport.NAME, database.file() + " is closed", null);
        }
        if (closed || !promoted) {
            return Poll.EMPTY;
        }
        try {
            CompletedOffsets assigned = offsets;
            if (assigned == null) {
                takePartition();
                return new Poll(List.of(), List.of(JdbcTransport.PARTITION), List.of());
            }
            int room = Math.min(maxEvents, membership.maxInFlight() - assigned.outstanding());
            boolean tooFarAhead = next - assigned.lowMark() > MAX_AHEAD;
            return room <= 0 || tooFarAhead ? Poll.EMPTY : Poll.of(take(assigned, room));
        } catch (SQLException | StoreException failure) {
            disconnect();
            throw JdbcTransport.unreadable(database, failure);
        }
    }

    private void takePartition() throws SQLException {
        joinedAt = tail.extent(domains);
        next = position.settled() + 1;
        behind = countOfDomains(next, joinedAt.head());
        completed = 0;
        offsets = new CompletedOffsets(next);
    }

    private List<Delivery> take(CompletedOffsets assigned, int room) throws SQLException {
        List<Delivery> deliveries = new ArrayList<>(Math.min(room, 1_024));
        long lookedAt = next;
        if (takeReadAhead(room, deliveries) && deliveries.size() < room) {
            next = tail.read(
                    next,
                    domains,
                    room - deliveries.size(),
                    (position, event) -> deliveries.add(Delivery.of(new Place(position, this), event)));
            if (next == lookedAt && next <= tail.head()) {
                readAhead(room);
                takeReadAhead(room, deliveries);
            }
        }
        assigned.deliver(deliveries, this::positionOf);
        if (readAheadTaken == readAhead.size()) {
            assigned.skipTo(next);
        }
        moveTo(assigned.lowMark());
        if (deliveries.isEmpty() && next <= tail.head()) {
            signal();
        }
        return deliveries;
    }

    /// @return whether nothing is left
    private boolean takeReadAhead(int room, List<Delivery> into) {
        while (readAheadTaken < readAhead.size() && into.size() < room) {
            into.add(readAhead.get(readAheadTaken++));
        }
        return readAheadTaken == readAhead.size();
    }

    /// Reads whole blocks from the database, until there are enough events or it has looked at many.
    private void readAhead(int enough) throws SQLException {
        List<Delivery> read = new ArrayList<>(enough + Appender.MAX_BLOCK_EVENTS);
        long from = next;
        long head = tail.head();
        blocks().upwards(from, head, block -> {
            cursor.open(block);
            while (cursor.next()) {
                if (cursor.position() >= from) {
                    Delivery delivery = delivery();
                    if (delivery != null) {
                        read.add(delivery);
                    }
                }
            }
            next = Math.max(next, block.lastPosition() + 1);
            return read.size() < enough && next - from < MAX_READ_AHEAD;
        });
        readAhead = read;
        readAheadTaken = 0;
    }

    /// The record as a delivery; null if it is of a foreign domain. What cannot be read has no domain, so every
    /// group gets it.
    private @Nullable Delivery delivery() {
        Place place = new Place(cursor.position(), this);
        try {
            RecordReader record = cursor.record();
            if (record.isRemoved()) {
                completed += domains.isEmpty() ? 1 : 0; // it was counted by its position
                return null;
            }
            if (!domains.isEmpty() && !domains.contains(record.type().domain())) {
                return null;
            }
            return Delivery.of(place, record.event());
        } catch (RuntimeException problem) {
            LOG.error("the event at position {} cannot be read", cursor.position(), problem);
            completed += domains.isEmpty() ? cursor.covered() - 1 : -1; // as countOneByOne has it
            return Delivery.undecodable(place, new Undecodable(cursor.raw(), UNREADABLE, problem));
        }
    }

    /// The position to settle; none if the delivery was of an assignment that has ended.
    private long positionOf(Delivery delivery) {
        return delivery.receipt() instanceof Place place && place.assignedTo == this ? place.position : -1;
    }

    private BlockReader blocks() throws SQLException {
        BlockReader reader = blocks;
        if (reader == null) {
            reader = new BlockReader(connection());
            blocks = reader;
        }
        return reader;
    }

    private Connection connection() {
        Connection open = connection;
        if (open == null) {
            open = database.openReader();
            connection = open;
        }
        return open;
    }

    @Override
    public synchronized void settle(Collection<Delivery> done) {
        CompletedOffsets assigned = offsets;
        if (closed || assigned == null) {
            return;
        }
        completed += assigned.complete(done, this::positionOf);
        moveTo(assigned.lowMark());
    }

    private void moveTo(long lowMark) {
        if (lowMark - 1 > position.settled()) {
            position.settle(lowMark - 1);
            transport.positionSettled();
        }
    }

    @Override
    public synchronized long lag() {
        LogTail.Extent now = tail.extent(domains);
        if (offsets != null) {
            return Math.max(0, behind + now.appended() - joinedAt.appended() - completed);
        }
        if (closed || transport.isClosed()) {
            return 0;
        }
        try {
            return countOfDomains(position.settled() + 1, now.head());
        } catch (SQLException | StoreException failure) {
            disconnect();
            throw JdbcTransport.unreadable(database, failure);
        }
    }

    /// How many events of the domains stand between two positions: by the counts of whole segments, and by a
    /// look at the events at both ends.
    private long countOfDomains(long first, long last) throws SQLException {
        if (domains.isEmpty() || first > last) {
            return Math.max(0, last - first + 1);
        }
        long count = 0;
        long from = first;
        try (PreparedStatement segments = connection().prepareStatement("""
                SELECT first_position, last_position, types FROM segments
                WHERE first_position >= ? AND last_position <= ? ORDER BY first_position""")) {
            segments.setLong(1, first);
            segments.setLong(2, last);
            try (ResultSet segment = segments.executeQuery()) {
                while (segment.next()) {
                    count += countOneByOne(from, segment.getLong(1) - 1);
                    for (Map.Entry<EventType, Integer> type :
                            Segment.parse(segment.getString(3)).entrySet()) {
                        count += domains.contains(type.getKey().domain()) ? type.getValue() : 0;
                    }
                    from = segment.getLong(2) + 1;
                }
            }
        }
        return count + countOneByOne(from, last);
    }

    private long countOneByOne(long first, long last) throws SQLException {
        if (first > last) {
            return 0;
        }
        long[] count = new long[1];
        blocks().upwards(first, last, block -> {
            cursor.open(block);
            while (cursor.next()) {
                if (cursor.position() >= first && cursor.position() <= last && isOfDomains()) {
                    count[0]++;
                }
            }
            return true;
        });
        return count[0];
    }

    private boolean isOfDomains() {
        try {
            return !cursor.isRemoved()
                    && domains.contains(cursor.record().type().domain());
        } catch (RuntimeException unreadable) {
            return false;
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            offsets = null;
            disconnect();
        }
        tail.removeSignal(listener);
        tail.removeReader();
        transport.leave(this, membership.group());
        if (!transport.isClosed()) {
            try {
                transport.flushPositions();
            } catch (TransportException failure) {
                LOG.warn(
                        "the position of group {} is not durable yet; what it has settled last may come again",
                        membership.group(),
                        failure);
            }
        }
    }

    /// Gives the connection up, and with it its statements; a new one is opened when it is needed.
    private void disconnect() {
        Connection open = connection;
        connection = null;
        blocks = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (SQLException failure) {
            LOG.debug("a connection that only read could not be closed", failure);
        }
    }
}
