package ai.tradesense.transaction;

import ai.tradesense.store.EventStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Keeps the live generation of a projection up with the store.
final class LiveAgent extends ProjectionAgent {
    /// How often a position is written down that moved over events that do not match.
    private static final Duration BETWEEN_IDLE_MOVES = Duration.ofSeconds(1);

    /// Up to where nothing matches behind the position of the row.
    private record Scanned(long from, long to) {}

    private Scanned scanned = new Scanned(0, 0);
    private Instant nextIdleMove = Instant.MIN;

    LiveAgent(Projection projection, EventStore store, DataSource source, Duration maxSilence, InstantSource clock) {
        super(projection, store, source, maxSilence, clock);
    }

    @Override
    public String name() {
        return "projection-" + projection.name();
    }

    @Override
    @Nullable
    ProjectionRow current(ProjectionRows rows) throws SQLException {
        return rows.live();
    }

    @Override
    int advance(Connection open) throws Exception {
        ProjectionRow row = rows(open).live();
        requireOwn(row);
        long head = headBehind(row);
        long from = scanned.from() == row.position() ? Math.max(scanned.to(), row.position()) : row.position();
        Ahead found = head > from
                ? ahead(rows(open), store.read(from, projection.filter(), limit()), from, Long.MAX_VALUE)
                : new Ahead(List.of(), head, true);
        if (found.events().isEmpty() && found.isLast()) {
            scanned = new Scanned(row.position(), found.upTo());
            if (found.upTo() == row.position() || clock.instant().isBefore(nextIdleMove)) {
                return 0;
            }
        }
        Batch batch = new Batch(found.events(), found.upTo(), 0);
        apply(open, row, _ -> batch);
        nextIdleMove = clock.instant().plus(BETWEEN_IDLE_MOVES);
        return 1;
    }
}
