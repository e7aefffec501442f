package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.RetentionRow.Left;
import ai.tradesense.jdbc.Verification.Fault;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Checks the log in PostgreSQL, a page of rows at a time, so that no statement lasts long and none is kept from
/// vacuuming. Whatever is in a row has to be what its record says, and the records what the hash of their batch
/// stands for.
final class PostgresCheck {
    private static final int BATCHES_AT_ONCE = 1_000;
    private static final int EVENTS_AT_ONCE = 500;
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long NANOS_PER_MICRO = 1_000;

    private static final String ENDS = """
            SELECT coalesce((SELECT first_position + events - 1 FROM batches ORDER BY first_position DESC LIMIT 1), 0),
              coalesce((SELECT max(position) FROM events), 0)""";
    private static final String BATCHES = """
            SELECT first_position, events, hash FROM batches WHERE first_position > ? AND first_position <= ?
            ORDER BY first_position LIMIT ?""";
    private static final String EVENTS = """
            SELECT position, partition, recorded_at, second, id, source, type, subject, correlation_id, causation_id,
              record, removal FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?""";

    private static final String EVENTS_OF_BATCHES = """
            SELECT position, partition, recorded_at, second, id, source, type, subject, correlation_id, causation_id,
              record, removal FROM unnest(?, ?) AS batch (batch_first, batch_last)
              JOIN events ON position BETWEEN batch_first AND batch_last ORDER BY position""";

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Batch(long firstPosition, int events, byte @Nullable [] hash) {
        long lastPosition() {
            return firstPosition + events - 1;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Row(
            long position,
            int partition,
            Instant recordedAt,
            long second,
            String id,
            String source,
            String type,
            String subject,
            @Nullable String correlationId,
            @Nullable String causationId,
            byte[] bytes,
            boolean isRemoved) {
        static Row of(ResultSet row) throws SQLException {
            return new Row(
                    row.getLong(1),
                    row.getInt(2),
                    row.getObject(3, OffsetDateTime.class).toInstant(),
                    row.getLong(4),
                    row.getString(5),
                    row.getString(6),
                    row.getString(7),
                    row.getString(8),
                    row.getString(9),
                    row.getString(10),
                    row.getBytes(11),
                    row.getObject(12) != null);
        }

        boolean isOf(DomainEvent event, PostgresPartitions partitions) {
            return id.equals(event.id())
                    && source.equals(event.source().toString())
                    && type.equals(event.type().name())
                    && subject.equals(event.subject())
                    && second == event.time().getEpochSecond()
                    && Objects.equals(correlationId, event.correlationId())
                    && Objects.equals(causationId, event.causationId())
                    && partition == partitions.numberOf(event.type().domain(), event.subject());
        }

        /// As the hash of a batch has it.
        byte[] recordedAtMicros() {
            return ByteBuffer.allocate(Long.BYTES)
                    .putLong(Math.multiplyExact(recordedAt.getEpochSecond(), MICROS_PER_SECOND)
                            + recordedAt.getNano() / NANOS_PER_MICRO)
                    .array();
        }
    }

    private final ReadConnections readers;
    private final PostgresPartitions partitions;
    private final LogCheck check;
    private final BatchHash hash = new BatchHash();
    private final RecordReader record = new RecordReader();
    private final ArrayDeque<Batch> batches = new ArrayDeque<>();
    private final ArrayDeque<Row> events = new ArrayDeque<>();
    private long lastBatch = Long.MIN_VALUE;
    private long lastEvent = Long.MIN_VALUE;

    private PostgresCheck(ReadConnections readers, PostgresPartitions partitions, LogCheck check) {
        this.readers = readers;
        this.partitions = partitions;
        this.check = check;
    }

    /// Checks everything that is stored when it is called.
    static Verification verify(ReadConnections readers, PostgresPartitions partitions, Verification.Progress progress) {
        LogCheck check = new LogCheck(readers.read(PostgresCheck::end), progress);
        String problem = readers.read(PostgresSchema::problem);
        readers.read(connection -> check.chain().readOn(connection));
        if (!problem.isEmpty()) {
            check.fault(0, 0, problem);
        } else if (check.chain().problem() != null) {
            check.fault(0, 0, String.valueOf(check.chain().problem()));
        } else {
            new PostgresCheck(readers, partitions, check).run();
        }
        return check.verification();
    }

    /// The last position that is stored or noted, whichever is larger.
    private static long end(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ENDS)) {
            row.next();
            return Math.max(row.getLong(1), row.getLong(2));
        }
    }

