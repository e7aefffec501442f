package ai.tradesense.transaction;

import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime.Kind;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionOrder.Given;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.UnreadableEvent;
import ai.tradesense.transaction.ProjectionRow.State;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a [Projection] up with an event store, in a database of one's own.
///
/// ```java
/// Projector balances = Projector.start(new Balances(), tradesense.store().orElseThrow(), dataSource);
/// …
/// try (Connection connection = dataSource.getConnection()) {
///     String table = Generation.live("balances", connection).table("balances");
///     …
/// }
/// ```
///
/// **Each event is in the rows once,** whatever is killed when: its rows, and the position behind it, are one
/// transaction. Several processes may run the same projection; the position is moved only from where it was
/// read, so one of them applies an event, and one that hangs and wakes up commits nothing.
///
/// **Nothing is skipped.** Before an event that fails, or that the store cannot decode, the projection stands still
/// and tries again each second; [#status] says where and why.
///
/// **A rebuild** makes a new generation of tables from the first event on, beside the live one and no faster
/// than it may, and takes the live one's place in one transaction. It is continued after a restart, by
/// whichever process runs the projection. Safe for use by several threads.
public final class Projector implements MeterBinder, AutoCloseable {
    private static final Duration MAX_SILENCE = Duration.ofSeconds(30);
    private static final Duration KEEPS_OLD = Duration.ofMinutes(1);
    private static final Logger LOG = LoggerFactory.getLogger(Projector.class);

    /// Where a projection stands.
    ///
    /// @param live the generation that readers read
    /// @param position up to where all events are in its rows
    /// @param lag how many positions of the store are behind that
    /// @param trouble why it stands still; null if it does not
    /// @param rebuild the rebuild that is under way; null if there is none
    public record Status(
            Generation live,
            long position,
            long lag,
            @Nullable String trouble,
            @Nullable Rebuild rebuild) {
        private boolean goesOn() {
            return trouble == null && (rebuild == null || rebuild.trouble() == null);
        }
    }

    /// How far a rebuild is.
    ///
    /// @param made the generation that is made
    /// @param position up to where all events are in its rows
    /// @param target where the live generation stands: there it takes its place
    /// @param eventsPerSecond how many events it takes at most
    /// @param trouble why it stands still; null if it does not
    public record Rebuild(
            Generation made,
            long position,
            long target,
            int eventsPerSecond,
            @Nullable String trouble) {}

    private final Projection projection;
    private final EventStore store;
    private final DataSource source;
    private final LiveAgent live;
    private final RebuildAgent rebuilding;
    private final ReportAgent reporting;
    private final OrderAgent ordered;
    private final ThreadRuntime runtime;
    private final OwnGauges gauges = new OwnGauges();
    private @Nullable AutoCloseable signal;
    private volatile @Nullable AgentHandle rebuildingHandle;

    /// A projector that does nothing by itself.
    Projector(
            Projection projection,
            EventStore store,
            DataSource source,
            Duration maxSilence,
            Duration keepsOld,
            InstantSource clock) {
        this.projection = projection;
        this.store = store;
        this.source = source;
        this.live = new LiveAgent(projection, store, source, maxSilence, clock);
        this.rebuilding = new RebuildAgent(projection, store, source, maxSilence, keepsOld, clock);
        this.reporting = new ReportAgent(projection, store.projections(), this::status, clock);
        this.ordered = new OrderAgent(projection.name(), store.projections(), this::carryOut, clock);
        this.runtime = new ThreadRuntime(clock);
    }

    /// Makes the tables of the first generation if there is none, and keeps the live one up with the store
    /// until it is closed, in threads of its own, each with a connection that it keeps.
    ///
    /// @throws StoreException if the database refuses
    /// @throws IllegalArgumentException if the projection's name is no plain one
    public static Projector start(Projection projection, EventStore store, DataSource source) {
        Projector projector = new Projector(projection, store, source, MAX_SILENCE, KEEPS_OLD, InstantSource.system());
        projector.createTables();
        projector.run();
        return projector;
    }

