package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Appends events: a group of batches in one statement, which is its own transaction. So there is no moment at
/// which this process holds the fence and does nothing: however long it is paused, others go on.
final class PostgresAppender extends PostgresWriter<Append> {
    private static final String APPEND = "SELECT append_new_events(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    private static final String APPEND_STREAMS =
            "SELECT given, refused, actual FROM append_streams(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    /// Told of events that were appended. Must not block.
    interface Listener {
        /// Events were appended.
        ///
        /// @param known false if there are others before them that are not known here
        void appended(boolean known);
    }

    private record Identity(String id, String source) {}

    /// Where an event that is sent to the database came from.
    private record Origin(Append batch, int index) {}

    private final PostgresPartitions partitions;
    private final LogTail tail;
    private final InstantSource clock;
    private final Listener listener;

    // Touched by the writer's thread alone.
    private @Nullable PreparedStatement append;
    private @Nullable PreparedStatement appendStreams;

    PostgresAppender(
            PostgresDatabase database,
            JdbcLog.Settings settings,
            LogMeters meters,
            PostgresPartitions partitions,
            LogTail tail,
            Listener listener) {
        super(database, "appender", settings, meters);
        this.partitions = partitions;
        this.tail = tail;
        this.clock = settings.clock();
        this.listener = listener;
    }

    @Override
    void prepare(Connection made) throws SQLException {
        try (Statement statement = made.createStatement()) {
            statement.execute("SET synchronous_commit = on");
            statement.execute("SET plan_cache_mode = auto");
        }
        append = made.prepareStatement(APPEND);
        appendStreams = made.prepareStatement(APPEND_STREAMS);
    }

    @Override
    void transact(Connection over, List<Append> group) throws SQLException {
        long start = meters().nanoTime();
        List<Origin> origins = new ArrayList<>();
        List<Integer> ends = new ArrayList<>();
        Set<Identity> inUnit = new HashSet<>();
        boolean expects = false;
        for (Append batch : group) {
            // what expects something may be refused, so nothing before or behind it is a duplicate of its events
            if (expects || !batch.expectations().isEmpty()) {
                expects = true;
                inUnit.clear();
            }
            gather(batch, inUnit, origins);
            ends.add(origins.size());
        }
        Appended added = added(origins, expects ? appendStreams(over, group, origins, ends) : append(over, origins));
        meters().committed(added, start);
        boolean isKnown = added.events().isEmpty() || tail.add(added);
        group.forEach(Write::succeed);
        if (!added.events().isEmpty()) {
            if (isKnown) {
                tail.signal();
            }
            listener.appended(isKnown);
        }
    }

    /// Adds the events of a batch, but for those that are in its unit already.
    private static void gather(Append batch, Set<Identity> inUnit, List<Origin> origins) {
        for (int index = 0; index < batch.events(); index++) {
            DomainEvent event = batch.event(index);
            boolean isFirst = inUnit.add(new Identity(event.id(), event.source().toString()));
            batch.duplicate(index, !isFirst);
            if (isFirst) {
                origins.add(new Origin(batch, index));
            }
        }
    }

    /// Has the database append them.
    ///
    /// @return the position of each; null for one that was there before
    private @Nullable Long[] append(Connection over, List<Origin> origins) throws SQLException {
        PreparedStatement call = prepared(append);
        bind(call, 1, over, origins);
        try (ResultSet row = call.executeQuery()) {
            row.next();
            return positions(row.getArray(1));
        }
    }