    private void run() {
        for (Batch batch = nextBatch(); batch != null && check.isSound(); batch = nextBatch()) {
            unrecorded(batch.firstPosition);
            if (check.isSound() && batch.firstPosition < check.next()) {
                check.fault(
                        batch.firstPosition, batch.lastPosition(), "the record of what was appended knows it twice");
            }
            if (check.isSound()) {
                recorded(batch);
            }
        }
        unrecorded(Long.MAX_VALUE);
    }

    /// Checks the events before a position, of which there is no record.
    private void unrecorded(long before) {
        for (Row row = peek(); row != null && row.position < before && check.isSound(); row = peek()) {
            events.remove();
            if (check.follows(row.position)) {
                check(new Batch(row.position, 1, null), List.of(row));
            }
        }
        if (check.isSound() && before != Long.MAX_VALUE && check.next() < before) {
            check.fault(check.next(), before - 1, "missing: nothing is stored there");
        }
    }

    private void recorded(Batch batch) {
        List<Row> rows = new ArrayList<>();
        for (Row row = peek(); row != null && row.position <= batch.lastPosition(); row = peek()) {
            rows.add(events.remove());
        }
        check(batch, rows);
    }

    /// Checks the rows of a batch. Rows and the record of removals that were read at different times prove nothing:
    /// both are read again until nothing is removed between.
    private void check(Batch batch, List<Row> read) {
        List<Row> rows = read;
        Fault problem = problem(batch, rows);
        boolean isOutdated = problem != null;
        while (isOutdated) {
            rows = readers.read(connection -> rows(connection, batch.firstPosition - 1, batch.lastPosition()));
            problem = problem(batch, rows);
            isOutdated =
                    problem != null && readers.read(connection -> check.chain().readOn(connection));
        }
        boolean isPruned = check.chain().residue(batch.firstPosition) != null;
        if (!isPruned && batch.hash == null) {
            check.unrecorded(batch.events);
        }
        if (problem != null) {
            check.fault(problem.position(), problem.lastPosition(), problem.problem());
        } else if (isPruned) {
            int removed = (int) rows.stream().filter(Row::isRemoved).count();
            check.pruned(batch.events, batch.hash, removed);
        } else if (batch.hash != null) {
            check.recorded(batch.events, batch.hash, batch.hash);
        }
    }

    /// What is wrong with a batch, as far as the record of removals is known; null if nothing is.
    private @Nullable Fault problem(Batch batch, List<Row> rows) {
        byte[] left = check.chain().residue(batch.firstPosition);
        long position = batch.firstPosition;
        for (Row row : rows) {
            if (row.position != position) {
                return missing(position, row.position - 1);
            }
            if (!row.recordedAt.equals(rows.getFirst().recordedAt)) {
                return new Fault(
                        position, position, "changed: not recorded at the same time as what it was appended with");
            }
            if (row.isRemoved && left == null) {
                return new Fault(position, position, LogCheck.UNRECORDED_REMOVAL);
            }
            String problem = row.isRemoved ? "" : problem(row);
            if (!problem.isEmpty()) {
                return new Fault(position, position, problem);
            }
            position++;
        }
        if (position <= batch.lastPosition()) {
            return missing(position, batch.lastPosition());
        }
        if (left != null) {
            return Arrays.equals(left, residue(batch, rows))
                    ? null
                    : new Fault(batch.firstPosition, batch.lastPosition(), LogCheck.NOT_WHAT_WAS_LEFT);
        }
        return batch.hash == null || Arrays.equals(batch.hash, appended(batch, rows))
                ? null
                : new Fault(batch.firstPosition, batch.lastPosition(), "changed: not what was appended there");
    }