    void run() {
        AgentHandle handle = runtime.start(live, Kind.LOOP);
        rebuildingHandle = runtime.start(rebuilding, Kind.LOOP);
        runtime.start(reporting, Kind.LOOP);
        runtime.start(ordered, Kind.LOOP);
        signal = store.onAppend(handle::wake);
        handle.wake(); // for what was appended before the signal was asked for
    }

    /// Says in a registry, and until it is closed, how it is: `tradesense.projection.lag` is how many positions of the
    /// store are behind its own, and `tradesense.projection.up` 0 while it, or a rebuild, stands still. Looked at
    /// every five seconds.
    @Override
    public void bindTo(MeterRegistry registry) {
        Tags tags = Tags.of("projection", projection.name(), "process", ReportAgent.INSTANCE);
        gauges.add(registry, "tradesense.projection.lag", "Positions of the store behind its own", tags, () -> {
            Status last = reporting.last();
            return last == null ? Double.NaN : (double) last.lag();
        });
        gauges.add(registry, "tradesense.projection.up", "1 while it goes on, 0 while it stands still", tags, () -> {
            Status last = reporting.last();
            return last != null && last.goesOn() ? 1 : 0;
        });
    }

    /// Keeps the live generation up.
    LiveAgent live() {
        return live;
    }

    /// Says how it is.
    ReportAgent reporting() {
        return reporting;
    }

    /// Does what operators order.
    OrderAgent ordered() {
        return ordered;
    }

    /// Carries an order out.
    ///
    /// @return what became of it
    private String carryOut(Given given) {
        return switch (given.order()) {
            case ProjectionOrder.Rebuild(int eventsPerSecond) -> rebuild(eventsPerSecond) + " is being made";
            case ProjectionOrder.CancelRebuild _ ->
                cancelRebuild() ? "the rebuild was given up" : "no rebuild was under way";
            case ProjectionOrder.PassOver(long position, String reason) -> {
                passOver(position, reason + " (" + given.by() + ")");
                yield "it does without position " + position;
            }
        };
    }

    /// Makes the next generation.
    RebuildAgent rebuilding() {
        return rebuilding;
    }

    void createTables() {
        Database.plainName(projection.name());
        change("the table of projections could not be made", (rows, _) -> {
            rows.createTable();
            return rows;
        });
        Generation first = new Generation(projection.name(), 1, projection.version());
        long head = store.head();
        change("the tables of " + projection.name() + " could not be made", (rows, connection) -> {
            if (rows.add(first, State.LIVE, head, 0)) {
                projection.create(first, connection);
            }
            return first;
        });
    }

    /// Begins to rebuild the read model beside the live one, as the version that this projection is of. Returns
    /// as soon as that is noted.
    ///
    /// @param eventsPerSecond how many events are taken at most; more than are appended, or it never ends
    /// @return the generation that is made
    /// @throws IllegalStateException if a rebuild is under way
    /// @throws StoreException if the database refuses
    public Generation rebuild(int eventsPerSecond) {
        if (eventsPerSecond < 1) {
            throw new IllegalArgumentException(
                    "the rate is " + eventsPerSecond + " events per second, expected 1 or more");
        }
        Generation made = change("the rebuild of " + projection.name() + " could not begin", (rows, connection) -> {
            rows.lockLive(); // so that of two rebuilds one begins
            rows.in(State.REBUILDING).ifPresent(Projector::refuse);
            int last = rows.all().stream()
                    .mapToInt(row -> row.generation().number())
                    .max()
                    .orElse(0);
            Generation next = new Generation(projection.name(), last + 1, projection.version());
            rows.add(next, State.REBUILDING, 0, eventsPerSecond);
            projection.create(next, connection);
            return next;
        });
        AgentHandle running = rebuildingHandle;
        if (running != null) {
            running.wake();
        }
        return made;
    }

    private static void refuse(ProjectionRow row) {
        throw new IllegalStateException(row.generation() + " is being made already, and has come to position "
                + row.position() + "; wait for its end or cancel it");
    }

