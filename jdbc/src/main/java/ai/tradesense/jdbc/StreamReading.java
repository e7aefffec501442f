package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamSlice.StreamEvent;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Picks the events of a stream out of the blocks that hold them. Not for use by several threads at once.
final class StreamReading {
    private static final String NO_BLOCK = "there is no block that holds it";

    private final OrderKey stream;
    private final long firstVersion;
    private final long[] wanted;
    private final BlockCursor cursor = new BlockCursor();
    private final List<StreamEvent> found = new ArrayList<>();
    private int next;

    private StreamReading(OrderKey stream, long firstVersion, long[] wanted) {
        this.stream = stream;
        this.firstVersion = firstVersion;
        this.wanted = wanted;
    }

    /// The events of the versions from `first` to `last` that were not removed, oldest first; none where `last` is
    /// below `first`.
    ///
    /// @param positions of the whole stream
    /// @throws StoreException if one of them cannot be read
    static List<StreamEvent> read(Connection connection, OrderKey stream, long[] positions, long first, long last)
            throws SQLException {
        if (last < first) {
            return List.of();
        }
        long[] wanted = Arrays.copyOfRange(positions, (int) first - 1, (int) last);
        StreamReading reading = new StreamReading(stream, first, wanted);
        BlockReader.holding(connection, wanted, reading::visit);
        if (reading.next < wanted.length) {
            throw reading.unreadable(NO_BLOCK, null);
        }
        return reading.found;
    }

    private boolean visit(Block block) {
        cursor.open(block);
        while (next < wanted.length && wanted[next] <= block.lastPosition()) {
            if (wanted[next] < block.firstPosition()) {
                throw unreadable(NO_BLOCK, null);
            }
            take();
            next++;
        }
        return true;
    }

    private void take() {
        try {
            cursor.moveTo(wanted[next]);
            if (!cursor.isRemoved()) {
                StoredEvent event = new StoredEvent(wanted[next], cursor.block().recordedAt(), cursor.event());
                found.add(new StreamEvent(firstVersion + next, event));
            }
        } catch (RuntimeException problem) {
            throw unreadable(String.valueOf(problem.getMessage()), problem);
        }
    }

    private StoreException unreadable(String why, @Nullable Throwable cause) {
        return new StoreException(
                "the stream " + stream + " cannot be read: the event at position " + wanted[next] + ": " + why, cause);
    }
}
