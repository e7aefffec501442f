package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkedEvent.State;
import ai.tradesense.parking.ParkingChange;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Changes what is parked. Belongs to the writer.
final class ParkedRows implements AutoCloseable {
    /// Is told how the numbers of parked events change.
    @FunctionalInterface
    interface CountListener {
        void changed(String group, State state, int by);
    }

    private final PreparedStatement insert;
    private final PreparedStatement sequenceOf;
    private final PreparedStatement stateOf;
    private final PreparedStatement update;
    private final PreparedStatement delete;
    private final PreparedStatement lastFailure;
    private final PreparedStatement insertFailure;
    private final PreparedStatement deleteFailures;

    ParkedRows(Connection connection) throws SQLException {
        this.insert = connection.prepareStatement("""
                INSERT INTO parked (group_name, worker, domain, subject, source, id, type, state, attempts, due_at,
                  parked_at, event, raw, content_type)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (group_name, source, id) DO NOTHING""");
        this.sequenceOf = connection.prepareStatement(
                "SELECT sequence FROM parked WHERE group_name = ? AND source = ? AND id = ?");
        this.stateOf = connection.prepareStatement("SELECT state FROM parked WHERE sequence = ? AND group_name = ?");
        this.update =
                connection.prepareStatement("UPDATE parked SET state = ?, attempts = ?, due_at = ? WHERE sequence = ?");
        this.delete = connection.prepareStatement("DELETE FROM parked WHERE sequence = ?");
        this.lastFailure =
                connection.prepareStatement("SELECT coalesce(max(number), 0) FROM parked_failures WHERE sequence = ?");
        this.insertFailure = connection.prepareStatement("""
                INSERT INTO parked_failures (sequence, number, attempt, failed_at, exception, message, stack_trace)
                VALUES (?, ?, ?, ?, ?, ?, ?)""");
        this.deleteFailures =
                connection.prepareStatement("DELETE FROM parked_failures WHERE sequence = ? AND number <= ?");
    }

    void apply(ParkingChange change, CountListener counts) throws SQLException {
        switch (change) {
            case ParkingChange.Park(var event) -> park(event, counts);
            case ParkingChange.Reschedule(var group, var sequence, var attempts, var dueAt, var failure) ->
                fail(group, sequence, State.WAITING, attempts, dueAt, failure, counts);
            case ParkingChange.Bury(var group, var sequence, var attempts, var failure) ->
                fail(group, sequence, State.DEAD, attempts, null, failure, counts);
            case ParkingChange.Complete(var group, var sequence) -> complete(group, sequence, counts);
        }
    }

    private void park(ParkedEvent parked, CountListener counts) throws SQLException {
        DomainEvent event = parked.event();
        insert.setString(1, parked.group());
        insert.setString(2, parked.worker());
        insert.setString(3, parked.key().domain());
        insert.setString(4, parked.key().subject());
        insert.setString(5, parked.source());
        insert.setString(6, parked.id());
        insert.setString(7, event == null ? null : event.type().name());
        insert.setString(8, parked.state().name());
        insert.setInt(9, parked.attempts());
        insert.setString(10, text(parked.dueAt()));
        insert.setString(11, parked.parkedAt().toString());
        setBytes(12, event == null ? null : RecordWriter.single(event));
        setBytes(13, parked.raw());
        insert.setString(14, parked.contentType());
        if (insert.executeUpdate() == 0) {
            return;
        }
        counts.changed(parked.group(), parked.state(), 1);
        if (!parked.failures().isEmpty()) {
            addFailures(sequenceOf(parked), parked.failures());
        }
    }

    private void setBytes(int parameter, byte @Nullable [] bytes) throws SQLException {
        if (bytes == null) {
            insert.setNull(parameter, Types.BLOB);
        } else {
            insert.setBytes(parameter, bytes);
        }
    }

    private long sequenceOf(ParkedEvent parked) throws SQLException {
        sequenceOf.setString(1, parked.group());
        sequenceOf.setString(2, parked.source());
        sequenceOf.setString(3, parked.id());
        try (ResultSet row = sequenceOf.executeQuery()) {
            if (!row.next()) {
                throw new SQLException(
                        "the event parked a moment ago is not there: " + parked.source() + " " + parked.id());
            }
            return row.getLong(1);
        }
    }

    private void fail(
            String group,
            long sequence,
            State state,
            int attempts,
            @Nullable Instant dueAt,
            Failure failure,
            CountListener counts)
            throws SQLException {
        State before = stateOf(group, sequence);
        if (before == null) {
            return;
        }
        update.setString(1, state.name());
        update.setInt(2, attempts);
        update.setString(3, text(dueAt));
        update.setLong(4, sequence);
        update.executeUpdate();
        if (before != state) {
            counts.changed(group, before, -1);
            counts.changed(group, state, 1);
        }
        addFailures(sequence, List.of(failure));
    }

    private void complete(String group, long sequence, CountListener counts) throws SQLException {
        State before = stateOf(group, sequence);
        if (before == null) {
            return;
        }
        delete.setLong(1, sequence);
        delete.executeUpdate();
        deleteFailures(sequence, Integer.MAX_VALUE);
        counts.changed(group, before, -1);
    }

    private @Nullable State stateOf(String group, long sequence) throws SQLException {
        stateOf.setLong(1, sequence);
        stateOf.setString(2, group);
        try (ResultSet row = stateOf.executeQuery()) {
            return row.next() ? State.valueOf(row.getString(1)) : null;
        }
    }

    private void addFailures(long sequence, List<Failure> failures) throws SQLException {
        lastFailure.setLong(1, sequence);
        int number;
        try (ResultSet row = lastFailure.executeQuery()) {
            number = row.next() ? row.getInt(1) : 0;
        }
        for (Failure failure : failures) {
            number++;
            insertFailure.setLong(1, sequence);
            insertFailure.setInt(2, number);
            insertFailure.setInt(3, failure.attempt());
            insertFailure.setString(4, failure.at().toString());
            insertFailure.setString(5, failure.exception());
            insertFailure.setString(6, failure.message());
            insertFailure.setString(7, failure.stackTrace());
            insertFailure.executeUpdate();
        }
        if (number > ParkedEvent.MAX_FAILURES) {
            deleteFailures(sequence, number - ParkedEvent.MAX_FAILURES);
        }
    }

    private void deleteFailures(long sequence, int upTo) throws SQLException {
        deleteFailures.setLong(1, sequence);
        deleteFailures.setInt(2, upTo);
        deleteFailures.executeUpdate();
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    @Override
    public void close() throws SQLException {
        try (insert;
                sequenceOf;
                stateOf;
                update;
                delete;
                lastFailure;
                insertFailure;
                deleteFailures) {
            // Closed by leaving.
        }
    }
}
