package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
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
              record FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?""";

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Batch(long firstPosition, int events, byte[] hash) {
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
            byte[] bytes) {
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
                    row.getBytes(11));
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
        if (!problem.isEmpty()) {
            check.fault(0, 0, problem);
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
            if (check.follows(row.position)) {
                check.unrecorded(1);
                requireWhatItsRecordSays(row);
            }
            events.remove();
        }
        if (check.isSound() && before != Long.MAX_VALUE && check.next() < before) {
            check.fault(check.next(), before - 1, "missing: nothing is stored there");
        }
    }

    private void recorded(Batch batch) {
        hash.begin(check.hash(), batch.firstPosition, batch.events);
        Instant recordedAt = null;
        for (long position = batch.firstPosition; position <= batch.lastPosition(); position++) {
            Row row = peek();
            if (row == null || row.position != position) {
                long last = row == null ? batch.lastPosition() : Math.min(batch.lastPosition(), row.position - 1);
                check.fault(position, last, "missing: nothing is stored there, but the record knows it");
                return;
            }
            events.remove();
            if (recordedAt == null) {
                recordedAt = row.recordedAt;
                hash.add(row.recordedAtMicros());
            }
            if (!row.recordedAt.equals(recordedAt)) {
                check.fault(position, position, "changed: not recorded at the same time as what it was appended with");
            }
            requireWhatItsRecordSays(row);
            if (!check.isSound()) {
                return;
            }
            hash.add(row.bytes);
        }
        if (!check.recorded(batch.events, batch.hash, hash.end())) {
            check.fault(batch.firstPosition, batch.lastPosition(), "changed: not what was appended there");
        }
    }

    private void requireWhatItsRecordSays(Row row) {
        try {
            if (!row.isOf(record.single(row.bytes), partitions)) {
                check.fault(row.position, row.position, "changed: the columns of its row are not those of the event");
            }
        } catch (RuntimeException problem) {
            check.fault(
                    row.position,
                    row.position,
                    "changed: what stands there cannot be read (" + problem.getMessage() + ")");
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
