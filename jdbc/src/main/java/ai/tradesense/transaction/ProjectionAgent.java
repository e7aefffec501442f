package ai.tradesense.transaction;

import ai.tradesense.runtime.Agent;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.UnreadableEvent;
import ai.tradesense.store.UnreadableEventException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves a generation of a projection on: some events and the position behind them, in one transaction.
///
/// The position is moved first, which locks its row; of several processes that read the same position the first
/// one moves it, and the others wait, find another one, and have nothing to do. A process that hangs with the
/// row locked loses its session, and one that hung before moves nothing when it wakes up.
///
/// An event that fails is looked for by taking fewer events at a time; those before it are committed, and then
/// it is tried again each second, with the reason noted in the row.
abstract class ProjectionAgent implements Agent {
    /// How many events are taken in a transaction.
    static final int MAX_EVENTS = 200;

    /// How long until it looks again by itself.
    static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /// How often the store is told what it has to keep.
    private static final Duration BETWEEN_NOTES = Duration.ofSeconds(10);

    private static final Duration AFTER_TROUBLE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ProjectionAgent.class);

    final Projection projection;
    final EventStore store;
    final InstantSource clock;
    private static final long NOTHING = -1;
    private static final long UNKNOWN = -2;

    private final DataSource source;
    private final Duration maxSilence;
    private @Nullable Connection connection;
    private int limit = MAX_EVENTS;
    private @Nullable Instant restsUntil;
    private Instant nextNote = Instant.MIN;
    private long noted = UNKNOWN;
    private volatile @Nullable Instant wakeAt;
    private volatile @Nullable String trouble;

    /// @param maxSilence how long a process may hang in the middle of a transaction before it loses it
    ProjectionAgent(
            Projection projection, EventStore store, DataSource source, Duration maxSilence, InstantSource clock) {
        this.projection = projection;
        this.store = store;
        this.source = source;
        this.maxSilence = maxSilence;
        this.clock = clock;
    }

    /// An event that could not be applied.
    private static final class EventFailure extends Exception {
        private final int index;

        EventFailure(int index, StoredEvent stored, Throwable cause) {
            super(
                    "the event at position " + stored.position() + " ("
                            + stored.event().type() + ", id " + stored.event().id() + ", subject "
                            + stored.event().subject() + ") failed: " + cause,
                    cause);
            this.index = index;
        }
    }

    /// What is done to a generation in a transaction.
    ///
    /// @param events to be applied
    /// @param next the position to move to; what is before it and not among the events does not match
    /// @param restMillis how long it rests afterwards
    record Batch(List<StoredEvent> events, long next, long restMillis, Ending ending) {
        /// What else belongs to the transaction.
        @FunctionalInterface
        interface Ending {
            void in(ProjectionRows rows) throws SQLException;
        }

        Batch(List<StoredEvent> events, long next, long restMillis) {
            this(events, next, restMillis, _ -> {});
        }
    }

    /// What may be applied of a page.
    ///
    /// @param upTo up to where nothing else is to be applied
    /// @param isLast whether nothing is behind that, or nothing that is asked for
    record Ahead(List<StoredEvent> events, long upTo, boolean isLast) {}

    /// What of a page stands before an event that cannot be decoded and that nobody has said is to be passed over.
    ///
    /// @param from behind which the page was read
    /// @param bound behind which nothing is asked for
    /// @throws UnreadableEventException if such an event comes first
    final Ahead ahead(ProjectionRows rows, EventPage page, long from, long bound) throws SQLException {
        List<StoredEvent> events = new ArrayList<>();
        for (EventPage.Entry entry : page.entries()) {
            if (entry.position() > bound) {
                return new Ahead(events, bound, true);
            }
            switch (entry) {
                case StoredEvent stored -> events.add(stored);
                case UnreadableEvent unreadable -> {
                    if (!rows.isPassedOver(unreadable.position())) {
                        return before(unreadable, from, events);
                    }
                }
            }
        }
        return page.upTo() >= bound ? new Ahead(events, bound, true) : new Ahead(events, page.upTo(), page.isLast());
    }

    private Ahead before(UnreadableEvent unreadable, long from, List<StoredEvent> events) {
        long upTo = unreadable.position() - 1;
        if (upTo <= from) {
            throw new UnreadableEventException("the projection " + projection.name(), unreadable);
        }
        return new Ahead(events, upTo, false);
    }

    /// Does what there is to do now.
    ///
    /// @return how much it was
    abstract int advance(Connection open) throws Exception;

    /// Which generation it is that trouble is noted of, if there is one.
    abstract @Nullable ProjectionRow current(ProjectionRows rows) throws SQLException;

    /// Why this process could not get on the last time that it tried.
    final @Nullable String trouble() {
        return trouble;
    }

    /// How many events to take at once, which are fewer where one of them fails.
    final int limit() {
        return limit;
    }

    final void wakeIn(Duration time) {
        wakeAt = clock.instant().plus(time);
    }

    @Override
    public final @Nullable Instant wakeAt() {
        return wakeAt;
    }

    @Override
    public final int doWork() throws InterruptedException {
        Instant rest = restsUntil;
        if (rest != null && clock.instant().isBefore(rest)) {
            return 0;
        }
        restsUntil = null;
        wakeIn(BETWEEN_LOOKS);
        try {
            tellStore(open());
            int done = advance(open());
            if (trouble != null) {
                LOG.info("{} goes on", name());
                trouble = null;
            }
            return done;
        } catch (InterruptedException interrupted) {
            throw interrupted;
        } catch (EventFailure failure) {
            if (failure.index > 0) {
                limit = failure.index; // those before it, and then it comes first
                closeConnection(); // which may be the reason
                return 1;
            }
            rest(failure);
        } catch (Exception failure) {
            limit = 1; // if it is due to an event, it will be seen to which
            rest(failure);
        }
        return 0;
    }

    /// Tells the store up to where this has come, so that it removes nothing that is still needed, and that nothing
    /// is if there is no such generation.
    private void tellStore(Connection open) throws SQLException {
        Instant now = clock.instant();
        if (now.isBefore(nextNote)) {
            return;
        }
        nextNote = now.plus(BETWEEN_NOTES);
        ProjectionRow row = current(rows(open));
        long position = row == null ? NOTHING : row.position();
        if (position == noted) {
            return;
        }
        try {
            if (row == null) {
                store.release(name());
            } else {
                store.keepBehind(name(), position);
            }
            noted = position;
        } catch (StoreException failure) { // it keeps more than it has to until the next time
            LOG.warn("{} could not tell the store up to where it has come", name(), failure);
        }
    }

    private void rest(Exception failure) {
        String reason = String.valueOf(failure.getMessage());
        if (!reason.equals(trouble)) {
            LOG.error("{} stands still and tries again each second", name(), failure);
        }
        trouble = reason;
        restsUntil = clock.instant().plus(AFTER_TROUBLE);
        wakeIn(AFTER_TROUBLE);
        closeConnection();
        try {
            ProjectionRows rows = rows(open());
            ProjectionRow row = current(rows);
            if (row != null && isOwn(row) && !reason.equals(row.trouble())) {
                rows.note(row, reason);
            }
        } catch (SQLException | StoreException second) {
            LOG.debug("the trouble of {} could not be noted", name(), second);
            closeConnection();
        }
    }

    final ProjectionRows rows(Connection open) throws SQLException {
        return ProjectionRows.of(projection.name(), open);
    }

    /// What is done in a transaction.
    @FunctionalInterface
    interface Work<T> {
        T in(ProjectionRows rows) throws Exception;
    }

    /// Runs something in a transaction that is committed unless it fails.
    final <T> T transaction(Connection open, Duration lockWait, Work<T> work) throws Exception {
        open.setAutoCommit(false);
        try {
            ProjectionRows rows = rows(open);
            rows.limitTransaction(maxSilence, lockWait);
            T result = work.in(rows);
            open.commit();
            open.setAutoCommit(true);
            return result;
        } catch (Throwable failure) {
            rollBack(open, failure);
            throw failure;
        }
    }

    private static void rollBack(Connection open, Throwable failure) {
        try {
            open.rollback();
            open.setAutoCommit(true);
        } catch (SQLException second) {
            failure.addSuppressed(second);
        }
    }

    /// Longer than a process may hang that has something locked.
    final Duration lockWait() {
        return maxSilence.multipliedBy(2);
    }

    /// Applies events and moves the generation behind them.
    ///
    /// @param batch makes it, in the transaction that it belongs to
    /// @return whether the generation still stood where it was read; if not, nothing happened
    final boolean apply(Connection open, ProjectionRow row, Work<Batch> batch) throws Exception {
        List<StoredEvent> tried = new ArrayList<>();
        boolean moved;
        try {
            moved = transaction(open, lockWait(), rows -> {
                Batch made = batch.in(rows);
                if (!rows.move(row, made.next(), made.restMillis())) {
                    return false;
                }
                for (StoredEvent event : made.events()) {
                    tried.add(event);
                    apply(open, row, event, tried.size() - 1);
                }
                made.ending().in(rows);
                return true;
            });
        } catch (SQLException failure) {
            throw tried.size() == 1 ? new EventFailure(0, tried.getFirst(), failure) : failure;
        }
        limit = Math.min(MAX_EVENTS, limit * 2);
        return moved;
    }

    private void apply(Connection open, ProjectionRow row, StoredEvent event, int index) throws Exception {
        try {
            projection.apply(event, row.generation(), open);
            boolean isNew = row.state() == ProjectionRow.State.LIVE && event.position() > row.reactsAfter();
            if (isNew || projection.reactsToHistory()) {
                projection.react(event, row.generation(), open);
            }
        } catch (InterruptedException interrupted) {
            throw interrupted;
        } catch (Exception | Error failure) { // an error is as visible as any other reason
            throw new EventFailure(index, event, failure);
        }
    }

    private boolean isOwn(ProjectionRow row) {
        return row.generation().version() == projection.version();
    }

    /// Refuses rows of another version.
    ///
    /// @throws StoreException if that is what they are
    final void requireOwn(ProjectionRow row) {
        if (!isOwn(row)) {
            int version = row.generation().version();
            throw new StoreException(
                    "generation " + row.generation().number() + " of " + projection.name() + " is of version " + version
                            + ", this is version " + projection.version()
                            + (version < projection.version()
                                    ? ": it has to be rebuilt"
                                    : ": a newer program is needed"),
                    null);
        }
    }

    /// Where the store ends, asked after a row was read that it cannot be behind.
    ///
    /// @throws StoreException if it is nevertheless, so that what it does not have would be missed
    final long headBehind(ProjectionRow row) {
        long head = store.head();
        if (head < row.position()) {
            throw new StoreException(
                    "the projection " + projection.name() + " has come to position " + row.position()
                            + ", but the store ends at " + head + ": it is another one, or an older copy",
                    null);
        }
        return head;
    }

    private Connection open() throws SQLException {
        Connection known = connection;
        if (known != null) {
            return known;
        }
        Connection made = source.getConnection();
        connection = made;
        made.setAutoCommit(true);
        if (Database.of(made) == Database.POSTGRESQL) { // a file always answers
            made.setNetworkTimeout(
                    Runnable::run, Math.toIntExact(lockWait().multipliedBy(2).toMillis()));
        }
        return made;
    }

    /// To be called by the step, or when there is none any more.
    final void closeConnection() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException failure) {
                LOG.debug("the connection of {} could not be closed", name(), failure);
            }
        }
    }
}