    /// Has the database append those batches that find streams as they expect, and notes the conflicts of the
    /// others.
    ///
    /// @param ends behind which event each batch ends
    /// @return as [#append]; null also for those that are not appended
    private @Nullable Long[] appendStreams(
            Connection over, List<Append> group, List<Origin> origins, List<Integer> ends) throws SQLException {
        record Expected(Append batch, int unit, Expectation expectation) {}
        List<Expected> expected = new ArrayList<>();
        for (int unit = 0; unit < group.size(); unit++) {
            Append batch = group.get(unit);
            batch.conflict(null);
            for (Expectation expectation : batch.expectations()) {
                expected.add(new Expected(batch, unit + 1, expectation));
            }
        }
        PreparedStatement call = prepared(appendStreams);
        call.setArray(1, over.createArrayOf("int4", ends.toArray()));
        call.setArray(
                2,
                over.createArrayOf("int4", expected.stream().map(Expected::unit).toArray()));
        call.setArray(
                3,
                over.createArrayOf(
                        "text",
                        expected.stream()
                                .map(each -> each.expectation.stream().domain())
                                .toArray()));
        call.setArray(
                4,
                over.createArrayOf(
                        "text",
                        expected.stream()
                                .map(each -> each.expectation.stream().subject())
                                .toArray()));
        call.setArray(
                5,
                over.createArrayOf(
                        "int8",
                        expected.stream()
                                .map(each -> each.expectation.version())
                                .toArray()));
        bind(call, 6, over, origins);
        try (ResultSet row = call.executeQuery()) {
            row.next();
            Integer[] refused = (Integer[]) row.getArray(2).getArray();
            Long[] actual = (Long[]) row.getArray(3).getArray();
            for (int i = 0; i < refused.length; i++) {
                Expected unmet = expected.get(refused[i] - 1);
                unmet.batch.conflict(unmet.expectation.conflict(actual[i]));
            }
            return positions(row.getArray(1));
        }
    }

    private static PreparedStatement prepared(@Nullable PreparedStatement call) {
        if (call == null) {
            throw new IllegalStateException("there is a connection, and it is not prepared");
        }
        return call;
    }

    private static @Nullable Long[] positions(@Nullable Array positions) throws SQLException {
        return positions == null ? new Long[0] : (Long[]) positions.getArray();
    }

    /// Sets the ten parameters that stand for events, beginning with `first`.
    private void bind(PreparedStatement call, int first, Connection over, List<Origin> origins) throws SQLException {
        int count = origins.size();
        Integer[] numbers = new Integer[count];
        Long[] seconds = new Long[count];
        String[] ids = new String[count];
        String[] sources = new String[count];
        String[] types = new String[count];
        String[] subjects = new String[count];
        @Nullable String[] correlations = new String[count];
        @Nullable String[] causations = new String[count];
        byte[][] records = new byte[count][];
        for (int i = 0; i < count; i++) {
            Origin origin = origins.get(i);
            DomainEvent event = origin.batch.event(origin.index);
            numbers[i] = partitions.numberOf(event.type().domain(), event.subject());
            seconds[i] = event.time().getEpochSecond();
            ids[i] = event.id();
            sources[i] = event.source().toString();
            types[i] = event.type().name();
            subjects[i] = event.subject();
            correlations[i] = event.correlationId();
            causations[i] = event.causationId();
            records[i] = origin.batch.record(origin.index);
        }
        call.setArray(first, over.createArrayOf("int4", numbers));
        call.setArray(first + 1, over.createArrayOf("int8", seconds));
        call.setArray(first + 2, over.createArrayOf("text", ids));
        call.setArray(first + 3, over.createArrayOf("text", sources));
        call.setArray(first + 4, over.createArrayOf("text", types));
        call.setArray(first + 5, over.createArrayOf("text", subjects));
        call.setArray(first + 6, over.createArrayOf("text", correlations));
        call.setArray(first + 7, over.createArrayOf("text", causations));
        call.setArray(first + 8, over.createArrayOf("bytea", records));
        call.setObject(first + 9, OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC));
    }

    private static Appended added(List<Origin> origins, @Nullable Long[] positions) {
        Appended added = null;
        for (int i = 0; i < positions.length; i++) {
            Origin origin = origins.get(i);
            Long position = positions[i];
            origin.batch.duplicate(origin.index, position == null);
            if (position != null) {
                if (added == null) {
                    added = new Appended(position);
                }
                int bytes = origin.batch.recordEnd(origin.index) - origin.batch.recordStart(origin.index);
                added.add(origin.batch.event(origin.index), bytes);
            }
        }
        return added != null ? added : new Appended(0);
    }
}
