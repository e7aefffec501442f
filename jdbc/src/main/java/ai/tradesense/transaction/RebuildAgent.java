package ai.tradesense.transaction;

import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.transaction.ProjectionRow.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Makes the next generation of a projection beside the live one, and puts it in its place.
///
/// It never gets ahead of the live one, and takes its place in a transaction in which both stand at the same
/// position: so readers never go back, and what events lead to besides the rows is continued where the live
/// generation was. When it is near, it has the live one wait until that transaction ends.
final class RebuildAgent extends ProjectionAgent {
    private static final long BATCHES_PER_SECOND = 4;
    private static final Duration LOCK_WAIT_TO_DROP = Duration.ofSeconds(1);

    private final Duration keepsOld;

    /// @param keepsOld how long readers may go on with a generation that was live
    RebuildAgent(
            Projection projection,
            EventStore store,
            DataSource source,
            Duration maxSilence,
            Duration keepsOld,
            InstantSource clock) {
        super(projection, store, source, maxSilence, clock);
        this.keepsOld = keepsOld;
    }

    @Override
    public String name() {
        return "rebuild-of-projection-" + projection.name();
    }

    @Override
    @Nullable
    ProjectionRow current(ProjectionRows rows) throws SQLException {
        return rows.in(State.REBUILDING).orElse(null);
    }

    @Override
    int advance(Connection open) throws Exception {
        Optional<ProjectionRow> made = rows(open).in(State.REBUILDING);
        return made.isPresent() ? advance(open, made.get()) : dropRetired(open);
    }

    private int advance(Connection open, ProjectionRow made) throws Exception {
        requireOwn(made);
        if (made.waitMillis() > 0) {
            Duration rest = Duration.ofMillis(made.waitMillis());
            wakeIn(rest.compareTo(BETWEEN_LOOKS) < 0 ? rest : BETWEEN_LOOKS);
            return 0;
        }
        long perBatch = Math.max(1, made.eventsPerSecond() / BATCHES_PER_SECOND);
        int limit = (int) Math.min(limit(), perBatch);
        ProjectionRows rows = rows(open);
        Ahead found = upTo(rows, rows.live(), made, limit);
        if (isEnough(found, limit)) {
            Batch batch = new Batch(found.events(), found.upTo(), restMillis(made, found.events()));
            apply(open, made, _ -> batch);
            return 1;
        }
        return takePlace(open, made, limit);
    }

    /// What the live generation has behind the position of the one that is made.
    private Ahead upTo(ProjectionRows rows, ProjectionRow live, ProjectionRow made, int limit) throws SQLException {
        headBehind(live);
        EventPage page = store.read(made.position(), projection.filter(), limit);
        return ahead(rows, page, made.position(), live.position());
    }

    private static boolean isEnough(Ahead found, int limit) {
        return !found.isLast() || found.events().size() == limit;
    }

    private static long restMillis(ProjectionRow made, List<StoredEvent> events) {
        return events.size() * 1_000L / made.eventsPerSecond();
    }

    /// Catches up with the live generation while that waits, and takes its place.
    private int takePlace(Connection open, ProjectionRow made, int limit) throws Exception {
        apply(open, made, rows -> {
            rows.lockLive();
            ProjectionRow live = rows.live();
            Ahead found = upTo(rows, live, made, limit);
            return isEnough(found, limit)
                    ? new Batch(found.events(), found.upTo(), restMillis(made, found.events()))
                    : new Batch(found.events(), live.position(), 0, ending -> ending.swap(live, made, keepsOld));
        });
        return 1;
    }

    private int dropRetired(Connection open) throws Exception {
        int dropped = 0;
        for (ProjectionRow row : rows(open).all()) {
            boolean isKnown = row.generation().version() <= projection.version();
            if (isKnown && row.state() == State.RETIRED && row.waitMillis() <= 0) {
                dropped += transaction(open, LOCK_WAIT_TO_DROP, rows -> drop(rows, row, open));
            }
        }
        return dropped;
    }

    private int drop(ProjectionRows rows, ProjectionRow row, Connection open) throws SQLException {
        if (!rows.removeRetired(row.generation())) {
            return 0;
        }
        projection.drop(row.generation(), open);
        return 1;
    }
}
