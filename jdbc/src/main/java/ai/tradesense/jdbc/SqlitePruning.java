package ai.tradesense.jdbc;

import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import ai.tradesense.jdbc.RetentionPass.Verdict;
import ai.tradesense.jdbc.SqliteWalk.Step;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionPolicy;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What one transaction takes out of the SQLite log: some blocks, and what is to be left of each. Positions stay,
/// as of each removed event its place is left.
final class SqlitePruning implements SqliteWalk.Visitor {
    /// How many bytes of blocks are written in a transaction, about.
    private static final long MAX_BYTES = 512 * 1_024;

    /// A block that events were taken out of.
    ///
    /// @param byType which of them
    /// @param residue its hash, see [Residue]
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Pruned(Block left, Map<EventType, Integer> byType, byte[] residue) {}

    private final Connection connection;
    private final RetentionPass pass;
    private final int maxEvents;
    private final Residue residue = new Residue();
    private final BlockCursor cursor = new BlockCursor();
    private final List<Pruned> pruned = new ArrayList<>();
    private final Map<String, Long> byDomain = new TreeMap<>();
    private List<ReaderPosition> heldBackBy = List.of();
    private Step step = new Step(1, true);
    private boolean isBlocked;
    private int events;
    private long bytes;
    private long firstPosition;
    private long lastPosition;

    // Of the block at hand.
    private final Set<Long> going = new HashSet<>();
    private final Map<EventType, Integer> byType = new HashMap<>();

    SqlitePruning(Connection connection, RetentionPass pass, int maxEvents) {
        this.connection = connection;
        this.pass = pass;
        this.maxEvents = maxEvents;
    }

    void run(long from, long head) throws SQLException {
        if (head > 0) {
            step = new SqliteWalk(connection, pass, from, head).run(this);
        }
    }

    @Override
    public boolean event(BlockCursor at, RecordReader record, OrderKey stream) {
        long position = at.position();
        Verdict verdict =
                pass.judge(position, at.block().recordedAt(), stream.domain(), stream.subject(), record::time);
        if (verdict == Verdict.BLOCKED) {
            heldBackBy = pass.behind(position);
            isBlocked = true;
            return false;
        }
        if (verdict != Verdict.REMOVABLE) {
            return true;
        }
        if (events == maxEvents) {
            return false;
        }
        events++;
        going.add(position);
        byType.merge(record.type(), 1, Integer::sum);
        byDomain.merge(stream.domain(), 1L, Long::sum);
        firstPosition = firstPosition == 0 ? position : firstPosition;
        lastPosition = position;
        return true;
    }

    @Override
    public boolean blockDone(Block block) throws SQLException {
        if (!going.isEmpty()) {
            Block left = new Block(block.firstPosition(), block.events(), without(block));
            residue.begin(appended(block.firstPosition()), left.firstPosition(), left.events());
            residue.add(left.bytes());
            pruned.add(new Pruned(left, Map.copyOf(byType), residue.end()));
            bytes += left.bytes().length;
            going.clear();
            byType.clear();
        }
        return bytes < MAX_BYTES;
    }

    /// The hash of a block as it was appended; null if it was when there were none.
    private byte @Nullable [] appended(long block) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT hash FROM batches WHERE first_position = ?")) {
            select.setLong(1, block);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getBytes(1) : null;
            }
        }
    }

    private byte[] without(Block block) {
        ByteArrayOutputStream left = new ByteArrayOutputStream(block.bytes().length);
        left.write(block.bytes(), 0, Block.HEADER_BYTES);
        cursor.open(block);
        while (cursor.next()) {
            if (going.contains(cursor.position())) {
                RecordReader record = cursor.record();
                OrderKey stream = record.orderKey();
                RecordWriter place = new RecordWriter(128);
                place.writeRemoved(stream.domain(), stream.subject(), record.id(), record.source());
                left.write(place.bytes(), 0, place.size());
            } else {
                left.writeBytes(cursor.raw());
            }
        }
        return left.toByteArray();
    }

    List<Pruned> pruned() {
        return pruned;
    }

    int events() {
        return events;
    }

    /// How much is written.
    long bytes() {
        return bytes;
    }

    long firstPosition() {
        return firstPosition;
    }

    long lastPosition() {
        return lastPosition;
    }

    Map<String, Long> byDomain() {
        return byDomain;
    }

    RetentionPolicy policy() {
        return pass.cutoffs().policy();
    }

    /// The position to go on from.
    long next() {
        return step.next();
    }

    /// Whether nothing is left to be removed behind this.
    boolean isAtEnd() {
        return step.isAtEnd() || isBlocked;
    }

    List<ReaderPosition> heldBackBy() {
        return heldBackBy;
    }
}