    private static Fault missing(long first, long last) {
        return new Fault(first, last, "missing: nothing is stored there, but the record knows it");
    }

    private byte[] appended(Batch batch, List<Row> rows) {
        hash.begin(check.hash(), batch.firstPosition, batch.events);
        hash.add(rows.getFirst().recordedAtMicros());
        rows.forEach(row -> hash.add(row.bytes));
        return hash.end();
    }

    private static byte[] residue(Batch batch, List<Row> rows) {
        Residue residue = new Residue();
        residue.begin(batch.hash, batch.firstPosition, batch.events);
        for (Row row : rows) {
            if (row.isRemoved) {
                residue.addRemoved(row.type, row.subject, row.id, row.source);
            } else {
                residue.addKept(row.recordedAtMicros(), row.bytes);
            }
        }
        return residue.end();
    }

    /// What some batches are left as that events were taken out of, to be recorded; see [#residue].
    ///
    /// @param pruned in the order of their positions
    static List<Left> left(Connection connection, List<Batch> pruned) throws SQLException {
        List<Left> left = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(EVENTS_OF_BATCHES)) {
            select.setArray(
                    1,
                    connection.createArrayOf(
                            "int8", pruned.stream().map(Batch::firstPosition).toArray()));
            select.setArray(
                    2,
                    connection.createArrayOf(
                            "int8", pruned.stream().map(Batch::lastPosition).toArray()));
            try (ResultSet row = select.executeQuery()) {
                boolean isThere = row.next();
                for (Batch batch : pruned) {
                    List<Row> rows = new ArrayList<>();
                    while (isThere && row.getLong(1) <= batch.lastPosition()) {
                        rows.add(Row.of(row));
                        isThere = row.next();
                    }
                    left.add(new Left(batch.firstPosition, residue(batch, rows)));
                }
            }
        }
        return left;
    }

    private static List<Row> rows(Connection connection, long after, long last) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(EVENTS)) {
            select.setLong(1, after);
            select.setLong(2, last);
            select.setLong(3, last - after);
            List<Row> rows = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(Row.of(row));
                }
            }
            return rows;
        }
    }

    /// What is wrong with the columns beside a record; empty if nothing is.
    private String problem(Row row) {
        try {
            return row.isOf(record.single(row.bytes), partitions)
                    ? ""
                    : "changed: the columns of its row are not those of the event";
        } catch (RuntimeException problem) {
            return "changed: what stands there cannot be read (" + problem.getMessage() + ")";
        }
    }

    private @Nullable Batch nextBatch() {
        if (batches.isEmpty()) {
            lastBatch = readers.read(this::fetchBatches);
        }
        return batches.poll();
    }

    private long fetchBatches(Connection connection) throws SQLException {
        long last = lastBatch;
        try (PreparedStatement select = connection.prepareStatement(BATCHES)) {
            select.setLong(1, lastBatch);
            select.setLong(2, check.end());
            select.setInt(3, BATCHES_AT_ONCE);
            try (ResultSet row = select.executeQuery()) {
                batches.clear(); // of an attempt over a connection that broke
                while (row.next()) {
                    batches.add(new Batch(row.getLong(1), row.getInt(2), row.getBytes(3)));
                    last = row.getLong(1);
                }
            }
        }
        return last;
    }

    private @Nullable Row peek() {
        if (events.isEmpty()) {
            lastEvent = readers.read(this::fetchEvents);
        }
        return events.peek();
    }

    private long fetchEvents(Connection connection) throws SQLException {
        long last = lastEvent;
        try (PreparedStatement select = connection.prepareStatement(EVENTS)) {
            select.setLong(1, lastEvent);
            select.setLong(2, check.end());
            select.setInt(3, EVENTS_AT_ONCE);
            try (ResultSet row = select.executeQuery()) {
                events.clear(); // of an attempt over a connection that broke
                while (row.next()) {
                    events.add(Row.of(row));
                    last = row.getLong(1);
                }
            }
        }
        return last;
    }
}
