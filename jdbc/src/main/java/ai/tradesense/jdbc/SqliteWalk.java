package ai.tradesense.jdbc;

import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way of a [RetentionPass] through the SQLite log: over the segments that hold nothing which the policy
/// concerns, and some blocks at a time through the others, so that no statement lasts long.
final class SqliteWalk {
    /// How many blocks are looked at with one connection.
    private static final int BLOCKS_AT_ONCE = 64;

    /// How many segments are passed over with one connection.
    private static final int SEGMENTS_AT_ONCE = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(SqliteWalk.class);

    /// Is shown events.
    interface Visitor {
        /// Takes an event that is there and can be read.
        ///
        /// @return whether to go on; if not, the next walk begins with this one
        boolean event(BlockCursor cursor, RecordReader record, OrderKey stream);

        /// Takes a block whose events were all taken, or the last one that was begun.
        ///
        /// @return whether to go on
        boolean blockDone(Block block) throws SQLException;
    }

    /// How far a walk has come.
    ///
    /// @param next the position to go on from
    /// @param isAtEnd whether nothing comes behind that
    record Step(long next, boolean isAtEnd) {}

    private final Connection connection;
    private final RetentionPass pass;
    private final long head;
    private final BlockCursor cursor = new BlockCursor();
    private long next;
    private boolean isAtEnd;
    private boolean isStopped;
    private int blocks;
    private @Nullable SQLException failure;

    SqliteWalk(Connection connection, RetentionPass pass, long from, long head) {
        this.connection = connection;
        this.pass = pass;
        this.next = from;
        this.head = head;
    }

    Step run(Visitor visitor) throws SQLException {
        try (BlockReader reader = new BlockReader(connection);
                PreparedStatement segments = connection.prepareStatement(
                        "SELECT last_position, types FROM segments WHERE first_position <= ?"
                                + " ORDER BY first_position DESC LIMIT 1")) {
            for (int i = 0; i < SEGMENTS_AT_ONCE && !isAtEnd && !isStopped && blocks < BLOCKS_AT_ONCE; i++) {
                segment(reader, segments, visitor);
            }
        }
        return new Step(next, isAtEnd);
    }

    private void segment(BlockReader reader, PreparedStatement segments, Visitor visitor) throws SQLException {
        segments.setLong(1, next);
        long last = head;
        boolean isConcerned = true;
        try (ResultSet row = segments.executeQuery()) {
            if (row.next() && row.getLong(1) >= next) {
                last = row.getLong(1);
                isConcerned = isConcerned(row.getString(2));
            }
        }
        if (isConcerned) {
            read(reader, last, visitor);
        } else {
            next = last + 1;
        }
        isAtEnd |= next > head;
    }

    private boolean isConcerned(String types) {
        return Segment.parse(types).keySet().stream().map(EventType::domain).anyMatch(pass::concerns);
    }

    private void read(BlockReader reader, long last, Visitor visitor) throws SQLException {
        long from = next;
        reader.upwards(from, last, block -> {
            try {
                return visit(block, visitor);
            } catch (SQLException broken) {
                failure = broken;
                return false;
            }
        });
        SQLException broken = failure;
        if (broken != null) {
            throw broken;
        }
        if (!isStopped && !isAtEnd && blocks < BLOCKS_AT_ONCE) {
            next = last + 1;
        }
    }

    /// @return whether to go on
    private boolean visit(Block block, Visitor visitor) throws SQLException {
        blocks++;
        Instant recordedAt = recordedAt(block);
        if (recordedAt == null) {
            next = block.lastPosition() + 1;
            return blocks < BLOCKS_AT_ONCE;
        }
        if (pass.isOver(recordedAt)) {
            pass.undecided(Math.max(next, block.firstPosition()));
            isAtEnd = true;
            return false;
        }
        cursor.open(block);
        while (!isStopped && cursor.next()) {
            if (cursor.position() >= next && !cursor.isRemoved() && !event(visitor)) {
                next = cursor.position();
                isStopped = true;
            }
        }
        if (!isStopped) {
            next = block.lastPosition() + 1;
        }
        isStopped |= !visitor.blockDone(block);
        return !isStopped && blocks < BLOCKS_AT_ONCE;
    }

    private static @Nullable Instant recordedAt(Block block) {
        try {
            block.start();
            return block.recordedAt();
        } catch (RuntimeException unreadable) {
            LOG.warn("the block at {} cannot be read and is kept", block.firstPosition(), unreadable);
            return null;
        }
    }

    /// What cannot be read is of no domain, so no policy concerns it, and it stays.
    private boolean event(Visitor visitor) {
        RecordReader record;
        OrderKey stream;
        try {
            record = cursor.record();
            stream = record.orderKey();
            if (pass.needsTimes()) {
                record.time();
            }
        } catch (RuntimeException unreadable) {
            LOG.warn("the event at position {} cannot be read and is kept", cursor.position(), unreadable);
            return true;
        }
        return visitor.event(cursor, record, stream);
    }
}
