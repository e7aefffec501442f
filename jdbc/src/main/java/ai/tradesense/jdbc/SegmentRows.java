package ai.tradesense.jdbc;

import ai.tradesense.jdbc.Segment.Attribute;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// Writes segments. Belongs to the writer.
final class SegmentRows implements AutoCloseable {
    private final PreparedStatement insertSegment;
    private final PreparedStatement insertFilter;

    SegmentRows(Connection connection) throws SQLException {
        this.insertSegment = connection.prepareStatement(
                "INSERT INTO segments (first_position, last_position, min_second, max_second, types)"
                        + " VALUES (?, ?, ?, ?, ?)");
        this.insertFilter = connection.prepareStatement(
                "INSERT INTO segment_filters (attribute, first_position, bits) VALUES (?, ?, ?)");
    }

    /// The last position that is sealed; 0 if none is.
    static long lastSealed(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT last_position FROM segments ORDER BY first_position DESC LIMIT 1")) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    void add(Segment.Builder builder) throws SQLException {
        Segment segment = builder.segment();
        insertSegment.setLong(1, segment.firstPosition());
        insertSegment.setLong(2, segment.lastPosition());
        insertSegment.setLong(3, segment.minSecond());
        insertSegment.setLong(4, segment.maxSecond());
        insertSegment.setString(
                5, Segment.format(segment.eventsByType()) + (builder.holdsUnknown() ? Segment.UNKNOWN : ""));
        insertSegment.executeUpdate();
        if (builder.holdsUnknown()) {
            return; // a filter would say what cannot be in it
        }
        for (Attribute attribute : Attribute.values()) {
            insertFilter.setInt(1, attribute.number);
            insertFilter.setLong(2, segment.firstPosition());
            insertFilter.setBytes(3, builder.filter(attribute));
            insertFilter.executeUpdate();
        }
    }

    @Override
    public void close() throws SQLException {
        try (insertSegment;
                insertFilter) {
            // Closed by leaving.
        }
    }
}
