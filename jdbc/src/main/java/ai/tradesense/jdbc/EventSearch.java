package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.jdbc.Segment.Attribute;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventPage.Entry;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.UnreadableEvent;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One search of the log: passes over segments that can hold nothing, reads the rest block by block, and stops
/// when it has found enough. What is not sealed yet is read whole.
final class EventSearch {
    private final EventQuery query;
    private final int limit;
    private final long first;
    private final long last;
    private final Map<EventType, Boolean> wanted = new HashMap<>();
    private final Map<Attribute, Long> attributes = new EnumMap<>(Attribute.class);
    private final byte @Nullable [] subject;
    private final BlockCursor cursor = new BlockCursor();
    private final List<Entry> found = new ArrayList<>();

    /// A search among the positions from `first` to `last`.
    EventSearch(EventQuery query, long first, long last, int limit) {
        this.query = query;
        this.first = first;
        this.last = last;
        this.limit = limit;
        this.subject = query.subject() == null ? null : query.subject().getBytes(StandardCharsets.UTF_8);
        lookFor(Attribute.SUBJECT, query.subject());
        lookFor(Attribute.SOURCE, query.source());
        lookFor(Attribute.CORRELATION_ID, query.correlationId());
        lookFor(Attribute.CAUSATION_ID, query.causationId());
    }

    private void lookFor(Attribute attribute, @Nullable String value) {
        if (value != null) {
            attributes.put(attribute, KeyFilter.hash(value));
        }
    }

    EventPage run(Connection connection) throws SQLException {
        if (first <= last) {
            searchAll(connection);
        }
        boolean upwards = query.order() == Order.OLDEST_FIRST;
        if (isEnough()) {
            Entry furthest = found.getLast();
            return new EventPage(found, upwards ? furthest.lastPosition() : furthest.position(), false);
        }
        return new EventPage(found, upwards ? Math.max(last, first - 1) : 0, true);
    }

    private void searchAll(Connection connection) throws SQLException {
        long sealed = SegmentRows.lastSealed(connection);
        try (BlockReader blocks = new BlockReader(connection)) {
            if (query.order() == Order.OLDEST_FIRST) {
                searchSegments(connection, blocks, sealed);
                searchUpwards(blocks, sealed + 1, last);
            } else {
                searchDownwards(blocks, sealed + 1, last);
                searchSegments(connection, blocks, sealed);
            }
        }
    }

    private boolean isEnough() {
        return found.size() >= limit;
    }

    private void searchSegments(Connection connection, BlockReader blocks, long sealed) throws SQLException {
        if (isEnough() || first > sealed) {
            return;
        }
        boolean upwards = query.order() == Order.OLDEST_FIRST;
        try (PreparedStatement segments = connection.prepareStatement("""
                        SELECT first_position, last_position, types FROM segments
                        WHERE last_position >= ? AND first_position <= ? AND max_second >= ? AND min_second <= ?
                        ORDER BY first_position\s""" + (upwards ? "ASC" : "DESC"));
                PreparedStatement filters = connection.prepareStatement(
                        "SELECT bits FROM segment_filters WHERE attribute = ? AND first_position = ?")) {
            segments.setLong(1, first);
            segments.setLong(2, Math.min(last, sealed)); // one sealed since then was read as what is not sealed
            segments.setLong(
                    3, query.from() == null ? Long.MIN_VALUE : query.from().getEpochSecond());
            segments.setLong(4, query.to() == null ? Long.MAX_VALUE : query.to().getEpochSecond());
            try (ResultSet segment = segments.executeQuery()) {
                while (!isEnough() && segment.next()) {
                    long from = segment.getLong(1);
                    long to = segment.getLong(2);
                    if (!mayHoldType(segment) || !mayHoldAttributes(filters, from)) {
                        continue;
                    }
                    if (upwards) {
                        searchUpwards(blocks, from, to);
                    } else {
                        searchDownwards(blocks, from, to);
                    }
                }
            }
        }
    }

    private boolean mayHoldType(ResultSet segment) throws SQLException {
        String types = segment.getString(3);
        if (query.type() == null || types.endsWith(Segment.UNKNOWN)) {
            return true;
        }
        for (EventType type : Segment.parse(types).keySet()) {
            if (isWanted(type)) {
                return true;
            }
        }
        return false;
    }

    private boolean isWanted(EventType type) {
        return query.type() == null || wanted.computeIfAbsent(type, query.type()::matches);
    }

    private boolean mayHoldAttributes(PreparedStatement filters, long segment) throws SQLException {
        for (Map.Entry<Attribute, Long> attribute : attributes.entrySet()) {
            filters.setInt(1, attribute.getKey().number);
            filters.setLong(2, segment);
            try (ResultSet row = filters.executeQuery()) {
                if (row.next() && !new KeyFilter(row.getBytes(1)).mayContain(attribute.getValue())) {
                    return false;
                }
            }
        }
        return true;
    }

    private void searchUpwards(BlockReader blocks, long from, long to) throws SQLException {
        long lowest = Math.max(first, from);
        long highest = Math.min(last, to);
        if (isEnough() || lowest > highest) {
            return;
        }
        blocks.upwards(lowest, highest, block -> {
            found.addAll(matches(block, lowest, highest, limit - found.size()));
            return !isEnough();
        });
    }

    private void searchDownwards(BlockReader blocks, long from, long to) throws SQLException {
        long lowest = Math.max(first, from);
        long highest = Math.min(last, to);
        if (isEnough() || lowest > highest) {
            return;
        }
        blocks.downwards(highest, lowest, block -> {
            for (Entry match :
                    matches(block, lowest, highest, Integer.MAX_VALUE).reversed()) {
                if (!isEnough()) {
                    found.add(match);
                }
            }
            return !isEnough();
        });
    }

    /// The first events of a block that match, between two positions, and what may be some.
    private List<Entry> matches(Block block, long lowest, long highest, int most) {
        List<Entry> matches = new ArrayList<>();
        cursor.open(block);
        cursor.skipTo(lowest);
        while (matches.size() < most && cursor.next() && cursor.position() <= highest) {
            long position = cursor.position();
            if (cursor.isRemoved()) {
                continue;
            }
            try {
                DomainEvent event = match();
                if (event != null) {
                    matches.add(new StoredEvent(position, block.recordedAt(), event));
                }
            } catch (RuntimeException problem) {
                matches.add(new UnreadableEvent(
                        position,
                        position + cursor.covered() - 1,
                        null,
                        String.valueOf(problem.getMessage()),
                        cursor.raw()));
            }
        }
        return matches;
    }

    /// Decodes no more of a record than it takes to say no.
    private @Nullable DomainEvent match() {
        RecordReader record = cursor.record();
        if (!isWanted(record.type()) || (subject != null && !record.isOfSubject(subject))) {
            return null;
        }
        DomainEvent event = record.event();
        return query.matches(event) ? event : null;
    }
}
