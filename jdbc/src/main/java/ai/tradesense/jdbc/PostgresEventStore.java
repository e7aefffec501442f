package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.StreamIndex.Sealed;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventPage.Entry;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionReports;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.UnreadableEvent;
import ai.tradesense.store.UnreadableEventException;
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

/// The log in PostgreSQL as a store: a row for each event, positions count from 1 without gaps, in the order of
/// the commits.
final class PostgresEventStore implements EventStore {
    /// How many rows are looked at with one statement, at most and at least.
    private static final int PAGE = 1_000;

    private static final int SMALL_PAGE = 100;

    private final PostgresAppender appender;
    private final ReadConnections readers;
    private final LogTail tail;
    private final PostgresRetention retention;
    private final ProjectionReports projections;

    PostgresEventStore(
            PostgresAppender appender,
            ReadConnections readers,
            LogTail tail,
            PostgresRetention retention,
            ProjectionReports projections) {
        this.appender = appender;
        this.readers = readers;
        this.tail = tail;
        this.retention = retention;
        this.projections = projections;
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
    public EventPage search(EventQuery query) {
        return readers.read(connection -> search(connection, query, query.after(), query.limit()));
    }

    @Override
    public EventPage read(long afterPosition, EventQuery filter, int limit) {
        EventQuery query = JdbcEventStore.oldestFirst(filter);
        return readers.read(connection -> search(connection, query, afterPosition, limit));
    }

    /// Page by page, because what the database finds is looked at once more.
    private static EventPage search(Connection connection, EventQuery query, @Nullable Long after, int limit)
            throws SQLException {
        List<Entry> found = new ArrayList<>();
        boolean upwards = query.order() == Order.OLDEST_FIRST;
        long end = upwards ? head(connection) : 0; // which is asked before the events are, so that none is missed
        Long from = after;
        RecordReader reader = new RecordReader();
        boolean isOver = false;
        while (!isOver && found.size() < limit) {
            EventCondition condition = new EventCondition(query, from);
            int page = Math.clamp(limit - found.size(), SMALL_PAGE, PAGE);
            int rows = 0;
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT position, recorded_at, record, id FROM events " + condition.sql() + " LIMIT ?")) {
                select.setInt(condition.bind(select), page);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        rows++;
                        from = row.getLong(1);
                        Entry entry = found.size() < limit ? entry(row, reader) : null;
                        if (entry != null && mayMatch(entry, query)) {
                            found.add(entry);
                        }
                    }
                }
            }
            isOver = rows < page;
        }
        if (found.size() >= limit) {
            return new EventPage(found, found.getLast().position(), false);
        }
        return new EventPage(found, upwards && from != null ? Math.max(end, from) : end, true);
    }

    private static boolean mayMatch(Entry entry, EventQuery query) {
        return switch (entry) {
            case StoredEvent stored -> query.matches(stored.event());
            case UnreadableEvent _ -> true; // its columns do
        };
    }

    private static Entry entry(ResultSet row, RecordReader reader) throws SQLException {
        long position = row.getLong(1);
        byte[] record = row.getBytes(3);
        try {
            return new StoredEvent(
                    position, row.getObject(2, OffsetDateTime.class).toInstant(), reader.single(record));
        } catch (RuntimeException problem) {
            String id = row.getString(4);
            return new UnreadableEvent(position, position, id, String.valueOf(problem.getMessage()), record);
        }
    }

    @Override
    public Optional<StoredEvent> find(String id) {
        if (EventCondition.isImpossible(id)) {
            return Optional.empty();
        }
        return readers.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT position, recorded_at, record, id FROM events WHERE id = ?"
                            + " AND removal IS NULL ORDER BY position")) {
                select.setString(1, id);
                try (ResultSet row = select.executeQuery()) {
                    return row.next() ? Optional.of(readable(entry(row, new RecordReader()))) : Optional.empty();
                }
            }
        });
    }

    private static StoredEvent readable(Entry found) {
        return switch (found) {
            case StoredEvent stored -> stored;
            case UnreadableEvent unreadable -> throw new UnreadableEventException("the search by id", unreadable);
        };
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
    public ProjectionReports projections() {
        return projections;
    }

    @Override
    public AutoCloseable onAppend(Runnable signal) {
        tail.addSignal(signal);
        return () -> tail.removeSignal(signal);
    }
}
