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
    private static final String APPEND = "SELECT append_events(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private record Identity(String id, String source) {}

    /// Where an event that is sent to the database came from.
    private record Origin(Append batch, int index) {}

    private final PostgresPartitions partitions;
    private final LogTail tail;
    private final InstantSource clock;
    private final Runnable appended;

    // Touched by the writer's thread alone.
    private @Nullable PreparedStatement append;

    /// @param appended called after events were appended; must not block
    PostgresAppender(
            PostgresDatabase database,
            JdbcLog.Settings settings,
            LogMeters meters,
            PostgresPartitions partitions,
            LogTail tail,
            Runnable appended) {
        super(database, "appender", settings, meters);
        this.partitions = partitions;
        this.tail = tail;
        this.clock = settings.clock();
        this.appended = appended;
    }

    @Override
    void prepare(Connection made) throws SQLException {
        try (Statement statement = made.createStatement()) {
            statement.execute("SET synchronous_commit = on");
            statement.execute("SET plan_cache_mode = auto");
        }
        append = made.prepareStatement(APPEND);
    }

    @Override
    void transact(Connection over, List<Append> group) throws SQLException {
        long start = meters().nanoTime();
        List<Origin> origins = new ArrayList<>();
        Set<Identity> inGroup = new HashSet<>();
        for (Append batch : group) {
            for (int index = 0; index < batch.events(); index++) {
                DomainEvent event = batch.event(index);
                boolean isFirst =
                        inGroup.add(new Identity(event.id(), event.source().toString()));
                batch.duplicate(index, !isFirst);
                if (isFirst) {
                    origins.add(new Origin(batch, index));
                }
            }
        }
        Appended added = added(origins, append(over, origins));
        meters().committed(added, meters().nanoTime() - start);
        boolean isKnown = added.events().isEmpty() || tail.add(added);
        group.forEach(Write::succeed);
        if (!added.events().isEmpty()) {
            if (isKnown) {
                tail.signal();
            }
            appended.run();
        }
    }

    /// Has the database append them.
    ///
    /// @return the position of each; null for one that was there before
    private @Nullable Long[] append(Connection over, List<Origin> origins) throws SQLException {
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
        PreparedStatement call = append;
        if (call == null) {
            throw new IllegalStateException("there is a connection, and it is not prepared");
        }
        call.setArray(1, over.createArrayOf("int4", numbers));
        call.setArray(2, over.createArrayOf("int8", seconds));
        call.setArray(3, over.createArrayOf("text", ids));
        call.setArray(4, over.createArrayOf("text", sources));
        call.setArray(5, over.createArrayOf("text", types));
        call.setArray(6, over.createArrayOf("text", subjects));
        call.setArray(7, over.createArrayOf("text", correlations));
        call.setArray(8, over.createArrayOf("text", causations));
        call.setArray(9, over.createArrayOf("bytea", records));
        call.setObject(10, OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC));
        try (ResultSet row = call.executeQuery()) {
            row.next();
            Array positions = row.getArray(1);
            return positions == null ? new Long[0] : (Long[]) positions.getArray();
        }
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
