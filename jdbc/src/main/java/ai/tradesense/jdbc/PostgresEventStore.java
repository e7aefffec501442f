package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.StreamIndex.Sealed;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.transport.Published;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log in PostgreSQL as a store: a row for each event, positions count from 1 without gaps, in the order of
/// the commits.
final class PostgresEventStore implements EventStore {
    /// How many rows are looked at with one statement, at most and at least.
    private static final int PAGE = 1_000;

    private static final int SMALL_PAGE = 100;

    private static final Logger LOG = LoggerFactory.getLogger(PostgresEventStore.class);

    private final PostgresAppender appender;
    private final ReadConnections readers;
    private final LogTail tail;
    private final PostgresRetention retention;

    PostgresEventStore(PostgresAppender appender, ReadConnections readers, LogTail tail, PostgresRetention retention) {
        this.appender = appender;
        this.readers = readers;
        this.tail = tail;
        this.retention = retention;
    }

    @Override
    public List<Published> append(List<DomainEvent> events) {
        if (events.isEmpty()) {
            return List.of();
        }
        Append append = new Append(events);
        appender.write(append);
        return append.outcome();
    }

    @Override
    public List<Published> appendStreams(List<StreamAppend> appends) {
        Append append = new Append(StreamAppend.eventsOf(appends), Expectation.of(appends, _ -> Sealed.NOTHING));
        if (append.events() == 0 && append.expectations().isEmpty()) {
            return List.of();
        }
        appender.write(append);
        return append.outcome();
    }

    @Override
    public StreamSlice readStream(StreamQuery query) {
        if (EventCondition.isImpossible(query.stream().toString())) {
            return new StreamSlice(query.stream(), 0, List.of());
        }
        return readers.read(connection -> PostgresStream.read(connection, query));
    }

    @Override
    public List<StoredEvent> search(EventQuery query) {
        return readers.read(connection -> search(connection, query, query.after(), query.limit()));
    }

    @Override
    public List<StoredEvent> read(long afterPosition, EventQuery filter, int limit) {
        EventQuery query = new EventQuery(
                filter.type(),
                filter.subject(),
                filter.source(),
                filter.correlationId(),
                filter.causationId(),
                filter.from(),
                filter.to(),
                null,
                filter.limit(),
                Order.OLDEST_FIRST);
        return readers.read(connection -> search(connection, query, afterPosition, limit));
    }

    /// Page by page, because what the database finds is looked at once more.
    private static List<StoredEvent> search(Connection connection, EventQuery query, @Nullable Long after, int limit)
            throws SQLException {
        List<StoredEvent> found = new ArrayList<>();
        Long from = after;
        RecordReader reader = new RecordReader();
        boolean isOver = false;
        while (!isOver && found.size() < limit) {
            EventCondition condition = new EventCondition(query, from);
            int page = Math.clamp(limit - found.size(), SMALL_PAGE, PAGE);
            int rows = 0;
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT position, recorded_at, record FROM events " + condition.sql() + " LIMIT ?")) {
                select.setInt(condition.bind(select), page);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        rows++;
                        from = row.getLong(1);
                        StoredEvent event = found.size() < limit ? event(row, reader) : null;
                        if (event != null && query.matches(event.event())) {
                            found.add(event);
                        }
                    }
                }
            }
            isOver = rows < page;
        }
        return found;
    }

    private static @Nullable StoredEvent event(ResultSet row, RecordReader reader) throws SQLException {
        try {
            return new StoredEvent(
                    row.getLong(1), row.getObject(2, OffsetDateTime.class).toInstant(), reader.single(row.getBytes(3)));
        } catch (RuntimeException problem) {
            LOG.warn("the event at position {} cannot be read; no search finds it", row.getLong(1), problem);
            return null;
        }
    }

    @Override
    public Optional<StoredEvent> find(String id) {
        if (EventCondition.isImpossible(id)) {
            return Optional.empty();
        }
        return readers.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT position, recorded_at, record FROM events WHERE id = ?"
                            + " AND removal IS NULL ORDER BY position")) {
                select.setString(1, id);
                try (ResultSet row = select.executeQuery()) {
                    RecordReader reader = new RecordReader();
                    StoredEvent found = null;
                    while (found == null && row.next()) {
                        found = event(row, reader);
                    }
                    return Optional.ofNullable(found);
                }
            }
        });
    }

    @Override
    public long head() {
        return readers.read(PostgresEventStore::head);
    }

    /// The position of the newest event; 0 if there was none yet.
    static long head(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT greatest(floor, (SELECT max(position) FROM events)) FROM log")) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /// Of an event that is removed its position stays.
    @Override
    public long count() {
        return readers.read(connection -> head(connection) - RetentionRows.removed(connection));
    }

    @Override
    public void keepBehind(String reader, long position) {
        retention.keepBehind(reader, position);
    }

    @Override
    public void release(String reader) {
        retention.release(reader);
    }

    @Override
    public AutoCloseable onAppend(Runnable signal) {
        tail.addSignal(signal);
        return () -> tail.removeSignal(signal);
    }
}