    /// Gives the rebuild up that is under way, in whichever process; the live generation stays.
    ///
    /// @return whether there was one
    /// @throws StoreException if the database refuses
    public boolean cancelRebuild() {
        return change("the rebuild of " + projection.name() + " could not be cancelled", (rows, _) -> {
            rows.lockLive(); // so that it does not take its place meanwhile
            Optional<ProjectionRow> made = rows.in(State.REBUILDING);
            if (made.isPresent()) {
                rows.retire(made.get(), Duration.ZERO);
            }
            return made.isPresent();
        });
    }

    /// Has the projection, and each rebuild of it, do without an event that the store cannot decode, and keeps its
    /// bytes with the reason, see [#passedOver]. The projections of all processes go on by themselves.
    ///
    /// @param position where [Status#trouble] says that it stands
    /// @param reason why the rows may be without that event
    /// @throws IllegalArgumentException if no reason is given, or what stands at that position can be decoded
    /// @throws StoreException if the database or the store does not answer
    public void passOver(long position, String reason) {
        if (reason.isBlank()) {
            throw new IllegalArgumentException("why it is passed over has to be said");
        }
        UnreadableEvent event = store.read(position - 1, projection.filter(), 1).unreadable().stream()
                .filter(each -> each.position() == position)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("position " + position + " holds nothing for "
                        + projection.name() + " that cannot be decoded"));
        change("position " + position + " could not be passed over", (rows, _) -> {
            rows.passOver(event, reason.strip());
            return event;
        });
    }

    /// What it was told to do without, by position.
    ///
    /// @throws StoreException if the database does not answer
    public List<PassedOver> passedOver() {
        return change("what " + projection.name() + " does without could not be read", (rows, _) -> rows.passedOver());
    }

    /// Where it stands. Asks the database and the store.
    ///
    /// @throws StoreException if one of them does not answer
    public Status status() {
        try (Connection connection = source.getConnection()) {
            ProjectionRows rows = ProjectionRows.of(projection.name(), connection);
            ProjectionRow read = rows.live();
            Rebuild rebuild =
                    rows.in(State.REBUILDING).map(made -> rebuild(made, read)).orElse(null);
            String trouble = firstOf(live.trouble(), read.trouble());
            return new Status(
                    read.generation(),
                    read.position(),
                    Math.max(0, store.head() - read.position()),
                    rebuild == null ? firstOf(trouble, rebuilding.trouble()) : trouble,
                    rebuild);
        } catch (SQLException failure) {
            throw new StoreException("the status of " + projection.name() + " could not be read", failure);
        }
    }

    private Rebuild rebuild(ProjectionRow made, ProjectionRow read) {
        return new Rebuild(
                made.generation(),
                made.position(),
                read.position(),
                made.eventsPerSecond(),
                firstOf(rebuilding.trouble(), made.trouble()));
    }

    private static @Nullable String firstOf(@Nullable String first, @Nullable String second) {
        return first != null ? first : second;
    }

    @FunctionalInterface
    private interface Change<T> {
        T in(ProjectionRows rows, Connection connection) throws SQLException;
    }

    private <T> T change(String otherwise, Change<T> change) {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = change.in(ProjectionRows.of(projection.name(), connection), connection);
                connection.commit();
                return result;
            } catch (Throwable failure) {
                connection.rollback();
                throw failure;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException failure) {
            throw new StoreException(otherwise, failure);
        }
    }

    /// Lets the transactions at hand end, and stops. What is left is done by another process, or by the next
    /// projector. Idempotent.
    @Override
    public void close() {
        AutoCloseable asked = signal;
        if (asked != null) {
            try {
                asked.close();
            } catch (Exception failure) {
                LOG.warn("the store of {} could not be left", projection.name(), failure);
            }
        }
        runtime.close();
        gauges.remove();
        reporting.end();
        live.closeConnection();
        rebuilding.closeConnection();
    }
}
